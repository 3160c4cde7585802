"""The vendors' endpoints where something is in the way: every error has the vendor's shape."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import Gateway
from recorded import result
from sightline_contracts import context

from gateway.vendor_apis import synchronous

KEY = f"slk_{'0' * 26}_{'s' * 43}"
KEY_ID = f"ak_{'0' * 26}"
CLARIFAI = "/compat/clarifai/v2/models/face-detection/outputs"
REKOGNITION = "/compat/rekognition"
ONE_INPUT = {"inputs": [{"data": {"image": {"url": "http://pictures.test/a.png"}}}]}
FACES = b'{"Image": {"Bytes": "aW1hZ2U="}}'
AUTHORIZED = {"Authorization": f"Key {KEY}"}


@pytest.fixture(autouse=True)
def _key(gateway: Gateway) -> None:
    holder = {
        "user_id": gateway.user_id,
        "key_id": KEY_ID,
        "scopes": ["analyses:read", "analyses:write"],
    }
    gateway.users.api_keys[KEY] = holder
    gateway.users.signers[KEY_ID] = holder


async def rekognition(gateway: Gateway, body: bytes = FACES, **changes: str) -> httpx2.Response:
    request = AWSRequest("POST", f"http://gateway{REKOGNITION}", data=body)
    request.headers["X-Amz-Target"] = "RekognitionService.DetectFaces"
    SigV4Auth(Credentials(KEY_ID, "s" * 43), "rekognition", "us-east-1").add_auth(request)
    headers = {**dict(request.headers.items()), **changes}
    return await gateway.client.post(REKOGNITION, content=body, headers=headers)


def told(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert answer.json().keys() == {"__type", "Message"}
    assert answer.headers["x-amzn-RequestId"] == answer.headers["X-Request-Id"]
    return answer.status_code, answer.json()["__type"]


def code(answer: httpx2.Response) -> tuple[int, int]:
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, answer.json()["status"]["code"]


async def clarifai(gateway: Gateway, body: Any = ONE_INPUT) -> httpx2.Response:
    return await gateway.client.post(CLARIFAI, json=body, headers=AUTHORIZED)


async def test_a_result_is_answered_in_the_vendors_words(gateway: Gateway) -> None:
    gateway.results.ending = {"status": "succeeded", "result": result()}
    answer = await rekognition(gateway)
    assert (answer.status_code, len(answer.json()["FaceDetails"])) == (200, 2)
    assert answer.headers["x-amzn-RequestId"] == answer.headers["X-Request-Id"]
    (output,) = (await clarifai(gateway)).json()["outputs"]
    assert (output["status"]["code"], len(output["data"]["regions"])) == (10000, 2)
    assert list(gateway.results.uploads.values()) == [b"image"]


def time_is_up(when: Callable[[], bool]) -> Any:
    """The time left for waiting depends on what has happened, not on the machine's speed."""
    kept = synchronous.ANSWERING_S
    return mock.patch.object(
        context, "remaining", lambda ceiling: kept if when() else min(ceiling, kept + 1.0)
    )


@pytest.mark.parametrize(
    ("reason", "aws", "top", "output"),
    [
        ("not-an-image", (400, "InvalidImageFormatException"), 400, 30101),
        ("image-too-large", (400, "ImageTooLargeException"), 400, 30105),
        ("crashed", (500, "InternalServerError"), 500, 98004),
        ("timeout", (500, "InternalServerError"), 500, 40032),
    ],
)
async def test_a_failed_analysis_is_told_by_its_reason(
    gateway: Gateway, reason: str, aws: tuple[int, str], top: int, output: int
) -> None:
    error = {"code": reason, "title": "t", "detail": "d", "attempts": 1}
    gateway.results.ending = {"status": "failed", "error": error}
    assert told(await rekognition(gateway)) == aws
    answer = await clarifai(gateway)
    assert code(answer) == (top, 10020)
    assert answer.json()["outputs"][0]["status"]["code"] == output


async def test_what_stands_behind_failing_is_told_by_the_vendors_words(gateway: Gateway) -> None:
    gateway.results.mode = "503"
    assert told(await rekognition(gateway)) == (500, "ThrottlingException")
    answer = await clarifai(gateway)
    assert code(answer) == (500, 10020)
    assert answer.json()["outputs"][0]["status"]["code"] == 40031
    assert gateway.users.reserved == set()


async def test_a_used_up_quota_is_told(gateway: Gateway) -> None:
    gateway.users.quota = 0
    answer = await rekognition(gateway)
    assert told(answer) == (400, "ProvisionedThroughputExceededException")
    assert answer.headers["Retry-After"] == "60"
    assert (await clarifai(gateway)).json()["outputs"][0]["status"]["code"] == 11004
    assert gateway.results.analyses == {}


async def test_what_does_not_end_in_time_is_cancelled(gateway: Gateway) -> None:
    with time_is_up(lambda: bool(gateway.results.analyses)):
        answer = await rekognition(gateway)
    assert told(answer) == (500, "InternalServerError")
    (analysis,) = gateway.results.analyses.values()
    assert analysis["status"] == "canceled"


async def test_who_is_let_go_still_gets_the_whole_answer(gateway: Gateway) -> None:
    gateway.wiring.hints.let_go()
    with time_is_up(lambda: gateway.results.reads >= 2):
        answer = await clarifai(gateway)
    assert answer.json()["outputs"][0]["status"]["code"] == 40032


async def test_a_body_over_the_limit_has_the_vendors_shape(gateway: Gateway) -> None:
    large = bytes(8_388_609)
    assert told(await rekognition(gateway, large)) == (400, "ImageTooLargeException")
    over = bytes(22_020_097)
    answer = await gateway.client.post(CLARIFAI, content=over, headers=AUTHORIZED)
    assert code(answer) == (413, 40033)


async def test_paths_and_methods_that_are_not_there_have_it_too(gateway: Gateway) -> None:
    assert code(await gateway.client.get(CLARIFAI)) == (400, 11103)
    assert code(await gateway.client.post("/compat/clarifai/v2/inputs")) == (404, 11101)
    assert told(await gateway.client.get(REKOGNITION))[1] == "UnknownOperationException"
    other = await gateway.client.get("/compat/else")
    assert other.json()["type"] == "/problems/not-found"


async def test_an_unexpected_error_tells_nothing_of_itself(gateway: Gateway) -> None:
    with mock.patch.object(
        synchronous.SynchronousAnalysis, "run", side_effect=RuntimeError("a secret")
    ):
        answer = await rekognition(gateway)
        assert told(answer) == (500, "InternalServerError")
        assert "secret" not in answer.text
        assert code(await clarifai(gateway)) == (500, 98004)


async def test_a_signature_that_user_service_does_not_know_is_refused(gateway: Gateway) -> None:
    gateway.users.signers.clear()
    assert told(await rekognition(gateway)) == (400, "InvalidSignatureException")
    assert gateway.users.reserved == set()


async def test_another_target_than_the_signed_one_is_told_by_its_hash(gateway: Gateway) -> None:
    gateway.users.quota = 0
    await rekognition(gateway)
    first = gateway.users.signatures[-1]["request_sha256"]
    await rekognition(gateway, **{"X-Amz-Target": "RekognitionService.DetectText"})
    assert gateway.users.signatures[-1]["request_sha256"] != first
