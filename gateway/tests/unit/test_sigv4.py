"""What a signature has to cover, with requests that botocore signs."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gateway.vendor_apis import sigv4
from gateway.vendor_apis.sigv4 import Incoming

KEY_ID, SECRET, REGION = "ak_01k9zt5w000000000000000004", "s" * 43, "us-east-1"
BODY = b'{"Image": {"Bytes": "aW1hZ2U="}}'
URL = "http://sightline.test:8080"


@dataclass(frozen=True)
class Request:
    incoming: Incoming
    body: bytes = BODY


def sign(
    path: str = "/compat/rekognition", query: str = "", body: bytes = BODY, **headers: str
) -> Request:
    request = AWSRequest("POST", f"{URL}{path}?{query}" if query else f"{URL}{path}", data=body)
    request.headers["X-Amz-Target"] = "RekognitionService.DetectFaces"
    request.headers["Content-Type"] = "application/x-amz-json-1.1"
    for name, value in headers.items():
        request.headers[name.replace("_", "-")] = value
    SigV4Auth(Credentials(KEY_ID, SECRET), "rekognition", REGION).add_auth(request)
    sent = [("Host", "sightline.test:8080"), *request.headers.items()]
    return Request(Incoming("POST", path, query, sent), body)


def is_good(request: Request, now: datetime | None = None) -> bool:
    """Whether user-service would find the signature right, or what it covers is refused before."""
    try:
        claim = sigv4.read(request.incoming, "rekognition", now or datetime.now(UTC))
        signed = claim.signed(hashlib.sha256(request.body).hexdigest())
    except sigv4.Unauthorized:
        return False
    key = f"AWS4{SECRET}".encode()
    scope = (signed.signed_at[:8], signed.region, signed.service, "aws4_request")
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{signed.signed_at}\n{'/'.join(scope)}\n{signed.request_sha256}"
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return signed.key_id == KEY_ID and hmac.compare_digest(expected, signed.signature)


@pytest.mark.parametrize(
    "request_of",
    [
        {},
        {"path": "/compat/rekognition/"},
        {"path": "/compat/a%20b"},
        {"query": "b=2&a=1&a=%2F"},
        {"body": b""},
        {"X_Amz_Security_Token": "t  o"},
        {"X_Amz_Content_Sha256": hashlib.sha256(BODY).hexdigest()},
    ],
    ids=str,
)
def test_what_botocore_signs_is_good(request_of: dict[str, Any]) -> None:
    assert is_good(sign(**request_of))


def changed(request: Request, **values: str | None) -> Request:
    """With other headers; None takes one away."""
    incoming = request.incoming
    new = {name.replace("_", "-").lower(): value for name, value in values.items()}
    kept = [pair for pair in incoming.headers if pair[0].lower() not in new]
    added = [(name, value) for name, value in new.items() if value is not None]
    sent = Incoming(incoming.method, incoming.path, incoming.query, [*kept, *added])
    return Request(sent, request.body)


def replaced(old: str, new: str) -> Request:
    request = sign()
    authorization = request.incoming.named()["authorization"]
    assert old in authorization
    return changed(request, authorization=authorization.replace(old, new))


def forgeries() -> dict[str, Request]:
    good = sign()
    sent = good.incoming
    headers = list(sent.headers)
    authorization = sent.named()["authorization"]
    signature = authorization.rpartition("=")[2]
    turned = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    today = sent.named()["x-amz-date"][:8]
    return {
        "another body": Request(sent, b'{"Image": {}}'),
        "no body": Request(sent, b""),
        "another method": Request(Incoming("PUT", sent.path, "", headers)),
        "another path": Request(Incoming("POST", "/compat/rekognition/", "", headers)),
        "a query": Request(Incoming("POST", sent.path, "a=1", headers)),
        "another host": changed(good, host="elsewhere.test"),
        "another operation": changed(good, x_amz_target="RekognitionService.DetectText"),
        "a second operation": Request(
            Incoming(
                "POST", sent.path, "", [("X-Amz-Target", "RekognitionService.DetectText"), *headers]
            )
        ),
        "another content type": changed(good, content_type="text/plain"),
        "a later date": changed(good, x_amz_date=f"{today}T235959Z"),
        "no date": changed(good, x_amz_date=None),
        "an unsigned amz header": changed(good, x_amz_meta="x"),
        "an unsigned payload": changed(good, x_amz_content_sha256="UNSIGNED-PAYLOAD"),
        "a signed unsigned payload": sign(X_Amz_Content_Sha256="UNSIGNED-PAYLOAD"),
        "no signature": changed(good, authorization=None),
        "two signatures": Request(
            Incoming("POST", sent.path, "", [*headers, ("Authorization", authorization)])
        ),
        "another signature": replaced(signature, turned),
        "an empty signature": replaced(signature, ""),
        "another key": replaced(KEY_ID, KEY_ID[:-1] + "5"),
        "a key that is none": replaced(KEY_ID, "AKIAIOSFODNN7EXAMPLE"),
        "another region": replaced(REGION, "eu-central-1"),
        "another service": replaced("/rekognition/", "/s3/"),
        "another day": replaced(f"/{today}/", "/20200101/"),
        "another end of the scope": replaced("aws4_request", "aws5_request"),
        "another algorithm": replaced("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        "an unsigned host": replaced("content-type;host;", "content-type;"),
        "an unsigned target": replaced(";x-amz-target", ""),
        "a signed header that is not there": replaced("host;", "host;via;"),
        "headers out of order": replaced("content-type;host", "host;content-type"),
        "a bearer token": changed(good, authorization="Bearer x"),
    }


FORGERIES = forgeries()


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forged_request_is_good(name: str) -> None:
    assert is_good(sign())
    assert not is_good(FORGERIES[name])


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    good = sign()
    assert is_good(good, datetime.now(UTC) + timedelta(minutes=minutes / 2))
    with pytest.raises(sigv4.SignatureExpired):
        sigv4.read(good.incoming, "rekognition", datetime.now(UTC) + timedelta(minutes=minutes))


def test_a_time_that_there_is_not_is_refused() -> None:
    day = replaced("/" + sign().incoming.named()["x-amz-date"][:8] + "/", "/20261399/")
    never = changed(day, x_amz_date="20261399T996199Z").incoming
    with pytest.raises(sigv4.IncompleteSignature):
        sigv4.read(never, "rekognition", datetime.now(UTC))
