"""What the stub of Clarifai says, byte by byte: as the notes on its format have it."""

import base64
import json
import re

import pytest
from vendor_calls import ask_clarifai as ask
from vendor_calls import image, route, send

from sightline_testing.vendors import clarifai, pictures
from sightline_testing.vendors.clarifai import clarifai_stub

KEY = {"Authorization": f"Key {clarifai.KEY}"}
NO_IMAGE = base64.b64encode(b"no image at all").decode()
URL = "https://example.test/a.jpg"


@pytest.fixture
def stub():
    with clarifai_stub() as made:
        yield made


def code(told):
    return told.status, told.json["status"]["code"]


def test_each_model_finds_what_is_its_own(stub):
    data = {name: ask(stub, name).json["outputs"][0]["data"] for name in clarifai.MODELS}
    assert len(data[clarifai.FACES]["regions"]) == 2
    assert data[clarifai.FACES]["regions"][0]["region_info"]["bounding_box"]["top_row"] == 0.2580573
    assert [one["name"] for one in data[clarifai.GENERAL]["concepts"][:2]] == ["train", "railway"]
    assert data[clarifai.COLORS]["colors"][0]["w3c"] == {"hex": "#696969", "name": "DimGray"}
    moderated = [one["name"] for one in data[clarifai.MODERATION]["concepts"]]
    assert moderated == ["safe", "suggestive", "explicit", "gore", "drug"]
    read = [one["data"]["text"]["raw"] for one in data[clarifai.TEXT]["regions"]]
    assert read == ["Dear reader", "Invoice 4711"]


def test_the_envelope_is_whole(stub):
    told = ask(stub, clarifai.FACES, image(url=URL), image()).json
    assert told["status"] | {"req_id": ""} == {"code": 10000, "description": "Ok", "req_id": ""}
    assert re.fullmatch("[0-9a-f]{32}", told["status"]["req_id"])
    first, second = told["outputs"]
    assert first["status"] == {"code": 10000, "description": "Ok"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", first["created_at"])
    assert first["model"]["id"] == clarifai.FACES
    assert first["model"]["model_version"]["id"] == "45fb9a671625463fa646c3523a3087d5"
    assert first["input"]["data"] == {"image": {"url": URL}}
    assert second["input"]["data"] == {"image": {"base64": "dHJ1ZQ=="}}
    assert first["id"] != second["id"]


def test_numbers_that_are_nothing_are_left_out(stub):
    edge = ask(stub).json["outputs"][0]["data"]["regions"][1]
    assert "left_col" not in edge["region_info"]["bounding_box"]
    drug = ask(stub, clarifai.MODERATION).json["outputs"][0]["data"]["concepts"][-1]
    assert "value" not in drug


@pytest.mark.parametrize("model", clarifai.MODELS)
def test_nothing_found_has_no_key(stub, model):
    stub.say(clarifai.nothing_found())
    told = ask(stub, model).json
    assert (told["status"]["code"], told["outputs"][0]["data"]) == (10000, {})


@pytest.mark.parametrize(
    ("version", "owner"),
    [
        ("", ""),
        ("", "clarifai/main"),
        ("6dc7e46bc9124c5c8824be4822abe105", ""),
        ("6dc7e46bc9124c5c8824be4822abe105", "clarifai/main"),
    ],
)
def test_each_of_the_routes_is_known(stub, version, owner):
    body = json.dumps({"inputs": [image()]})
    told = send(stub, "POST", route(clarifai.FACES, version, owner), body, KEY)
    assert code(told) == (200, 10000)
    if version:
        assert told.json["outputs"][0]["model"]["model_version"]["id"] == version


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", 11102),
        (clarifai.KEY, 11102),
        (f"Bearer {clarifai.KEY}", 11102),
        ("Key ", 11102),
        (f"key {clarifai.KEY}", 11102),
        (f"Key  {clarifai.KEY}", 11102),
        ("Key short", 11008),
        (f"Key {clarifai.UNKNOWN_KEY}", 11009),
    ],
)
def test_a_key_that_is_not_good_is_refused(stub, key, expected):
    told = ask(stub, key=key)
    assert code(told) == (401, expected)
    assert "outputs" not in told.json


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", route(clarifai.FACES), b"", (400, 11103)),
        ("POST", "/v2/models/face-detection", b"{}", (404, 11101)),
        ("POST", "/", b"{}", (404, 11101)),
        ("POST", route(clarifai.FACES), b"{", (400, 11100)),
        ("POST", route(clarifai.FACES), b"[]", (400, 11100)),
        ("POST", route(clarifai.FACES), b'{"inputs": "a"}', (400, 11100)),
        ("POST", route(clarifai.FACES), b'{"model": "a", "inputs": [{}]}', (400, 11100)),
        ("POST", route(clarifai.FACES), b"{}", (400, 40001)),
        ("POST", route("celebrities"), b"{}", (404, 21200)),
        ("POST", route(clarifai.FACES, "6dc7"), b"{}", (404, 21200)),
        ("POST", route(clarifai.FACES, owner="me/mine"), b"{}", (404, 21200)),
    ],
)
def test_calls_that_are_wrong_are_refused(stub, method, path, body, expected):
    assert code(send(stub, method, path, body, KEY)) == expected


def test_more_than_128_inputs_are_refused(stub):
    assert code(ask(stub, clarifai.FACES, *[image(url=URL)] * 128)) == (200, 10000)
    assert code(ask(stub, clarifai.FACES, *[image(url=URL)] * 129)) == (400, 40001)


def test_the_configuration_of_outputs_is_honoured(stub):
    def names(**config):
        told = ask(stub, clarifai.GENERAL, **config).json
        return [one["name"] for one in told["outputs"][0]["data"].get("concepts", [])]

    assert len(names()) == 20
    assert names(max_concepts=2) == ["train", "railway"]
    assert len(names(min_value=0.998)) == 4
    assert names(min_value=1.0) == []
    chosen = [{"id": "ai_6kTjGfF6"}, {"name": "train"}]
    assert names(select_concepts=chosen) == ["train", "station"]
    partly = ask(stub, clarifai.GENERAL, select_concepts=[{"name": "train"}, {"name": "unicorn"}])
    assert code(partly) == (207, 10010)
    assert code(ask(stub, clarifai.GENERAL, select_concepts=[{"name": "unicorn"}])) == (400, 21202)
    assert code(ask(stub, clarifai.GENERAL, max_concepts=201)) == (400, 21202)
    assert code(ask(stub, clarifai.GENERAL, min_value="high")) == (400, 11100)


def test_inputs_fail_each_for_itself(stub):
    large = base64.b64encode(pictures.png() + bytes(20_000_000)).decode()
    inputs = [
        image(),
        image(base64=NO_IMAGE),
        image(base64="?"),
        image(url="file:///etc/passwd"),
        image(url=None),
        {},
        image(base64=large),
    ]
    told = ask(stub, clarifai.FACES, *inputs)
    assert code(told) == (207, 10010)
    codes = [one["status"]["code"] for one in told.json["outputs"]]
    assert codes == [10000, 30300, 30300, 30106, 30104, 30104, 30105]
    assert [bool(one["data"]) for one in told.json["outputs"]] == [True, *[False] * 6]
    assert code(ask(stub, clarifai.FACES, image(base64=NO_IMAGE))) == (400, 10020)


@pytest.mark.parametrize("name", clarifai.ERRORS)
def test_each_error_is_told_as_it_is_listed(stub, name):
    expected = clarifai.ERRORS[name]
    stub.say(clarifai.error(name))
    told = ask(stub)
    assert told.status == expected.http
    if expected.of_input:
        assert told.json["status"]["code"] == 10020
        (output,) = told.json["outputs"]
        status = output["status"]
        assert output["data"] == {}
    else:
        status = told.json["status"]
        assert "outputs" not in told.json
    assert (status["code"], status["description"]) == (expected.code, expected.description)
    assert status.get("details", "") == expected.details


def test_an_error_is_named_by_its_code_and_may_have_another_http_status(stub):
    stub.say(clarifai.error(11005, http=503), clarifai.error(30002, of_input=False))
    assert code(ask(stub)) == (503, 11005)
    assert code(ask(stub)) == (400, 30002)


def test_a_mixed_answer_is_of_what_each_input_is_said_to_be(stub):
    stub.say(clarifai.inputs(39996, None, "INPUT_OVER_LIMIT"), clarifai.inputs(None))
    told = ask(stub, clarifai.FACES, image(), image(), image(), image())
    assert code(told) == (207, 10010)
    codes = [one["status"]["code"] for one in told.json["outputs"]]
    assert codes == [39996, 10000, 30105, 30105]
    assert code(ask(stub)) == (200, 10000)
