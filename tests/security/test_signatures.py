"""AWS signatures of the compatible endpoint: one that covers something else is none."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from security.ledger import Ledger
from security.people import Person

PATH = "/compat/rekognition"
TARGET = "RekognitionService.NoSuchOperation"
"""What is let in is told that there is no such operation; what is not is told so before."""
BODY = json.dumps({"Image": {"Bytes": "AAAA"}}).encode()
REFUSED = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "RequestExpired",
}
DATED = "%Y%m%dT%H%M%SZ"


class Signer:
    def __init__(self, base_url: str, key: str) -> None:
        _, key_id, self.secret = key.split("_", 2)
        self.key_id, self._url = f"ak_{key_id}", f"{base_url}{PATH}"

    def headers(
        self,
        key_id: str = "",
        secret: str = "",
        region: str = "eu-central-1",
        service: str = "rekognition",
        body: bytes = BODY,
        method: str = "POST",
    ) -> dict[str, str]:
        given = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"}
        request = AWSRequest(method, self._url, headers=given, data=body)
        who = Credentials(key_id or self.key_id, secret or self.secret)
        SigV4Auth(who, service, region).add_auth(request)
        return {str(name): str(value) for name, value in request.headers.items()}


def with_(headers: dict[str, str], **changes: Callable[[str], str]) -> dict[str, str]:
    """With a change made after it was signed."""
    named = {name.replace("_", "-"): change for name, change in changes.items()}
    return {name: named.get(name, str)(value) for name, value in headers.items()}


def variants(signer: Signer, other: Signer) -> dict[str, tuple[dict[str, str], bytes]]:
    good = signer.headers()
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    authorization: dict[str, Callable[[str], str]] = {
        "another's key id": lambda one: one.replace(signer.key_id, other.key_id),
        "another region": lambda one: one.replace("eu-central-1", "us-east-1"),
        "another service": lambda one: one.replace("/rekognition/", "/s3/"),
        "another day": lambda one: one.replace(f"{datetime.now(UTC):%Y%m%d}", "20260101"),
        "host unsigned": lambda one: one.replace("host;", ""),
        "x-amz-date unsigned": lambda one: one.replace("x-amz-date;", ""),
        "x-amz-target unsigned": lambda one: one.replace(";x-amz-target", ""),
        "no header signed": lambda one: one.replace(
            "content-type;host;x-amz-date;x-amz-target", ""
        ),
        "a header that is not there": lambda one: one.replace("host;", "host;range;"),
        "another algorithm": lambda one: one.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        "signature cut": lambda one: one[:-1],
        "signature zeros": lambda one: one[:-64] + "0" * 64,
        "signature empty": lambda one: one[:-64],
        "signature in capitals": str.upper,
        "a bearer": lambda _: "Bearer x",
    }
    found = {
        name: (with_(good, Authorization=change), BODY) for name, change in authorization.items()
    }
    unsigned = {**good, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    return found | {
        "another's secret": (signer.headers(secret=other.secret), BODY),
        "another's id, own secret": (signer.headers(key_id=other.key_id), BODY),
        "signed for another region alone": (
            with_(
                signer.headers(region="us-east-1"),
                Authorization=lambda one: one.replace("us-east-1", "eu-west-1"),
            ),
            BODY,
        ),
        "signed for another service": (signer.headers(service="s3"), BODY),
        "another body": (good, BODY.replace(b"AAAA", b"BBBB")),
        "an empty body": (signer.headers(body=b""), BODY),
        "signed for GET": (signer.headers(method="GET"), BODY),
        "another date": (with_(good, X_Amz_Date=lambda _: f"{earlier:{DATED}}"), BODY),
        "another target": (with_(good, X_Amz_Target=lambda one: f"{one}s"), BODY),
        "another media type": (with_(good, Content_Type=lambda _: "application/json"), BODY),
        "body not signed": (unsigned, BODY),
        "one more x-amz header": ({**good, "X-Amz-Security-Token": "x"}, BODY),
        "another host": ({**good, "Host": "elsewhere.example"}, BODY),
        "no signature": ({"X-Amz-Target": TARGET}, BODY),
    }


def kind(answer: httpx2.Response) -> str:
    return str(answer.json().get("__type", "")).rpartition("#")[2]


def test_no_signature_that_covers_something_else_is_accepted(
    ledger: Ledger, base_url: str, owner: Person, other: Person
) -> None:
    scopes = ("analyses:read", "analyses:write")
    signer = Signer(base_url, owner.key(*scopes))

    def ask(headers: dict[str, str], body: bytes, query: str = "") -> str:
        return kind(owner.http.post(f"{PATH}{query}", headers=headers, content=body))

    good: Any = ask(signer.headers(), BODY)
    assert good not in REFUSED, f"a good one is refused: {good}"
    tried = variants(signer, Signer(base_url, other.key(*scopes)))
    found = [
        f"{name}: {answer}"
        for name, (headers, body) in tried.items()
        if (answer := ask(headers, body)) not in REFUSED
    ]
    if ask(signer.headers(), BODY, "?X-Amz-Expires=9") not in REFUSED:
        found.append("another query")
    ledger.none("AWS signatures that cover something else", len(tried) + 1, "accepted", found)
