"""What the stub of Rekognition says, byte by byte: as botocore's model of the service has it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from vendor_calls import PICTURE, send, signed
from vendor_calls import ask_rekognition as ask

from sightline_testing.vendors import pictures, rekognition
from sightline_testing.vendors.rekognition import rekognition_stub

BODY = json.dumps({"Image": {"Bytes": PICTURE}}).encode()


@pytest.fixture
def stub():
    with rekognition_stub() as made:
        yield made


def code(told):
    return told.status, told.json["__type"].rpartition("#")[2]


def refused(told):
    assert told.status == 400
    return code(told)[1]


def test_faces_have_what_is_asked_for(stub):
    told = ask(stub)
    assert told.headers["content-type"] == "application/x-amz-json-1.1"
    assert told.headers["x-amzn-requestid"]
    usual = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert [set(one) for one in told.json["FaceDetails"]] == [usual, usual]
    assert len(told.json["FaceDetails"][0]["Landmarks"]) == 30
    smiling = ask(stub, Attributes=["DEFAULT", "SMILE"]).json["FaceDetails"][0]
    assert set(smiling) == usual | {"Smile"}
    assert len(ask(stub, Attributes=["ALL"]).json["FaceDetails"][0]) == 17
    assert refused(ask(stub, Attributes=["SHOES"])) == "InvalidParameterException"


def test_a_face_at_the_edge_sticks_out(stub):
    assert ask(stub).json["FaceDetails"][1]["BoundingBox"]["Left"] < 0


def labels(told):
    return [one["Name"] for one in told.json["Labels"]]


def test_labels_are_as_many_and_as_sure_as_is_asked_for(stub):
    told = ask(stub, "DetectLabels")
    assert labels(told) == ["Car", "Vehicle", "Transportation", "Person", "City"]
    car = told.json["Labels"][0]
    assert [one["Name"] for one in car["Parents"]] == ["Transportation", "Vehicle"]
    assert car["Aliases"] == [{"Name": "Automobile"}]
    assert car["Categories"] == [{"Name": "Vehicles and Automotive"}]
    assert len(car["Instances"]) == 2
    assert told.json["LabelModelVersion"]
    assert "ImageProperties" not in told.json
    assert labels(ask(stub, "DetectLabels", MinConfidence=50))[-1] == "Bicycle"
    assert labels(ask(stub, "DetectLabels", MinConfidence=99)) == []
    assert labels(ask(stub, "DetectLabels", MaxLabels=1)) == ["Car"]
    for wrong in ({"MinConfidence": 101}, {"MaxLabels": -1}, {"Features": ["SMELL"]}):
        assert refused(ask(stub, "DetectLabels", **wrong)) == "InvalidParameterException"


def test_labels_are_filtered(stub):
    def left(**filters):
        return labels(ask(stub, "DetectLabels", Settings={"GeneralLabels": filters}))

    assert left(LabelInclusionFilters=["Person", "City"]) == ["Person", "City"]
    assert left(LabelExclusionFilters=["Car", "City"])[0] == "Vehicle"
    assert left(LabelCategoryInclusionFilters=["Person Description"]) == ["Person"]
    assert left(LabelCategoryExclusionFilters=["Vehicles and Automotive"]) == ["Person", "City"]


def test_colours_are_properties_of_an_image(stub):
    settings = {"ImageProperties": {"MaxDominantColors": 2}}
    told = ask(stub, "DetectLabels", Features=["IMAGE_PROPERTIES"], Settings=settings).json
    assert set(told) == {"ImageProperties"}
    first, _ = told["ImageProperties"]["DominantColors"]
    assert (first["HexCode"], first["CSSColor"]) == ("#2f4f4f", "darkslategrey")
    both = ask(stub, "DetectLabels", Features=["IMAGE_PROPERTIES", "GENERAL_LABELS"]).json
    assert {"Labels", "ImageProperties"} < set(both)


def test_text_is_told_by_lines_and_words(stub):
    told = ask(stub, "DetectText").json["TextDetections"]
    assert [(one["Type"], one["DetectedText"], one.get("ParentId")) for one in told] == [
        ("LINE", "Dear reader", None),
        ("LINE", "Invoice 4711", None),
        ("WORD", "Dear", 0),
        ("WORD", "reader", 0),
        ("WORD", "Invoice", 1),
        ("WORD", "4711", 1),
    ]
    assert len(told[0]["Geometry"]["Polygon"]) == 4
    filters = {"WordFilter": {"MinConfidence": 99.45, "MinBoundingBoxWidth": 0.2}}
    wide = ask(stub, "DetectText", Filters=filters).json["TextDetections"]
    assert [one["DetectedText"] for one in wide] == ["Dear reader"]


def test_what_is_to_be_moderated_has_its_place_in_the_taxonomy(stub):
    told = ask(stub, "DetectModerationLabels").json
    places = {
        one["Name"]: (one["ParentName"], one["TaxonomyLevel"]) for one in told["ModerationLabels"]
    }
    assert places["Violence"] == ("", 1)
    assert places["Weapon Violence"] == ("Graphic Violence", 3)
    assert "Alcohol" not in places
    least = ask(stub, "DetectModerationLabels", MinConfidence=0).json["ModerationLabels"]
    assert "Alcohol" in {one["Name"] for one in least}


@pytest.mark.parametrize("operation", rekognition.OPERATIONS)
def test_nothing_found_is_an_empty_list(stub, operation):
    stub.say(rekognition.nothing_found())
    told = ask(stub, operation)
    kinds = ("FaceDetails", "Labels", "TextDetections", "ModerationLabels")
    assert [told.json[kind] for kind in kinds if kind in told.json] == [[]]


def test_images_that_it_cannot_take_are_refused(stub):
    for data in (b"no image", b"GIF89a", b"RIFF....WEBP"):
        assert refused(ask(stub, data=data)) == "InvalidImageFormatException"
    largest = pictures.png().ljust(rekognition.IMAGE_BYTES, b"\0")
    assert ask(stub, data=largest).status == 200
    assert refused(ask(stub, data=largest + b"\0")) == "ImageTooLargeException"
    assert refused(ask(stub, data=b"")) == "InvalidParameterException"
    assert refused(ask(stub, Image={})) == "InvalidParameterException"
    there = {"S3Object": {"Bucket": "b", "Name": "a.png"}}
    assert refused(ask(stub, Image=there)) == "InvalidS3ObjectException"
    assert refused(ask(stub, Image={"Bytes": "?"})) == "SerializationException"


def test_calls_that_are_wrong_are_refused(stub):
    assert refused(ask(stub, "ListCollections")) == "UnknownOperationException"
    assert refused(send(stub, "GET", "/")) == "UnknownOperationException"
    for body in (b"{", b"[]"):
        told = send(stub, body=body, headers=signed(stub, "DetectFaces", body))
        assert refused(told) == "SerializationException"


def test_a_session_token_is_taken_where_it_is_signed(stub):
    headers = signed(stub, "DetectFaces", BODY, x_amz_security_token=rekognition.SESSION_TOKEN)
    assert send(stub, body=BODY, headers=headers).status == 200
    headers = signed(stub, "DetectFaces", BODY)
    headers["x-amz-security-token"] = rekognition.SESSION_TOKEN
    assert refused(send(stub, body=BODY, headers=headers)) == "InvalidSignatureException"
    headers["x-amz-security-token"] = "of another session"
    assert refused(send(stub, body=BODY, headers=headers)) == "UnrecognizedClientException"


def test_each_part_of_a_signature_is_looked_at(stub):
    good = signed(stub, "DetectFaces", BODY)

    def told(body=BODY, **changed):
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        headers = {name: value for name, value in {**good, **named}.items() if value}
        return refused(send(stub, body=body, headers=headers))

    said = good["authorization"]
    assert told(authorization="") == "MissingAuthenticationTokenException"
    for wrong in (
        "Key x",
        said.replace("rekognition/", "s3/"),
        said[:-1],
        said.replace("4-H", "3-H"),
    ):
        assert told(authorization=wrong) == "IncompleteSignatureException"
    other = said.replace(rekognition.ACCESS_KEY_ID, "AKIAUNKNOWN")
    assert told(authorization=other) == "UnrecognizedClientException"
    last = "0" if said[-1] != "0" else "1"
    assert told(authorization=said[:-1] + last) == "InvalidSignatureException"
    assert told(body=BODY + b" ") == "InvalidSignatureException"
    assert told(x_amz_target="RekognitionService.DetectText") == "InvalidSignatureException"
    assert told(x_amz_date="") == "IncompleteSignatureException"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(stub, minutes):
    date = f"{datetime.now(UTC) + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}"
    headers = signed(stub, "DetectFaces", BODY, x_amz_date=date)
    assert refused(send(stub, body=BODY, headers=headers)) == "InvalidSignatureException"


@pytest.mark.parametrize("name", rekognition.ERRORS)
def test_each_error_is_told_as_it_is_listed(stub, name):
    expected = rekognition.ERRORS[name]
    stub.say(rekognition.error(name))
    told = ask(stub)
    assert told.status == expected.http
    assert told.json == {"__type": expected.type, expected.key: expected.message}
    assert told.headers["x-amzn-requestid"]


def test_an_error_may_have_another_http_status(stub):
    stub.say(rekognition.error("ThrottlingException", http=503))
    assert code(ask(stub)) == (503, "ThrottlingException")
