"""An unmodified clarifai-grpc, by its JSON channel, whose base address is ours."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clarifai_grpc.channel.clarifai_channel import ClarifaiChannel
from clarifai_grpc.grpc.api import resources_pb2 as resources
from clarifai_grpc.grpc.api import service_pb2 as service
from clarifai_grpc.grpc.api.service_pb2_grpc import V2Stub
from clarifai_grpc.grpc.api.status.status_code_pb2 import StatusCode

from conftest import Origin, User

pytestmark = pytest.mark.one_version

EVENT = Path(__file__).parents[2] / "contracts/events/analysis.requested.json"
OPERATIONS = json.loads(EVENT.read_text())["properties"]["input"]["properties"]["operations"]
OFFERED = OPERATIONS["items"]["enum"]
OWNER = resources.UserAppIDSet(user_id="clarifai", app_id="main")


def make_key(user: User, scopes: list[str]) -> str:
    answer = user.post("/v1/me/api-keys", json={"name": "clarifai", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def image(**of: Any) -> resources.Input:
    return resources.Input(data=resources.Data(image=resources.Image(**of)))


Ask = Callable[..., Any]


@pytest.fixture
def stub(base_url: str) -> Iterator[V2Stub]:
    channel = ClarifaiChannel.get_json_channel(base_url=f"{base_url}/compat/clarifai")
    yield V2Stub(channel)
    channel.session.close()


@pytest.fixture
def ask(stub: V2Stub, user: User) -> Ask:
    """What a model says of inputs; the key is the user's where none is given."""
    own = make_key(user, ["analyses:read", "analyses:write"])

    def ask(model_id: str, *inputs: resources.Input, key: str = own, **more: Any) -> Any:
        request = service.PostModelOutputsRequest(model_id=model_id, inputs=inputs, **more)
        return stub.PostModelOutputs(request, metadata=(("authorization", f"Key {key}"),))

    return ask


@pytest.fixture
def astronaut(origin: Origin, pictures: Path) -> str:
    body = (pictures / "astronaut.png").read_bytes()
    origin.pages["/astronaut.png"] = (200, {"Content-Type": "image/png"}, body)
    return f"{origin.url}/astronaut.png"


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    "more", [{}, {"user_app_id": OWNER}, {"user_app_id": OWNER, "version_id": "6dc7e46bc9124c5c"}]
)
def test_a_face_is_found_by_each_of_the_routes(
    ask: Ask, user: User, astronaut: str, more: Any
) -> None:
    answer = ask("face-detection", image(url=astronaut), **more)
    assert answer.status.code == StatusCode.SUCCESS
    (output,) = answer.outputs
    assert output.model.id == "face-detection"
    assert output.input.data.image.url == astronaut
    (region,) = output.data.regions
    box = region.region_info.bounding_box
    assert 0 < box.top_row < box.bottom_row < 1
    assert 0 < box.left_col < box.right_col < 1
    assert region.value == region.data.concepts[0].value > 0.7
    (listed,) = user.get("/v1/analyses").json()["items"]
    assert (listed["id"], listed["status"]) == (output.id, "succeeded")
    assert user.usage()["quota"]["left"] == user.usage()["quota"]["limit"] - 1


def test_no_face_has_no_regions(ask: Ask, pictures: Path) -> None:
    answer = ask("face-detection", image(base64=(pictures / "coffee.png").read_bytes()))
    assert answer.status.code == StatusCode.SUCCESS
    assert not answer.outputs[0].data.regions


def test_colours_and_text_are_told(ask: Ask, pictures: Path, letter: bytes) -> None:
    colors = ask("color-recognition", image(base64=(pictures / "coffee.png").read_bytes()))
    found = colors.outputs[0].data.colors
    assert sum(one.value for one in found) == pytest.approx(1, abs=0.05)
    assert found[0].raw_hex.startswith("#")
    text = ask("ocr-scene-english-paddleocr", image(base64=letter))
    lines = [one.data.text.raw for one in text.outputs[0].data.regions]
    assert lines == ["Dear reader", "Invoice 4711"]


@pytest.mark.parametrize(
    ("operation", "model_id"),
    [("labels", "general-image-recognition"), ("moderation", "moderation-recognition")],
)
def test_a_model_that_no_engine_has_is_not_deployed(
    ask: Ask, letter: bytes, operation: str, model_id: str
) -> None:
    answer = ask(model_id, image(base64=letter))
    expected = StatusCode.SUCCESS if operation in OFFERED else StatusCode.MODEL_NOT_DEPLOYED
    assert answer.status.code == expected


def test_one_bad_input_fails_alone(
    ask: Ask, user: User, origin: Origin, astronaut: str, letter: bytes
) -> None:
    origin.pages["/text.png"] = (200, {"Content-Type": "image/png"}, b"no picture")
    answer = ask(
        "color-recognition",
        image(url=f"{origin.url}/missing.png"),
        image(url=astronaut),
        image(url=f"{origin.url}/text.png"),
        image(),
        image(url="file:///etc/passwd"),
        image(base64=letter),
    )
    assert answer.status.code == StatusCode.MIXED_STATUS
    assert [one.status.code for one in answer.outputs] == [
        StatusCode.INPUT_DOWNLOAD_FAILED,
        StatusCode.SUCCESS,
        StatusCode.INPUT_UNSUPPORTED_FORMAT,
        StatusCode.INPUT_INVALID_ARGUMENT,
        StatusCode.INPUT_INVALID_URL,
        StatusCode.SUCCESS,
    ]
    assert [bool(one.data.colors) for one in answer.outputs] == [
        one.status.code == StatusCode.SUCCESS for one in answer.outputs
    ]
    assert len(user.get("/v1/analyses").json()["items"]) == 4


def test_all_inputs_failing_is_a_failure(ask: Ask, origin: Origin) -> None:
    answer = ask("face-detection", image(url=f"{origin.url}/missing.png"))
    assert answer.status.code == StatusCode.FAILURE
    assert answer.outputs[0].status.code == StatusCode.INPUT_DOWNLOAD_FAILED


def test_a_hundred_and_twenty_eight_inputs_are_one_call(
    ask: Ask, user: User, letter: bytes
) -> None:
    many = [image(base64=letter)] * 128
    answer = ask("color-recognition", *many)
    assert answer.status.code == StatusCode.SUCCESS
    assert len({one.id for one in answer.outputs}) == 128
    assert (
        ask("color-recognition", *many, many[0]).status.code == StatusCode.PREDICT_INVALID_REQUEST
    )
    assert user.usage()["quota"]["left"] == user.usage()["quota"]["limit"] - 128


def test_who_is_not_known_or_may_not_is_refused(ask: Ask, user: User, letter: bytes) -> None:
    unknown = f"slk_{'0' * 26}_{'s' * 43}"
    reader = make_key(user, ["analyses:read"])
    deleted = make_key(user, ["analyses:read", "analyses:write"])
    key_id = f"ak_{deleted.split('_')[1]}"
    assert user.request("DELETE", f"/v1/me/api-keys/{key_id}").status_code == 204
    codes = [
        ask("face-detection", image(base64=letter), key=key).status.code
        for key in (unknown, deleted, reader, "of-another-kind")
    ]
    assert codes == [
        StatusCode.CONN_KEY_NOT_FOUND,
        StatusCode.CONN_KEY_NOT_FOUND,
        StatusCode.CONN_INSUFFICIENT_SCOPES,
        StatusCode.CONN_KEY_INVALID,
    ]
    assert user.get("/v1/analyses").json()["items"] == []


def test_a_model_that_there_is_not_is_told(ask: Ask, letter: bytes) -> None:
    answer = ask("celebrity-face-recognition", image(base64=letter))
    assert answer.status.code == StatusCode.MODEL_DOES_NOT_EXIST
    assert not answer.outputs


@pytest.mark.parametrize(
    ("method", "path", "headers", "http", "code"),
    [
        ("GET", "v2/models/face-detection/outputs", {}, 400, StatusCode.CONN_METHOD_NOT_ALLOWED),
        ("POST", "v2/models/face-detection", {}, 404, StatusCode.CONN_DOES_NOT_EXIST),
        ("POST", "v2/models/face-detection/outputs", {}, 401, StatusCode.CONN_INVALID_REQUEST),
        (
            "POST",
            "v2/models/face-detection/outputs",
            {"Authorization": "Bearer x"},
            401,
            StatusCode.CONN_INVALID_REQUEST,
        ),
    ],
)
def test_errors_before_any_model_have_clarifais_shape(
    user: User, method: str, path: str, headers: Any, http: int, code: int
) -> None:
    answer = user.http.request(method, f"/compat/clarifai/{path}", headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.status_code, answer.json()["status"]["code"]) == (http, code)
    assert answer.json()["status"]["req_id"] == answer.headers["X-Request-Id"]


def test_a_body_without_a_json_type_is_read(ask: Ask, user: User, letter: bytes) -> None:
    assert ask("face-detection", image(base64=letter)).status.code == StatusCode.SUCCESS
    key = make_key(user, ["analyses:read", "analyses:write"])
    headers = {"Authorization": f"Key {key}", "Accept": "application/json", "Content-Type": ""}
    path = "/compat/clarifai/v2/models/face-detection/outputs"
    broken = user.http.post(path, content=b"{", headers=headers)
    assert (broken.status_code, broken.json()["status"]["code"]) == (400, 11100)
    missing = user.http.post(path, content=b'{"inputs": [{}]}', headers=headers)
    assert missing.json()["outputs"][0]["status"]["code"] == StatusCode.INPUT_INVALID_ARGUMENT
