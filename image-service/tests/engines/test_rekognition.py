"""The adapter of Amazon Rekognition, held to everything that its service can say."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator

import pytest
from sightline_testing.vendors import rekognition, server
from sightline_testing.vendors.pictures import png
from sightline_testing.vendors.rekognition import ERRORS, WRONG_SHAPES, rekognition_stub
from sightline_testing.vendors.stub import Answer, Stub

from image_service.engines.port import AwsAccount, Rejected, Unavailable, Unwilling
from image_service.engines.rekognition import CALLS, Rekognition

PICTURE = png()
THROTTLED = {
    "ThrottlingException",
    "ThrottlingException_as_fault",
    "ProvisionedThroughputExceededException",
}
NOT_NOW = {"InternalServerError", "ServiceUnavailableException", "ResourceNotReadyException"}
OPERATION_ALONE = {
    "AccessDeniedException",
    "AccessDeniedException_with_package",
    "ResourceNotFoundException",
    "HumanLoopQuotaExceededException",
    "UnknownOperationException",
}
ACCOUNT = {
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with rekognition_stub() as stub:
        yield stub


def account(url: str, secret: str = rekognition.SECRET_ACCESS_KEY) -> AwsAccount:
    return AwsAccount(rekognition.REGION, rekognition.ACCESS_KEY_ID, secret, None, url)


@pytest.fixture
async def engine(stub: Stub) -> AsyncIterator[Rekognition]:
    engine = Rekognition(account(stub.url), timeout_s=1)
    await engine.open()
    yield engine
    await engine.close()


async def test_a_call_has_the_picture_and_its_signature_is_good(
    stub: Stub, engine: Rekognition
) -> None:
    await engine.find("faces", PICTURE)
    [request] = stub.requests
    assert request.headers["x-amz-target"] == "RekognitionService.DetectFaces"
    assert b64decode(request.json["Image"]["Bytes"]) == PICTURE


async def test_faces_have_boxes_inside_the_picture_and_our_landmarks(engine: Rekognition) -> None:
    found = await engine.find("faces", PICTURE)
    first, second = found.part
    assert first["box"] == {"left": 0.5556, "top": 0.3367, "width": 0.24, "height": 0.18}
    assert first["confidence"] == 0.9999
    assert {mark["type"] for mark in first["landmarks"]} == {
        "left_eye",
        "right_eye",
        "nose",
        "mouth_left",
        "mouth_right",
    }
    eyes = {mark["type"]: mark["x"] for mark in first["landmarks"]}
    assert eyes["right_eye"] < eyes["left_eye"]  # the person's right is on the picture's left
    assert second["box"]["left"] == 0.0
    assert second["box"]["width"] == pytest.approx(0.0875)
    assert (found.model, found.version) == ("DetectFaces", "unknown")


async def test_every_operation_has_the_shape_of_a_result(engine: Rekognition) -> None:
    found = {operation: await engine.find(operation, PICTURE) for operation in CALLS}
    car = found["labels"].part[0]
    assert (car["name"], car["confidence"], car["source"]) == ("Car", 0.9887, "model")
    assert car["instances"][1]["box"] == {"left": 0.45, "top": 0.51, "width": 0.21, "height": 0.19}
    assert found["colors"].part[0] == {
        "hex": "#2f4f4f",
        "name": "darkslategrey",
        "fraction": 0.5125,
    }
    line = found["text"].part[0]
    assert line["kind"] == "line"
    assert line["text"].split() == [word["text"] for word in line["words"]]
    assert len(line["polygon"]) == 4
    assert found["moderation"].part[0]["confidence"] <= 1
    assert all(found[one].version != "unknown" for one in ("labels", "text", "moderation"))


async def test_nothing_found_is_an_empty_list(stub: Stub, engine: Rekognition) -> None:
    stub.always(rekognition.nothing_found())
    for operation in ("faces", "labels", "text", "moderation"):
        assert (await engine.find(operation, PICTURE)).part == []


@pytest.mark.parametrize("name", ERRORS)
async def test_each_error_means_what_its_table_says(
    stub: Stub, engine: Rekognition, name: str
) -> None:
    stub.always(rekognition.error(name))
    with pytest.raises((Unavailable, Unwilling, Rejected)) as caught:
        await engine.find("faces", PICTURE)
    error = caught.value
    if name in NOT_NOW | THROTTLED:
        assert isinstance(error, Unavailable)
        assert error.throttled == (name in THROTTLED)
    elif name in OPERATION_ALONE | ACCOUNT:
        assert isinstance(error, Unwilling)
        assert error.operation_alone == (name in OPERATION_ALONE)
    else:
        assert isinstance(error, Rejected)
    assert ERRORS[name].code in str(error)
    assert ERRORS[name].message not in str(error)
    assert len(stub.requests) == 1  # whether it is asked again is not the client's to decide


@pytest.mark.parametrize(
    "answer",
    [
        server.half(),
        server.cut(),
        server.status(502, b"<html>"),
        server.status(503),
        *(server.malformed(body) for body in server.MALFORMED.values()),
        *(server.wrong_shape(value) for value in WRONG_SHAPES.values()),
        server.slow(30),
    ],
    ids=lambda answer: answer.name,
)
async def test_what_is_no_answer_is_no_result(
    stub: Stub, engine: Rekognition, answer: Answer
) -> None:
    stub.always(answer)
    for operation in ("faces", "labels", "text", "moderation"):
        with pytest.raises(Unavailable):
            await engine.find(operation, PICTURE)


async def test_a_wrong_secret_is_the_accounts(stub: Stub) -> None:
    engine = Rekognition(account(stub.url, "wrong"), timeout_s=1)
    await engine.open()
    with pytest.raises(Unwilling):
        await engine.find("faces", PICTURE)
    await engine.close()


async def test_what_is_no_picture_there_is_rejected(engine: Rekognition) -> None:
    with pytest.raises(Rejected):
        await engine.find("faces", b"GIF89a and so on")
