"""Our results in the words of Clarifai, and its requests in ours."""

import base64
import json
from typing import Any

import pytest
from recorded import result
from sightline_contracts.problems import BadRequest, BodyTooLarge, InvalidRequest, Problem

from gateway.analyses.submission import SubmissionReader
from gateway.models.analyses import IMAGE_LIMIT, OPERATIONS, UrlSubmission
from gateway.vendor_apis.clarifai import errors, requests
from gateway.vendor_apis.clarifai.errors import (
    InputArgument,
    InvalidUrl,
    ModelArgument,
    UndecodableBytes,
)
from gateway.vendor_apis.clarifai.outputs import MODELS

ADDRESS = {"data": {"image": {"url": "http://pictures.test/a.png"}}}

READER = SubmissionReader(frozenset(OPERATIONS))


def read(**config: Any) -> requests.Call:
    body = {
        "user_app_id": {"user_id": "clarifai", "app_id": "main"},
        "inputs": [ADDRESS],
        "model": {"output_info": {"output_config": config}},
        "more": 1,
    }
    return requests.read(json.dumps(body).encode())


def data(model_id: str, **config: Any) -> Any:
    return MODELS[model_id].data(result(), read(**config).config)


def test_a_face_is_a_region_with_one_concept() -> None:
    small, large = data("face-detection")["regions"]
    assert small["region_info"]["bounding_box"] == {
        "top_row": 0.1,
        "left_col": 0.1,
        "bottom_row": 0.2,
        "right_col": 0.15,
    }
    assert large["value"] == 0.93
    assert large["data"]["concepts"] == [
        {"id": "ai_b1b1b1b1", "name": "BINARY_POSITIVE", "app_id": "main", "value": 0.93}
    ]
    assert small["id"] != large["id"]


def test_nothing_found_is_no_data() -> None:
    empty = {**result(), "faces": [], "labels": [], "text": [], "colors": [], "moderation": []}
    found = [model.data(empty, read().config) for model in MODELS.values()]
    assert found == [{}] * len(MODELS)


def test_text_is_a_region_per_line() -> None:
    regions = data("ocr-scene-english-paddleocr")["regions"]
    assert [one["data"]["text"]["raw"] for one in regions] == ["Dear reader", "Invoice 4711"]
    assert regions[1]["region_info"]["bounding_box"]["bottom_row"] == 0.6


def test_colours_have_their_names_and_shares() -> None:
    assert data("color-recognition")["colors"][0] == {
        "raw_hex": "#513f2c",
        "w3c": {"hex": "#513f2c", "name": "dimgray"},
        "value": 0.75,
    }
    assert data("color-recognition") == data("eeed0b6733a644cea07cf4c60f87ebb7")


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, ["traffic light", "portrait", "document"]),
        ({"max_concepts": 2}, ["traffic light", "portrait"]),
        ({"min_value": 0.6}, ["traffic light", "portrait"]),
        ({"select_concepts": [{"name": "portrait"}]}, ["portrait"]),
        ({"select_concepts": [{"id": "ai_traffic_light"}]}, ["traffic light"]),
        ({"language": "en"}, ["traffic light", "portrait", "document"]),
    ],
)
def test_concepts_come_in_descending_order_as_configured(config: Any, names: list[str]) -> None:
    concepts = data("general-image-recognition", **config)["concepts"]
    assert [one["name"] for one in concepts] == names


def test_twenty_concepts_are_told_where_no_number_is() -> None:
    many = result()
    many["labels"] *= 10
    found = MODELS["general-image-recognition"].data(many, read().config)
    assert len(found["concepts"]) == 20


@pytest.mark.parametrize(
    ("operation", "config", "said"),
    [
        ("labels", {}, {}),
        ("labels", {"min_value": 0.2}, {"min_confidence": 0.2}),
        ("moderation", {"min_value": 0.2}, {}),
    ],
)
def test_labels_are_asked_for_down_to_the_least_value(
    operation: str, config: Any, said: dict[str, float]
) -> None:
    assert read(**config).config.options(operation) == {"operations": [operation], **said}


def test_moderation_is_told_as_concepts() -> None:
    (concept,) = data("moderation-recognition")["concepts"]
    assert (concept["name"], concept["value"]) == ("explicit", 0.93)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", BadRequest),
        (b"{", BadRequest),
        (b"[" * 100_000, BadRequest),
        (b'{"inputs": ' + b"[" * 5000 + b"]" * 5000 + b"}", BadRequest),
        (b"[]", InvalidRequest),
        (b"{}", InvalidRequest),
        (b'{"inputs": []}', InvalidRequest),
        (b'{"inputs": [' + b",".join([b"{}"] * 129) + b"]}", InvalidRequest),
        (b'{"inputs": [{}], "model": 1}', ModelArgument),
        (
            b'{"inputs": [{}], "model": {"output_info": {"output_config": {"min_value": 2}}}}',
            ModelArgument,
        ),
        (
            b'{"inputs": [{}], "model": {"output_info": {"output_config": {"language": "de"}}}}',
            ModelArgument,
        ),
    ],
    ids=lambda value: value.decode()[:40] if isinstance(value, bytes) else None,
)
def test_a_call_that_cannot_be_read_is_refused(body: bytes, refusal: type[Problem]) -> None:
    with pytest.raises(refusal):
        requests.read(body)


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        (None, InputArgument),
        ("a.png", InputArgument),
        ({"data": None}, InputArgument),
        ({"data": {"image": []}}, InputArgument),
        ({"data": {"image": {"url": None}}}, InputArgument),
        ({"data": {"image": {"url": ""}}}, InputArgument),
        ({"data": {"image": {"url": 7}}}, InputArgument),
        ({"data": {"image": {"url": "file:///etc/passwd"}}}, InvalidUrl),
        ({"data": {"image": {"url": "http://u:p@pictures.test/"}}}, InvalidUrl),
        ({"data": {"image": {"base64": "no base64!"}}}, UndecodableBytes),
        ({"data": {"image": {"base64": "é"}}}, UndecodableBytes),
        (
            {"data": {"image": {"base64": base64.b64encode(bytes(IMAGE_LIMIT + 1)).decode()}}},
            BodyTooLarge,
        ),
    ],
    ids=str,
)
def test_a_bad_input_fails_by_itself(value: Any, refusal: type[Problem]) -> None:
    with pytest.raises(refusal):
        requests.input_of(value).submission(READER, {"operations": ["faces"]})


def test_an_input_becomes_a_submission_and_its_bytes_are_not_sent_back() -> None:
    by_address = requests.input_of({"id": "one", **ADDRESS})
    options = by_address.submission(READER, {"operations": ["faces"]}).options
    assert isinstance(options, UrlSubmission)
    assert (options.image_url, options.operations) == ("http://pictures.test/a.png", ["faces"])
    assert by_address.echo == {"id": "one", **ADDRESS}
    by_bytes = requests.input_of({"data": {"image": {"base64": "aW1hZ2U="}}})
    image = by_bytes.submission(READER, {"operations": ["text"]}).image
    assert image is not None
    assert image.file.read() == b"image"
    assert by_bytes.echo["data"]["image"] == {"base64": "dHJ1ZQ=="}


@pytest.mark.parametrize(
    ("slug", "http", "code"),
    [
        ("unauthorized", 401, 11009),
        ("malformed-key", 401, 11008),
        ("missing-key", 401, 11102),
        ("rate-limited", 429, 11005),
        ("no-such-model", 404, 21200),
        ("not-found", 404, 11101),
        ("method-not-allowed", 400, 11103),
        ("never-heard-of", 500, 98004),
    ],
)
def test_a_problem_is_told_in_clarifais_words(slug: str, http: int, code: int) -> None:
    told = errors.tell({"type": f"/problems/{slug}", "detail": "It is so.", "request_id": "r-1"})
    status = json.loads(bytes(told.body))["status"]
    assert (told.status_code, status["code"], status["req_id"]) == (http, code, "r-1")
