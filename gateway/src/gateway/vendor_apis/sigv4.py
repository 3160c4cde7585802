"""AWS Signature Version 4: what a request says of its signature, and the hash of what was signed.

Source: AWS IAM user guide, "Create a signed AWS API request". The secret is user-service's, which
also compares. Here is decided what a signature has to cover: the host, every x-amz- header that came,
and the body; one without the body's hash (UNSIGNED-PAYLOAD), in the address, or of another time is
refused.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from gateway.errors import Unauthorized

SKEW_S = 900
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key_id>ak_[0-9a-z]{26})/(?P<day>[0-9]{8})"
    r"/(?P<region>[a-z0-9-]{1,64})/(?P<service>[a-z0-9-]{1,64})/aws4_request"
    r" *, *SignedHeaders=(?P<headers>[a-z0-9;-]+) *, *Signature=(?P<signature>[0-9a-f]{64})"
)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class MissingSignature(Unauthorized):
    slug, title = "missing-signature", "The request is not signed"


class IncompleteSignature(Unauthorized):
    slug, title = "incomplete-signature", "The signature does not cover what it has to"


class SignatureExpired(Unauthorized):
    slug, title = "signature-expired", "The signature is of another time"


@dataclass(frozen=True)
class Incoming:
    """A request as it came, but for its body. `path` and `query` still encoded, `headers` in any case."""

    method: str
    path: str
    query: str
    headers: Iterable[tuple[str, str]]

    def named(self) -> dict[str, str]:
        """By lower-case name, values as they are signed: trimmed, inner spaces single, those of one
        name joined."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(" ".join(value.split()))
        return {name: ",".join(values) for name, values in found.items()}


@dataclass(frozen=True)
class Signed:
    """As user-service verifies it."""

    key_id: str
    signed_at: str
    region: str
    service: str
    request_sha256: str
    signature: str

    def body(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Claim:
    """What a request says of its signature, without a look at its body. `signed_names`: the headers
    that it covers."""

    incoming: Incoming
    headers: Mapping[str, str]
    key_id: str
    signed_at: str
    region: str
    service: str
    signed_names: list[str]
    signature: str

    def signed(self, payload: str) -> Signed:
        """With the body's SHA-256 in lower-case hex. Raises IncompleteSignature where the request
        names another."""
        if self.headers.get("x-amz-content-sha256", payload) != payload:
            raise IncompleteSignature
        canonical = _canonical(self.incoming, self.headers, self.signed_names, payload)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return Signed(
            self.key_id, self.signed_at, self.region, self.service, digest, self.signature
        )


def read(incoming: Incoming, service: str, now: datetime) -> Claim:
    """Raises MissingSignature, IncompleteSignature, SignatureExpired."""
    headers = incoming.named()
    if "authorization" not in headers:
        raise MissingSignature
    found = _AUTHORIZATION.fullmatch(headers["authorization"])
    if found is None or found["service"] != service:
        raise IncompleteSignature
    signed_at = headers.get("x-amz-date", "")
    if _TIME.fullmatch(signed_at) is None or signed_at[:8] != found["day"]:
        raise IncompleteSignature
    if abs((now - _moment(signed_at)).total_seconds()) > SKEW_S:
        raise SignatureExpired
    signed_names = found["headers"].split(";")
    needed = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if signed_names != sorted(set(signed_names)) or not (
        needed <= set(signed_names) <= headers.keys()
    ):
        raise IncompleteSignature
    return Claim(
        incoming,
        headers,
        found["key_id"],
        signed_at,
        found["region"],
        service,
        signed_names,
        found["signature"],
    )


def _moment(signed_at: str) -> datetime:
    try:
        return datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise IncompleteSignature from error


def _canonical(
    incoming: Incoming, headers: Mapping[str, str], signed_names: list[str], payload: str
) -> str:
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(incoming.query, keep_blank_values=True)
    )
    return "\n".join(
        [
            incoming.method,
            quote(incoming.path, safe="/-_.~"),  # encoded a second time, as all services but S3 do
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{headers[name]}" for name in signed_names),
            "",
            ";".join(signed_names),
            payload,
        ]
    )
