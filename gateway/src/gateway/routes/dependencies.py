"""What the endpoints are handed: parts of the wiring, the caller, and common parameters."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Query, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from sightline_contracts import ids

from gateway.accounts.export_links import ExportLinks
from gateway.accounts.profile import Profile
from gateway.accounts.token_requests import TokenRequests
from gateway.admission.credentials import Principal
from gateway.admission.mail_throttle import MailThrottle
from gateway.admission.rate_limits import RateLimiter
from gateway.admission.stream_slots import StreamSlots
from gateway.analyses.batches import BatchService
from gateway.analyses.event_streams import EventStreams
from gateway.analyses.idempotency import Idempotency
from gateway.analyses.service import AnalysisService
from gateway.analyses.submission import SubmissionReader
from gateway.analyses.waiting import Hints
from gateway.sharing.service import Sharing
from gateway.upstream.edges import Edges
from gateway.upstream.images import ImageService
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService
from gateway.vendor_apis.clarifai.service import Clarifai
from gateway.vendor_apis.rekognition.service import Rekognition
from gateway.wiring import Wiring

T = TypeVar("T")
ERRORS = (401, 403, 422, 429, 502, 503, 504)
"""What every endpoint that needs a credential and a service may answer."""
SPENT = ("quota-exceeded", "budget-exceeded")
"""What is answered besides where an analysis begins."""
NO_STORE = {"Cache-Control": "no-store"}


def wiring_of(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


def _part(read: Callable[[Wiring], T]) -> Callable[[Request], Awaitable[T]]:
    # Asynchronous, since FastAPI runs other functions in a thread.
    async def part(request: Request) -> T:
        return read(wiring_of(request))

    return part


WiringPart = Annotated[Wiring, Depends(_part(lambda wiring: wiring))]
Users = Annotated[UserService, Depends(_part(lambda wiring: wiring.users))]
Results = Annotated[ResultService, Depends(_part(lambda wiring: wiring.results))]
Images = Annotated[ImageService, Depends(_part(lambda wiring: wiring.images))]
Analyses = Annotated[AnalysisService, Depends(_part(lambda wiring: wiring.analyses))]
EdgesPart = Annotated[Edges, Depends(_part(lambda wiring: wiring.edges))]
SharingPart = Annotated[Sharing, Depends(_part(lambda wiring: wiring.sharing))]
Batches = Annotated[BatchService, Depends(_part(lambda wiring: wiring.batches))]
Streams = Annotated[EventStreams, Depends(_part(lambda wiring: wiring.event_streams))]
Slots = Annotated[StreamSlots, Depends(_part(lambda wiring: wiring.stream_slots))]
SubmissionReading = Annotated[SubmissionReader, Depends(_part(lambda wiring: wiring.submissions))]
IdempotencyPart = Annotated[Idempotency, Depends(_part(lambda wiring: wiring.idempotency))]
HintsPart = Annotated[Hints, Depends(_part(lambda wiring: wiring.hints))]
Limiter = Annotated[RateLimiter, Depends(_part(lambda wiring: wiring.limiter))]
MailThrottlePart = Annotated[MailThrottle, Depends(_part(lambda wiring: wiring.mail_throttle))]
ProfilePart = Annotated[Profile, Depends(_part(lambda wiring: wiring.profile))]
TokenRequestsPart = Annotated[TokenRequests, Depends(_part(lambda wiring: wiring.token_requests))]
Exports = Annotated[ExportLinks, Depends(_part(lambda wiring: wiring.export_links))]
ClarifaiPart = Annotated[Clarifai, Depends(_part(lambda wiring: wiring.clarifai))]
RekognitionPart = Annotated[Rekognition, Depends(_part(lambda wiring: wiring.rekognition))]

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="accessToken")
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="apiKey")


def _holder_of(scope: str) -> Callable[..., Awaitable[Principal]]:
    """A dependency: the caller, who must hold the scope and be within the rate limit."""

    async def principal(
        request: Request,
        _bearer: Annotated[Any, Depends(_bearer)] = None,
        _api_key: Annotated[Any, Depends(_api_key)] = None,
    ) -> Principal:
        return await wiring_of(request).admission.of_request(request, scope)

    return principal


Reader = Annotated[Principal, Depends(_holder_of("analyses:read"))]
Writer = Annotated[Principal, Depends(_holder_of("analyses:write"))]
Owner = Annotated[Principal, Depends(_holder_of("account"))]
Observer = Annotated[Principal, Depends(_holder_of("metrics:read"))]
Admin = Annotated[Principal, Depends(_holder_of("admin"))]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 visible characters of ASCII. The same key and request give the same answer for 24 hours.",
    ),
]
ApiKeyId = Annotated[str, Path(pattern=ids.API_KEY_ID)]
Limit = Annotated[int, Query(ge=1, le=100, description="Items of a page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=100, description="`next_cursor` of the page before; none for the first."),
]


def schema_ref(name: str) -> dict[str, str]:
    """A schema of the OpenAPI document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def binary(media_type: str) -> dict[str, str]:
    """The schema of a file, in the words of OpenAPI 3.0 and 3.1."""
    return {"type": "string", "format": "binary", "contentMediaType": media_type}


def query(**params: str | int | None) -> dict[str, str]:
    """Query parameters for a call of a service, without those that are None."""
    return {name: str(value) for name, value in params.items() if value is not None}
