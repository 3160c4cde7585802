"""AWS Signature Version 4, from the side that checks it. Source: AWS's reference, "Create a signed
API request". Written apart from what signs in botocore or in our code, so that neither checks
itself."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from sightline_testing.vendors.stub import Request

ACCESS_KEY_ID = "AKIASIGHTLINESTUB000"
SECRET_ACCESS_KEY = "stub/Secret+ofNobody0000000000000000000"  # noqa: S105 -- the stub's own
SESSION_TOKEN = "stub-session-token"  # noqa: S105 -- the stub's own
"""A client may send it or none."""

REGION = "eu-central-1"
"""For tests; a stub has no place, and takes any."""

SKEW = timedelta(minutes=5)
_MUST_BE_SIGNED = {"host", "x-amz-date"}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key_id>[^/, ]+)/(?P<scope>\d{8}/[a-z]{2}(?:-[a-z]+)+-\d/"
    r"rekognition/aws4_request), ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


def refusal(request: Request, now: datetime | None = None) -> str | None:
    """The name of the error; None where the signature is right."""
    header = request.headers.get("authorization")
    if not header:
        return "MissingAuthenticationTokenException"
    found = _AUTHORIZATION.fullmatch(header)
    date = request.headers.get("x-amz-date", "")
    if found is None or not re.fullmatch(r"\d{8}T\d{6}Z", date):
        return "IncompleteSignatureException"
    token = request.headers.get("x-amz-security-token")
    if found["key_id"] != ACCESS_KEY_ID or token not in (None, SESSION_TOKEN):
        return "UnrecognizedClientException"
    names = found["names"].split(";")
    must = _MUST_BE_SIGNED | {name for name in request.headers if name.startswith("x-amz-")}
    signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    good = (
        must <= set(names)
        and date.startswith(found["scope"][:8])
        and abs((now or datetime.now(UTC)) - signed_at) <= SKEW
        and hmac.compare_digest(signature(request, names, date, found["scope"]), found["signature"])
    )
    return None if good else "InvalidSignatureException"


def signature(request: Request, names: list[str], date: str, scope: str) -> str:
    """Of what arrived, by the secret that the client should have."""
    path, _, query = request.path.partition("?")
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names]
    canonical = "\n".join(
        [
            request.method,
            quote(path, safe="/-_.~"),
            "&".join(sorted(query.split("&"))),
            "".join(headers),
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET_ACCESS_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
