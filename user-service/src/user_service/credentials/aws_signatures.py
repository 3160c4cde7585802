"""AWS Signature Version 4 of a request, made with the secret of an API key.

Source: AWS IAM user guide, "Create a signed AWS API request". Who asks hashes the canonical request;
the string to sign is put together here, so that nothing but a signature of a request, of its day,
region and service can be tried.
"""

import hashlib
import hmac
from typing import Protocol

ALGORITHM, TERMINATOR = "AWS4-HMAC-SHA256", "aws4_request"


class Signed(Protocol):
    """`signed_at` as in X-Amz-Date (20261125T004500Z), `request_sha256` of the canonical request
    and `signature` in lower-case hex."""

    key_id: str
    signed_at: str
    region: str
    service: str
    request_sha256: str
    signature: str


def sign(secret: str, signed: Signed) -> str:
    """The signature that the request has to have, in lower-case hex."""
    day = signed.signed_at[:8]
    scope = (day, signed.region, signed.service, TERMINATOR)
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = _hmac(key, part)
    text = "\n".join((ALGORITHM, signed.signed_at, "/".join(scope), signed.request_sha256))
    return _hmac(key, text).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
