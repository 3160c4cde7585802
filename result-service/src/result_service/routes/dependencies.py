"""What the endpoints are handed: parts of the wiring, and common parameters."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request

from result_service.accounts.idempotency import IdempotencyKeys
from result_service.accounts.removals import Removals
from result_service.accounts.uploads import Uploads
from result_service.analyses.batches import Batches
from result_service.analyses.function import ImageFunction
from result_service.analyses.listing import Listing
from result_service.analyses.lookup import Lookup
from result_service.analyses.redrive import Redrive
from result_service.analyses.service import AnalysisService
from result_service.analyses.sharing import Sharing
from result_service.deliveries.dead_letters import DeadLetters
from result_service.deliveries.queues import Queues
from result_service.deliveries.webhooks import Webhooks
from result_service.search.finding import Finding
from result_service.search.likening import Likening
from result_service.store.bucket import Bucket
from result_service.wiring import Wiring

T = TypeVar("T")
USER = "/v1/users/{user_id}"
ANALYSES = USER + "/analyses"
ANALYSIS = ANALYSES + "/{analysis_id}"


def _part(read: Callable[[Wiring], T]) -> Callable[[Request], Awaitable[T]]:
    # Asynchronous, since FastAPI runs other functions in a thread.
    async def part(request: Request) -> T:
        wiring: Wiring = request.app.state.wiring
        return read(wiring)

    return part


BucketPart = Annotated[Bucket, Depends(_part(lambda wiring: wiring.bucket))]
RemovalsPart = Annotated[Removals, Depends(_part(lambda wiring: wiring.removals))]
UploadsPart = Annotated[Uploads, Depends(_part(lambda wiring: wiring.uploads))]
IdempotencyPart = Annotated[IdempotencyKeys, Depends(_part(lambda wiring: wiring.idempotency_keys))]
LookupPart = Annotated[Lookup, Depends(_part(lambda wiring: wiring.lookup))]
ListingPart = Annotated[Listing, Depends(_part(lambda wiring: wiring.listing))]
FindingPart = Annotated[Finding, Depends(_part(lambda wiring: wiring.finding))]
LikeningPart = Annotated[Likening, Depends(_part(lambda wiring: wiring.likening))]
Analyses = Annotated[AnalysisService, Depends(_part(lambda wiring: wiring.analyses))]
SharingPart = Annotated[Sharing, Depends(_part(lambda wiring: wiring.sharing))]
BatchesPart = Annotated[Batches, Depends(_part(lambda wiring: wiring.batches))]
DeadLettersPart = Annotated[DeadLetters, Depends(_part(lambda wiring: wiring.dead_letters))]
RedrivePart = Annotated[Redrive, Depends(_part(lambda wiring: wiring.redrive))]
FunctionPart = Annotated[ImageFunction, Depends(_part(lambda wiring: wiring.function))]
QueuesPart = Annotated[Queues, Depends(_part(lambda wiring: wiring.queues))]
WebhooksPart = Annotated[Webhooks, Depends(_part(lambda wiring: wiring.webhooks))]

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100)]
