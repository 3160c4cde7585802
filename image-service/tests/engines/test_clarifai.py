"""The adapter of Clarifai, held to everything that its service can say."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator

import pytest
from sightline_testing.vendors import clarifai, server
from sightline_testing.vendors.clarifai import ERRORS, WRONG_SHAPES, clarifai_stub
from sightline_testing.vendors.pictures import png
from sightline_testing.vendors.stub import Answer, Stub

from image_service.engines.clarifai import MODELS, Clarifai
from image_service.engines.port import Rejected, Unavailable, Unwilling

PICTURE = png()
MODEL_ALONE = {
    "MODEL_DOES_NOT_EXIST",
    "MODEL_PERMISSION_DENIED",
    "MODEL_INVALID_ARGUMENT",
    "MODEL_INVALID_REQUEST",
    "MODEL_NOT_DEPLOYED",
}
THROTTLED = {"CONN_THROTTLED", "CONN_THROTTLED_BY_NAME"}
NOT_NOW = {
    "TRY_AGAIN",
    "MODEL_DEPLOYING",
    "MODEL_QUEUED_FOR_DEPLOYMENT",
    "MODEL_BUSY_PLEASE_RETRY",
    "RPC_REQUEST_QUEUE_FULL",
    "RPC_SERVER_UNAVAILABLE",
    "RPC_REQUEST_TIMEOUT",
    "INPUT_DOWNLOAD_PENDING",
    "INPUT_DOWNLOAD_IN_PROGRESS",
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with clarifai_stub() as stub:
        yield stub


@pytest.fixture
async def engine(stub: Stub) -> AsyncIterator[Clarifai]:
    engine = Clarifai(clarifai.KEY, stub.url, timeout_s=1)
    await engine.open()
    yield engine
    await engine.close()


async def test_a_call_is_as_its_own_client_makes_it(stub: Stub, engine: Clarifai) -> None:
    await engine.find("faces", PICTURE)
    [request] = stub.requests
    assert request.path == "/v2/users/clarifai/apps/main/models/face-detection/outputs"
    assert request.headers["authorization"] == f"Key {clarifai.KEY}"
    assert request.json["user_app_id"] == {"user_id": "clarifai", "app_id": "main"}
    [given] = request.json["inputs"]
    assert b64decode(given["data"]["image"]["base64"]) == PICTURE


async def test_faces_are_boxes_with_confidences(engine: Clarifai) -> None:
    found = await engine.find("faces", PICTURE)
    assert found.part[0] == {
        "box": {"left": 0.4323, "top": 0.2581, "width": 0.1442, "height": 0.2447},
        "confidence": 1.0,
        "landmarks": [],
    }
    assert (found.model, found.version) == ("face-detection", "45fb9a671625463fa646c3523a3087d5")
    assert found.raw["outputs"][0]["data"]["regions"][0]["value"] == 0.9999864


async def test_every_operation_has_the_shape_of_a_result(engine: Clarifai) -> None:
    found = {operation: (await engine.find(operation, PICTURE)).part for operation in MODELS}
    assert found["labels"][0] == {
        "name": "train",
        "confidence": 0.9996,
        "source": "model",
        "model": "general-image-recognition",
        "parents": [],
        "categories": [],
        "aliases": [],
        "instances": [],
    }
    assert found["colors"][0] == {"hex": "#513f2c", "name": "dimgray", "fraction": 0.5142}
    assert found["moderation"][-1] == {"name": "drug", "confidence": 0.0}
    assert found["text"][0]["text"] == "Dear reader"
    assert found["text"][0]["polygon"][2] == {"x": 0.4375, "y": 0.3}


async def test_nothing_found_is_an_empty_list(stub: Stub, engine: Clarifai) -> None:
    stub.always(clarifai.nothing_found())
    assert [(await engine.find(one, PICTURE)).part for one in MODELS] == [[]] * len(MODELS)


@pytest.mark.parametrize("name", ERRORS)
async def test_each_error_means_what_its_table_says(
    stub: Stub, engine: Clarifai, name: str
) -> None:
    stub.always(clarifai.error(name))
    with pytest.raises((Unavailable, Unwilling, Rejected)) as caught:
        await engine.find("faces", PICTURE)
    error = caught.value
    if name in NOT_NOW | THROTTLED or name.startswith("INTERNAL_"):
        assert isinstance(error, Unavailable)
        assert error.throttled == (name in THROTTLED)
    elif name in MODEL_ALONE or name.startswith("CONN_"):
        assert isinstance(error, Unwilling)
        assert error.operation_alone == (name in MODEL_ALONE)
    else:
        assert isinstance(error, Rejected)
        assert error.ask_again == (name == "INPUT_CONNECTION_FAILED")
    assert str(ERRORS[name].code) in str(error)
    assert "details" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        server.half(),
        server.cut(),
        server.status(502, b"<html>"),
        server.status(503),
        *(server.malformed(body) for body in server.MALFORMED.values()),
        *(server.wrong_shape(value) for value in WRONG_SHAPES.values()),
        server.endless(),
        server.slow(30),
        server.status(302, b"", {"Location": "/elsewhere"}),
    ],
    ids=lambda answer: answer.name,
)
async def test_what_is_no_answer_is_no_result(stub: Stub, engine: Clarifai, answer: Answer) -> None:
    stub.always(answer)
    with pytest.raises(Unavailable):
        await engine.find("faces", PICTURE)
    assert len(stub.requests) == 1


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    engine = Clarifai(clarifai.KEY, "http://127.0.0.1:1", timeout_s=1)
    with pytest.raises(Unavailable):
        await engine.find("faces", PICTURE)
    await engine.close()


@pytest.mark.parametrize(
    ("http", "meant"), [(429, Unavailable), (500, Unavailable), (403, Unwilling), (400, Rejected)]
)
async def test_a_code_that_nobody_knows_means_what_the_http_status_does(
    stub: Stub, engine: Clarifai, http: int, meant: type[Exception]
) -> None:
    stub.always(clarifai.error(clarifai.Error("NEW", http, 77777, "new"), http))
    with pytest.raises(meant):
        await engine.find("faces", PICTURE)
