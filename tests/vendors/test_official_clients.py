"""The vendors' own clients, unmodified, take the stubs for the vendors. Where a client hides what went
wrong it is said here, because who writes an adapter would trust it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
)
from clarifai_grpc.channel.clarifai_channel import ClarifaiChannel
from clarifai_grpc.channel.errors import ApiError
from clarifai_grpc.grpc.api import resources_pb2 as resources
from clarifai_grpc.grpc.api import service_pb2 as service
from clarifai_grpc.grpc.api.service_pb2_grpc import V2Stub
from clarifai_grpc.grpc.api.status.status_code_pb2 import StatusCode
from sightline_testing.vendors import clarifai, pictures, rekognition, server
from sightline_testing.vendors.stub import Answer, Stub

PICTURE = {"Bytes": pictures.png()}
OWNER = resources.UserAppIDSet(user_id="clarifai", app_id="main")
LISTS = {
    "detect_faces": "FaceDetails",
    "detect_labels": "Labels",
    "detect_text": "TextDetections",
    "detect_moderation_labels": "ModerationLabels",
}
Ask = Callable[..., Any]


@pytest.fixture
def clarifai_says() -> Iterator[Stub]:
    with clarifai.clarifai_stub() as stub:
        yield stub


@pytest.fixture
def rekognition_says() -> Iterator[Stub]:
    with rekognition.rekognition_stub() as stub:
        yield stub


def image(**of: Any) -> resources.Input:
    return resources.Input(data=resources.Data(image=resources.Image(**of)))


@pytest.fixture
def ask(clarifai_says: Stub) -> Iterator[Ask]:
    """What Clarifai's client makes of the answer to a call, of a picture where no input is given."""
    channel = ClarifaiChannel.get_json_channel(base_url=clarifai_says.url)
    client = V2Stub(channel)

    def ask(model_id: str, *inputs: resources.Input, key: str = clarifai.KEY, **more: Any) -> Any:
        given = inputs or (image(base64=pictures.png()),)
        request = service.PostModelOutputsRequest(model_id=model_id, inputs=given, **more)
        return client.PostModelOutputs(request, metadata=(("authorization", f"Key {key}"),))

    yield ask
    channel.session.close()


def connect(url: str, key_id: str = rekognition.ACCESS_KEY_ID, **more: Any) -> Any:
    """A client of Rekognition that asks once."""
    settings = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=10)
    given = {"aws_secret_access_key": rekognition.SECRET_ACCESS_KEY, "config": settings, **more}
    return boto3.client(
        "rekognition",
        endpoint_url=url,
        region_name=rekognition.REGION,
        aws_access_key_id=key_id,
        **given,
    )


@pytest.fixture
def client(rekognition_says: Stub) -> Iterator[Any]:
    made = connect(rekognition_says.url)
    yield made
    made.close()


@pytest.mark.parametrize("model", clarifai.MODELS)
def test_clarifais_client_reads_each_model(ask: Ask, model: str) -> None:
    answer = ask(model, image(url="https://example.test/a.jpg"), image(base64=pictures.png()))
    assert answer.status.code == StatusCode.SUCCESS
    first, second = answer.outputs
    assert (first.model.id, first.status.code) == (model, StatusCode.SUCCESS)
    assert first.created_at.nanos >= 0
    assert first.input.data.image.url == "https://example.test/a.jpg"
    assert second.data == first.data
    assert first.data.regions or first.data.concepts or first.data.colors


@pytest.mark.parametrize("version", ["", "6dc7e46bc9124c5c8824be4822abe105"])
@pytest.mark.parametrize("owner", [None, OWNER])
def test_clarifais_client_comes_by_each_route(
    ask: Ask, clarifai_says: Stub, owner: Any, version: str
) -> None:
    answer = ask(clarifai.FACES, user_app_id=owner, version_id=version)
    box = answer.outputs[0].data.regions[0].region_info.bounding_box
    assert 0 < box.top_row < box.bottom_row < 1
    assert answer.outputs[0].model.model_version.id.startswith(version)
    (request,) = clarifai_says.requests
    assert ("/users/clarifai/apps/main/" in request.path) is (owner is not None)
    assert ("/versions/" in request.path) is bool(version)


def test_clarifais_client_configures_outputs_and_finds_nothing(
    ask: Ask, clarifai_says: Stub
) -> None:
    config = resources.OutputConfig(max_concepts=3, min_value=0.5)
    shown = resources.Model(output_info=resources.OutputInfo(output_config=config))
    assert len(ask(clarifai.GENERAL, model=shown).outputs[0].data.concepts) == 3
    clarifai_says.say(clarifai.nothing_found())
    assert not ask(clarifai.FACES).outputs[0].data.regions


@pytest.mark.parametrize("name", clarifai.ERRORS)
def test_clarifais_client_knows_each_error(ask: Ask, clarifai_says: Stub, name: str) -> None:
    error = clarifai.ERRORS[name]
    clarifai_says.say(clarifai.error(name))
    answer = ask(clarifai.FACES)
    status = answer.outputs[0].status if error.of_input else answer.status
    assert status.code == StatusCode.Value(name.removesuffix("_BY_NAME"))
    assert (status.description, status.details) == (error.description, error.details)
    if error.of_input:
        assert answer.status.code == StatusCode.FAILURE


def test_clarifais_client_is_refused_for_its_key_and_its_pictures(ask: Ask) -> None:
    unknown = ask(clarifai.FACES, key=clarifai.UNKNOWN_KEY)
    assert unknown.status.code == StatusCode.CONN_KEY_NOT_FOUND
    assert ask(clarifai.FACES, key="short").status.code == StatusCode.CONN_KEY_INVALID
    mixed = ask(clarifai.FACES, image(base64=b"no image"), image(base64=pictures.png()))
    assert mixed.status.code == StatusCode.MIXED_STATUS
    assert mixed.outputs[0].status.code == StatusCode.ALL_INPUT_INVALID_BYTES


@pytest.mark.parametrize(
    "answer",
    [
        server.half(),
        server.cut(),
        server.status(502, b"<h1>Bad Gateway</h1>"),
        server.endless(server.MIB),
        *map(server.malformed, server.MALFORMED.values()),
    ],
    ids=str,
)
def test_clarifais_client_raises_for_what_is_no_answer(
    ask: Ask, clarifai_says: Stub, answer: Answer
) -> None:
    clarifai_says.say(answer)
    with pytest.raises(ApiError):
        ask(clarifai.FACES)


@pytest.mark.parametrize("method", LISTS)
def test_boto3_reads_each_operation(client: Any, method: str) -> None:
    answer = getattr(client, method)(Image=PICTURE)
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36
    found = answer[LISTS[method]]
    assert len(found) >= 2
    assert all(0 < one["Confidence"] <= 100 for one in found)


@pytest.mark.parametrize("method", LISTS)
def test_boto3_drops_no_field_that_the_stub_tells(
    client: Any, rekognition_says: Stub, method: str
) -> None:
    """A name that botocore's model does not have would be one that Rekognition does not say."""
    more: Any = {
        "detect_faces": {"Attributes": ["ALL"]},
        "detect_labels": {"Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES"]},
    }
    read = getattr(client, method)(Image=PICTURE, **more.get(method, {}))
    told = json.loads(rekognition_says.normal(rekognition_says.requests[0]).body)
    del read["ResponseMetadata"]
    assert read == told


def test_boto3_says_what_it_wants_and_finds_nothing(client: Any, rekognition_says: Stub) -> None:
    answer = client.detect_labels(
        Image=PICTURE,
        MaxLabels=1,
        MinConfidence=90,
        Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"],
        Settings={"ImageProperties": {"MaxDominantColors": 1}},
    )
    assert [one["Name"] for one in answer["Labels"]] == ["Car"]
    assert len(answer["ImageProperties"]["DominantColors"]) == 1
    rekognition_says.say(rekognition.nothing_found())
    assert client.detect_faces(Image=PICTURE)["FaceDetails"] == []


@pytest.mark.parametrize("name", rekognition.ERRORS)
def test_each_error_is_boto3s_own_exception(client: Any, rekognition_says: Stub, name: str) -> None:
    error = rekognition.ERRORS[name]
    rekognition_says.say(rekognition.error(name))
    # The door's errors are not in the service's model: they have no class of their own.
    expected = getattr(client.exceptions, error.code) if name in MODELLED else ClientError
    with pytest.raises(ClientError) as caught:
        client.detect_moderation_labels(Image=PICTURE)
    assert type(caught.value) is expected
    assert caught.value.response["Error"] == {"Code": error.code, "Message": error.message}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == error.http


MODELLED = {
    name
    for name in rekognition.ERRORS
    if name.split("_")[0]
    in {
        "AccessDeniedException",
        "HumanLoopQuotaExceededException",
        "ImageTooLargeException",
        "InternalServerError",
        "InvalidImageFormatException",
        "InvalidParameterException",
        "InvalidS3ObjectException",
        "ProvisionedThroughputExceededException",
        "ResourceNotFoundException",
        "ResourceNotReadyException",
        "ThrottlingException",
    }
}


def test_boto3_tries_again_what_may_do_better(rekognition_says: Stub) -> None:
    settings = Config(retries={"total_max_attempts": 2, "mode": "standard"}, proxies={})
    made = connect(rekognition_says.url, config=settings)
    for name, error in rekognition.ERRORS.items():
        before = len(rekognition_says.requests)
        rekognition_says.say(rekognition.error(name))
        if error.retry:
            assert made.detect_faces(Image=PICTURE)["FaceDetails"], name
        else:
            with pytest.raises(ClientError):
                made.detect_faces(Image=PICTURE)
        assert len(rekognition_says.requests) - before == 1 + error.retry, name
    made.close()


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"key_id": "AKIAUNKNOWN"}, "UnrecognizedClientException"),
        ({"aws_session_token": "of-another"}, "UnrecognizedClientException"),
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_session_token": rekognition.SESSION_TOKEN}, None),
    ],
)
def test_boto3s_signature_is_checked(
    rekognition_says: Stub, credentials: dict[str, str], code: str | None
) -> None:
    made = connect(rekognition_says.url, **credentials)
    if code is None:
        assert made.detect_text(Image=PICTURE)["TextDetections"]
    else:
        with pytest.raises(ClientError) as caught:
            made.detect_text(Image=PICTURE)
        assert caught.value.response["Error"]["Code"] == code
    made.close()


def test_boto3_is_refused_for_its_pictures(client: Any) -> None:
    with pytest.raises(client.exceptions.InvalidImageFormatException):
        client.detect_faces(Image={"Bytes": b"GIF89a"})
    with pytest.raises(client.exceptions.ImageTooLargeException):
        client.detect_faces(Image={"Bytes": bytes(rekognition.IMAGE_BYTES + 1)})
    with pytest.raises(client.exceptions.InvalidS3ObjectException):
        client.detect_faces(Image={"S3Object": {"Bucket": "pictures", "Name": "a.png"}})


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (server.cut(), ConnectionClosedError),
        (server.slow(60), ReadTimeoutError),
        (server.status(502, b"<h1>Bad Gateway</h1>"), ClientError),
        (server.malformed(server.MALFORMED["not_utf8"]), UnicodeDecodeError),
        (server.wrong_shape([]), AttributeError),
        (server.wrong_shape({"FaceDetails": "none"}), Exception),
    ],
    ids=str,
)
def test_boto3_raises_for_what_is_no_answer(
    rekognition_says: Stub, answer: Answer, raised: type[Exception]
) -> None:
    settings = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=1)
    made = connect(rekognition_says.url, config=settings)
    rekognition_says.say(answer)
    with pytest.raises(raised):
        made.detect_faces(Image=PICTURE)
    made.close()


@pytest.mark.parametrize(
    "answer",
    [
        server.half(),
        server.endless(server.MIB),
        server.malformed(server.MALFORMED["empty"]),
        server.malformed(server.MALFORMED["broken_off"]),
        server.malformed(server.MALFORMED["html"]),
        server.wrong_shape({}),
    ],
    ids=str,
)
def test_boto3_takes_a_broken_body_for_an_answer_without_fields(
    client: Any, rekognition_says: Stub, answer: Answer
) -> None:
    """It raises nothing under a status of 200: an adapter has to miss the field that is not there."""
    rekognition_says.say(answer)
    assert set(client.detect_faces(Image=PICTURE)) == {"ResponseMetadata"}
