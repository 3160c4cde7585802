"""Calls of the vendors' stubs with the standard library alone, so that nothing of a client's is
between a test and what the stub sends."""

import base64
import http.client
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sightline_testing.vendors import clarifai, pictures, rekognition
from sightline_testing.vendors.rekognition import sigv4
from sightline_testing.vendors.stub import Request, Stub

PATIENCE_S = 20
PICTURE = base64.b64encode(pictures.png()).decode()


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def connect(stub: Stub, timeout_s: float = PATIENCE_S) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(stub.url).netloc, timeout=timeout_s)


def send(stub: Stub, method="POST", path="/", body=b"", headers=None, timeout_s=PATIENCE_S) -> Told:
    connection = connect(stub, timeout_s)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, named, answer.read())
    finally:
        connection.close()


def route(model: str, version: str = "", owner: str = "") -> str:
    """`owner`: user/app."""
    user, _, app = owner.partition("/")
    of = f"/users/{user}/apps/{app}" if owner else ""
    return f"/v2{of}/models/{model}{f'/versions/{version}' if version else ''}/outputs"


def image(**of) -> dict:
    """An input of Clarifai's; without arguments a picture's bytes."""
    return {"data": {"image": of or {"base64": PICTURE}}}


def ask_clarifai(
    stub: Stub,
    model=clarifai.FACES,
    *inputs,
    key=f"Key {clarifai.KEY}",
    timeout_s=PATIENCE_S,
    **config,
) -> Told:
    """`config`: the call's output_config."""
    body = {"inputs": list(inputs or [image()])}
    if config:
        body["model"] = {"output_info": {"output_config": config}}
    return send(stub, "POST", route(model), json.dumps(body), {"Authorization": key}, timeout_s)


def ask_rekognition(
    stub: Stub, operation="DetectFaces", data=None, timeout_s=PATIENCE_S, **asked
) -> Told:
    """`data`: an image's bytes in the place of a good picture."""
    shown = PICTURE if data is None else base64.b64encode(data).decode()
    body = json.dumps({"Image": {"Bytes": shown}, **asked}).encode()
    return send(stub, "POST", "/", body, signed(stub, operation, body), timeout_s)


def signed(stub: Stub, operation: str, body: bytes, **other: str) -> dict[str, str]:
    """Headers of a call; `other` ones are signed as well."""
    date = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": urlsplit(stub.url).netloc,
        "x-amz-date": date,
        "x-amz-target": f"RekognitionService.{operation}",
        **{name.replace("_", "-"): value for name, value in other.items()},
    }
    names = sorted(headers)
    scope = f"{headers['x-amz-date'][:8]}/{rekognition.REGION}/rekognition/aws4_request"
    request = Request("POST", "/", headers, body)
    signature = sigv4.signature(request, names, headers["x-amz-date"], scope)
    credential = f"Credential={rekognition.ACCESS_KEY_ID}/{scope}"
    rest = f"SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}, {rest}"}
