"""An unmodified boto3 whose endpoint is ours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import User

pytestmark = pytest.mark.one_version

BOTH = ["analyses:write", "analyses:read"]
EVENT = Path(__file__).parents[2] / "contracts/events/analysis.requested.json"
OPERATIONS = json.loads(EVENT.read_text())["properties"]["input"]["properties"]["operations"]
OFFERED = OPERATIONS["items"]["enum"]


def make_key(user: User, scopes: list[str]) -> Any:
    answer = user.post("/v1/me/api-keys", json={"name": "boto3", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def client(base_url: str, key_id: str, secret: str) -> Any:
    return boto3.client(
        "rekognition",
        endpoint_url=f"{base_url}/compat/rekognition",
        region_name="eu-central-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.fixture
def rekognition(base_url: str, user: User) -> Any:
    made = make_key(user, BOTH)
    return client(base_url, made["id"], made["key"].split("_", 2)[2])


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.usefixtures("model")
def test_faces_are_found_and_billed_as_any_analysis(
    rekognition: Any, user: User, pictures: Path
) -> None:
    picture = {"Bytes": (pictures / "astronaut.png").read_bytes()}
    answer = rekognition.detect_faces(Image=picture, Attributes=["ALL"])
    assert answer["ResponseMetadata"]["RequestId"]
    (face,) = answer["FaceDetails"]
    assert face["Confidence"] > 70
    box = face["BoundingBox"]
    assert 0 < box["Left"] < box["Left"] + box["Width"] < 1
    points = {one["Type"]: one for one in face["Landmarks"]}
    assert points["eyeLeft"]["X"] < points["nose"]["X"] < points["eyeRight"]["X"]
    assert points["eyeLeft"]["Y"] < points["nose"]["Y"] < points["mouthLeft"]["Y"]
    assert -45 < face["Pose"]["Roll"] < 45
    assert 0 < face["Quality"]["Brightness"] < 100
    (listed,) = user.get("/v1/analyses").json()["items"]
    assert (listed["status"], listed["input"]["kind"]) == ("succeeded", "upload")
    assert user.usage()["quota"]["left"] == user.usage()["quota"]["limit"] - 1


def test_no_face_is_no_error(rekognition: Any, pictures: Path) -> None:
    answer = rekognition.detect_faces(Image={"Bytes": (pictures / "coffee.png").read_bytes()})
    assert answer["FaceDetails"] == []


def test_text_is_read_by_lines_and_words(rekognition: Any, letter: bytes) -> None:
    found = rekognition.detect_text(Image={"Bytes": letter})["TextDetections"]
    told = [(one["Type"], one["DetectedText"], one.get("ParentId")) for one in found]
    assert told == [
        ("LINE", "Dear reader", None),
        ("LINE", "Invoice 4711", None),
        ("WORD", "Dear", 0),
        ("WORD", "reader", 0),
        ("WORD", "Invoice", 1),
        ("WORD", "4711", 1),
    ]
    dear, reader = (one["Geometry"]["BoundingBox"] for one in found[2:4])
    assert dear["Left"] + dear["Width"] < reader["Left"]
    assert 0.5 < dear["Width"] / reader["Width"] < 0.9
    assert all(one["Confidence"] > 90 for one in found)
    below = {"BoundingBox": {"Left": 0.0, "Top": 0.4, "Width": 1.0, "Height": 0.6}}
    filters = {"RegionsOfInterest": [below]}
    found = rekognition.detect_text(Image={"Bytes": letter}, Filters=filters)["TextDetections"]
    assert [one["DetectedText"] for one in found] == ["Invoice 4711", "Invoice", "4711"]


def test_colours_are_properties_of_an_image(rekognition: Any, pictures: Path) -> None:
    answer = rekognition.detect_labels(
        Image={"Bytes": (pictures / "coffee.png").read_bytes()},
        Features=["IMAGE_PROPERTIES"],
        Settings={"ImageProperties": {"MaxDominantColors": 2}},
    )
    properties = answer["ImageProperties"]
    assert len(properties["DominantColors"]) == 2
    assert 0 < properties["Quality"]["Contrast"] < 100


@pytest.mark.parametrize(
    ("operation", "method", "shown"),
    [
        ("labels", "detect_labels", "Labels"),
        ("moderation", "detect_moderation_labels", "ModerationLabels"),
    ],
)
def test_what_no_engine_does_is_refused_and_else_done(
    rekognition: Any, pictures: Path, operation: str, method: str, shown: str
) -> None:
    def call() -> Any:
        picture = {"Bytes": (pictures / "astronaut.png").read_bytes()}
        return getattr(rekognition, method)(Image=picture)

    if operation in OFFERED:
        assert isinstance(call()[shown], list)
    else:
        assert refused(call) == "InvalidParameterException"


def test_an_upload_is_named_by_its_key(
    rekognition: Any, user: User, pictures: Path, sign_up: Callable[[], User]
) -> None:
    def upload(of: User) -> tuple[str, str]:
        image = (pictures / "coffee.png").read_bytes()
        wanted = {"content_type": "image/png", "size": len(image)}
        made = of.post("/v1/uploads", json=wanted).json()
        put = of.http.put(made["url"], headers=made["headers"], content=image)
        assert put.status_code == 200, put.text
        bucket, _, key = str(made["url"]).split("?", 1)[0].split("/", 3)[3].partition("/")
        return bucket, key

    bucket, key = upload(user)
    there = {"S3Object": {"Bucket": bucket, "Name": key}}
    assert rekognition.detect_faces(Image=there)["FaceDetails"] == []
    for name in (key[:-1] + ("0" if key[-1] != "0" else "1"), upload(sign_up())[1], "a.png"):
        gone = {"S3Object": {"Bucket": bucket, "Name": name}}
        code = refused(lambda gone=gone: rekognition.detect_faces(Image=gone))
        assert code == "InvalidS3ObjectException"


def test_its_errors_are_the_clients_exceptions(rekognition: Any, letter: bytes) -> None:
    with pytest.raises(rekognition.exceptions.InvalidImageFormatException):
        rekognition.detect_faces(Image={"Bytes": b"not an image at all"})
    with pytest.raises(rekognition.exceptions.ImageTooLargeException):
        rekognition.detect_faces(Image={"Bytes": bytes(5_242_881)})
    with pytest.raises(rekognition.exceptions.InvalidParameterException):
        rekognition.detect_faces(Image={"Bytes": letter}, Attributes=["EMOTIONS"])
    with pytest.raises(rekognition.exceptions.InvalidParameterException):
        rekognition.detect_faces(Image={})
    assert refused(rekognition.list_collections) == "UnknownOperationException"


def test_who_is_not_known_or_may_not_is_refused(
    base_url: str, user: User, letter: bytes, sign_up: Callable[[], User]
) -> None:
    made, other = make_key(user, BOTH), make_key(sign_up(), BOTH)
    secret = made["key"].split("_", 2)[2]
    wrong = [
        (made["id"], other["key"].split("_", 2)[2]),
        (other["id"], secret),
        (made["id"], "s" * 43),
        ("ak_01k00000000000000000000000", secret),
    ]
    codes = [
        refused(lambda pair=pair: client(base_url, *pair).detect_text(Image={"Bytes": letter}))
        for pair in wrong
    ]
    assert codes == ["InvalidSignatureException"] * len(wrong)
    reader = make_key(user, ["analyses:read"])
    narrow = client(base_url, reader["id"], reader["key"].split("_", 2)[2])
    with pytest.raises(narrow.exceptions.AccessDeniedException):
        narrow.detect_text(Image={"Bytes": letter})
    user.request("DELETE", f"/v1/me/api-keys/{made['id']}")
    gone = client(base_url, made["id"], secret)
    code = refused(lambda: gone.detect_text(Image={"Bytes": letter}))
    assert code == "InvalidSignatureException"
    assert user.get("/v1/analyses").json()["items"] == []
