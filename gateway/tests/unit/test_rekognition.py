"""Our results in the words of Amazon Rekognition, and its requests in ours."""

import json
from typing import Any

import pytest
from pydantic import ValidationError
from recorded import result

from gateway.vendor_apis.rekognition import CALLS
from gateway.vendor_apis.rekognition.errors import tell
from gateway.vendor_apis.rekognition.regions import share_inside
from gateway.vendor_apis.rekognition.shapes import Call

LIGHT, PORTRAIT, TRANSPORT = "Traffic Light", "Portrait", "Transport and Logistics"
PICTURE = {"Image": {"Bytes": "aW1hZ2U="}}


def call(name: str, **parameters: Any) -> Call:
    text = json.dumps({**PICTURE, **parameters})
    return CALLS[f"RekognitionService.{name}"].model_validate_json(text)


def answer(name: str, **parameters: Any) -> Any:
    return call(name, **parameters).answer(result())


def test_faces_come_largest_first_with_what_is_known_of_them() -> None:
    large, small = answer("DetectFaces")["FaceDetails"]
    assert large["BoundingBox"] == {"Left": 0.5, "Top": 0.1, "Width": 0.2, "Height": 0.4}
    assert (large["Confidence"], large["Quality"]) == (
        93.0,
        {"Brightness": 52.0, "Sharpness": 75.0},
    )
    assert [one["Type"] for one in large["Landmarks"]] == [
        "eyeLeft",
        "eyeRight",
        "nose",
        "mouthLeft",
        "mouthRight",
    ]
    assert large["Landmarks"][0] == {"Type": "eyeLeft", "X": 0.55, "Y": 0.2}
    assert large["Pose"] == {"Roll": 45.0}
    assert small["Landmarks"] == []
    assert "Pose" not in small


def test_a_hundred_faces_are_told_of_at_the_most() -> None:
    crowd = result()
    crowd["faces"] *= 51
    found = call("DetectFaces").answer(crowd)["FaceDetails"]
    assert len(found) == 100
    assert sum(one["BoundingBox"]["Width"] == 0.2 for one in found) == 51


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["Traffic Light", "Portrait"]),
        ({"MinConfidence": 0}, ["Traffic Light", "Portrait", "Document"]),
        ({"MinConfidence": 50}, ["Traffic Light", "Portrait", "Document"]),
        ({"MinConfidence": 90.5}, []),
        ({"MaxLabels": 1}, ["Traffic Light"]),
        ({"MaxLabels": 0}, []),
        ({"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Portrait"]}}}, ["Portrait"]),
        (
            {"Settings": {"GeneralLabels": {"LabelExclusionFilters": ["Portrait"]}}},
            ["Traffic Light"],
        ),
        ({"Settings": {"GeneralLabels": {"LabelCategoryInclusionFilters": [TRANSPORT]}}}, [LIGHT]),
        (
            {"Settings": {"GeneralLabels": {"LabelCategoryExclusionFilters": [TRANSPORT]}}},
            [PORTRAIT],
        ),
        (
            {
                "Settings": {
                    "GeneralLabels": {
                        "LabelInclusionFilters": [PORTRAIT],
                        "LabelCategoryInclusionFilters": [TRANSPORT],
                    }
                }
            },
            [LIGHT, PORTRAIT],
        ),
        (
            {
                "Settings": {
                    "GeneralLabels": {
                        "LabelCategoryInclusionFilters": [TRANSPORT],
                        "LabelExclusionFilters": [LIGHT],
                    }
                }
            },
            [],
        ),
    ],
)
def test_labels_are_those_that_were_asked_for(parameters: Any, names: list[str]) -> None:
    found = answer("DetectLabels", **parameters)
    assert [one["Name"] for one in found["Labels"]] == names
    assert found["LabelModelVersion"] == "derived"
    assert "ImageProperties" not in found


def test_a_label_is_where_its_instances_are() -> None:
    light, portrait = answer("DetectLabels")["Labels"]
    assert light["Instances"] == [
        {"BoundingBox": {"Left": 0.1, "Top": 0.2, "Width": 0.3, "Height": 0.4}, "Confidence": 90.0},
        {"BoundingBox": {"Left": 0.6, "Top": 0.2, "Width": 0.1, "Height": 0.2}, "Confidence": 55.0},
    ]
    assert portrait["Instances"] == []


def test_a_label_has_its_parents_other_names_and_categories() -> None:
    light, portrait = answer("DetectLabels")["Labels"]
    assert light["Parents"] == [{"Name": "Traffic Sign"}]
    assert light["Aliases"] == [{"Name": "Stoplight"}]
    assert light["Categories"] == [{"Name": TRANSPORT}]
    # A result of an earlier version says nothing of them.
    assert (portrait["Parents"], portrait["Aliases"], portrait["Categories"]) == ([], [], [])


@pytest.mark.parametrize(("said", "least"), [({}, 0.55), ({"MinConfidence": 12.5}, 0.125)])
def test_labels_are_asked_for_down_to_the_confidence(said: Any, least: float) -> None:
    assert call("DetectLabels", **said).options() == {
        "operations": ["labels"],
        "min_confidence": least,
    }
    assert "min_confidence" not in call("DetectFaces").options()


def test_properties_of_an_image_need_no_labels() -> None:
    wanted = call(
        "DetectLabels",
        Features=["IMAGE_PROPERTIES"],
        Settings={"ImageProperties": {"MaxDominantColors": 1}},
    )
    assert wanted.operations() == ("colors", "quality")
    assert wanted.answer(result()) == {
        "ImageProperties": {
            "Quality": {"Brightness": 52.0, "Sharpness": 75.0, "Contrast": 20.0},
            "DominantColors": [
                {
                    "Red": 0x51,
                    "Green": 0x3F,
                    "Blue": 0x2C,
                    "HexCode": "#513f2c",
                    "CSSColor": "dimgray",
                    "PixelPercent": 75.0,
                }
            ],
        }
    }
    assert call("DetectLabels").operations() == ("labels",)
    both = call("DetectLabels", Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])
    assert both.operations() == ("labels", "colors", "quality")


def test_moderation_labels_are_those_above_the_confidence() -> None:
    (label,) = answer("DetectModerationLabels")["ModerationLabels"]
    assert label == {"Name": "Explicit", "ParentName": "", "TaxonomyLevel": 1, "Confidence": 93.0}
    assert answer("DetectModerationLabels", MinConfidence=94)["ModerationLabels"] == []


def test_a_line_has_its_words() -> None:
    found = answer("DetectText")["TextDetections"]
    told = [(one["Id"], one["Type"], one["DetectedText"], one.get("ParentId")) for one in found]
    assert told == [
        (0, "LINE", "Dear reader", None),
        (1, "LINE", "Invoice 4711", None),
        (2, "WORD", "Dear", 0),
        (3, "WORD", "reader", 0),
        (4, "WORD", "Invoice", 1),
        (5, "WORD", "4711", 1),
    ]
    invoice, number = (one["Geometry"]["BoundingBox"] for one in found[4:])
    assert invoice == {"Left": 0.1, "Top": 0.5, "Width": 0.25, "Height": 0.1}
    assert number == {"Left": 0.5, "Top": 0.5, "Width": 0.2, "Height": 0.1}
    assert found[5]["Geometry"]["Polygon"][0] == {"X": 0.5, "Y": 0.5}
    assert (found[1]["Confidence"], found[5]["Confidence"]) == (75.0, 70.0)


def test_a_line_without_words_of_its_own_is_divided_by_its_spaces() -> None:
    bare = result()
    bare["text"] = [{k: v for k, v in bare["text"][1].items() if k != "words"}]
    for given in (bare, {**bare, "text": [{**bare["text"][0], "words": []}]}):
        _, invoice, number = call("DetectText").answer(given)["TextDetections"]
        assert (invoice["DetectedText"], number["DetectedText"]) == ("Invoice", "4711")
        assert invoice["Geometry"]["BoundingBox"] == {
            "Left": 0.1,
            "Top": 0.5,
            "Width": 0.35,
            "Height": 0.1,
        }
        assert number["Geometry"]["BoundingBox"]["Left"] == 0.5


LEFT_HALF = {"BoundingBox": {"Left": 0.0, "Top": 0.0, "Width": 0.5, "Height": 1.0}}
BELOW = {
    "Polygon": [
        {"X": 0.0, "Y": 0.4},
        {"X": 1.0, "Y": 0.4},
        {"X": 1.0, "Y": 1.0},
        {"X": 0.0, "Y": 1.0},
    ]
}


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"WordFilter": {"MinConfidence": 80}}, ["Dear", "reader"]),
        ({"WordFilter": {"MinConfidence": 75}}, ["Dear", "reader", "Invoice"]),
        ({"WordFilter": {"MinBoundingBoxWidth": 0.22}}, ["Dear", "Invoice"]),
        ({"WordFilter": {"MinBoundingBoxHeight": 0.2}}, []),
        ({"RegionsOfInterest": [LEFT_HALF]}, ["Dear", "Invoice"]),
        ({"RegionsOfInterest": [BELOW]}, ["Invoice", "4711"]),
        ({"RegionsOfInterest": [BELOW, LEFT_HALF]}, ["Dear", "Invoice", "4711"]),
    ],
)
def test_words_are_filtered_and_lines_without_any_left_out(filters: Any, words: list[str]) -> None:
    found = answer("DetectText", Filters=filters)["TextDetections"]
    assert [one["DetectedText"] for one in found if one["Type"] == "WORD"] == words
    parents = {one["ParentId"] for one in found if one["Type"] == "WORD"}
    assert parents == {one["Id"] for one in found if one["Type"] == "LINE"}


def test_a_hundred_words_are_told_of_at_the_most() -> None:
    long = result()
    long["text"] *= 30
    found = call("DetectText").answer(long)["TextDetections"]
    assert sum(one["Type"] == "WORD" for one in found) == 100


def test_how_much_of_a_word_lies_in_a_region() -> None:
    word = [(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4)]
    triangle = [(0.2, 0.2), (0.4, 0.2), (0.2, 0.4)]
    assert share_inside(word, [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]) == pytest.approx(1)
    assert share_inside(word, triangle) == pytest.approx(0.5)
    assert share_inside(word, [(0.5, 0.5), (1.0, 0.5), (1.0, 1.0)]) == 0


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("DetectFaces", {"Attributes": ["EMOTIONS"]}),
        ("DetectFaces", {"Attributes": ["DEFAULT", "AGE_RANGE"]}),
        ("DetectFaces", {"Attributes": ["CHARM"]}),
        ("DetectFaces", {"Image": {}}),
        ("DetectFaces", {"Image": {"Bytes": "", "S3Object": {"Bucket": "abc", "Name": "a"}}}),
        ("DetectLabels", {"MaxLabels": -1}),
        ("DetectLabels", {"MinConfidence": 101}),
        ("DetectLabels", {"Features": ["CHARM"]}),
        ("DetectLabels", {"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["a"] * 101}}}),
        ("DetectLabels", {"Settings": {"ImageProperties": {"MaxDominantColors": 21}}}),
        ("DetectText", {"Filters": {"RegionsOfInterest": [{}]}}),
        ("DetectText", {"Filters": {"RegionsOfInterest": [LEFT_HALF] * 11}}),
        ("DetectModerationLabels", {"ProjectVersion": "arn:x"}),
        ("DetectModerationLabels", {"HumanLoopConfig": {}}),
    ],
)
def test_what_cannot_be_honoured_is_refused(name: str, parameters: Any) -> None:
    with pytest.raises(ValidationError):
        call(name, **parameters)


@pytest.mark.parametrize(
    ("slug", "status", "kind"),
    [
        ("unauthorized", 400, "InvalidSignatureException"),
        ("insufficient-scope", 400, "AccessDeniedException"),
        ("not-an-image", 400, "InvalidImageFormatException"),
        ("body-too-large", 400, "ImageTooLargeException"),
        ("rate-limited", 400, "ProvisionedThroughputExceededException"),
        ("overloaded", 500, "ThrottlingException"),
        ("never-heard-of", 500, "InternalServerError"),
    ],
)
def test_a_problem_is_told_in_the_services_words(slug: str, status: int, kind: str) -> None:
    told = tell({"type": f"/problems/{slug}", "detail": "It is so.", "request_id": "r-1"})
    assert (told.status_code, json.loads(bytes(told.body))["__type"]) == (status, kind)
    assert told.headers["x-amzn-RequestId"] == "r-1"
