"""Amazon Rekognition by boto3, whose calls run in threads of their own.

Shapes and errors: botocore's service model `rekognition/2016-06-27`. Confidences there are 0 to 100.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from pydantic import ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal

from image_service import __version__
from image_service.engines.port import (
    UNKNOWN_VERSION,
    Answer,
    AwsAccount,
    Found,
    Rejected,
    Unavailable,
    Unwilling,
)
from image_service.operations.geometry import box, fraction

CALLS = {
    "faces": "detect_faces",
    "labels": "detect_labels",
    "colors": "detect_labels",
    "text": "detect_text",
    "moderation": "detect_moderation_labels",
}
MEMBERS = {
    "faces": "FaceDetails",
    "labels": "Labels",
    "colors": "ImageProperties",
    "text": "TextDetections",
    "moderation": "ModerationLabels",
}
"""Of an answer, which has its own also where nothing was found."""
FEATURES = {"labels": ["GENERAL_LABELS"], "colors": ["IMAGE_PROPERTIES"]}
AT_ONCE = 8
OFF_S, THROTTLED_OFF_S = 5.0, 1.0
"""A provisioned throughput is counted by the second."""
THROTTLED = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException"})
TRY_AGAIN = frozenset({
    "InternalServerError", "InternalFailure", "ServiceUnavailable", "RequestTimeout",
    "ResourceNotReadyException", "RequestTimeTooSkewed",
})  # fmt: skip
ACCOUNT = frozenset({
    "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException",
    "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException", "IncompleteSignatureException", "OptInRequired",
    "SubscriptionRequiredException",
})  # fmt: skip
OPERATION = frozenset({
    "AccessDeniedException", "ResourceNotFoundException", "LimitExceededException",
    "HumanLoopQuotaExceededException", "UnknownOperationException",
})  # fmt: skip
"""A policy can forbid one action and allow the others."""
SERVER_ERRORS = 500
LANDMARKS = {
    "eyeLeft": "right_eye", "eyeRight": "left_eye", "nose": "nose", "mouthLeft": "mouth_right",
    "mouthRight": "mouth_left",
}  # fmt: skip
"""Its left is the picture's, ours is the person's. The others of its thirty are in the raw answer."""


class Shape(Answer):
    model_config = ConfigDict(alias_generator=to_pascal)


class Box(Shape):
    width: float = 0.0
    height: float = 0.0
    left: float = 0.0
    top: float = 0.0

    @property
    def ours(self) -> dict[str, float]:
        return box(self.left, self.top, self.left + self.width, self.top + self.height)


class Landmark(Shape):
    type: str
    x: float
    y: float


class Face(Shape):
    bounding_box: Box
    confidence: float
    landmarks: tuple[Landmark, ...] = ()


class Instance(Shape):
    bounding_box: Box
    confidence: float


class Label(Shape):
    name: str
    confidence: float
    instances: tuple[Instance, ...] = ()


class Color(Shape):
    hex_code: str
    css_color: str = ""
    pixel_percent: float

    model_config = ConfigDict(
        alias_generator=lambda name: "CSSColor" if name == "css_color" else to_pascal(name)
    )


class Properties(Shape):
    dominant_colors: tuple[Color, ...] = ()


class Point(Shape):
    x: float
    y: float


class Geometry(Shape):
    bounding_box: Box
    polygon: tuple[Point, ...] = ()


class Text(Shape):
    detected_text: str
    type: str
    id: int
    parent_id: int | None = None
    confidence: float
    geometry: Geometry


class Moderation(Shape):
    name: str
    confidence: float


class Answered(Shape):
    """Of all four operations; each has its own."""

    face_details: tuple[Face, ...] = ()
    labels: tuple[Label, ...] = ()
    image_properties: Properties = Properties()
    text_detections: tuple[Text, ...] = ()
    moderation_labels: tuple[Moderation, ...] = ()
    label_model_version: str = ""
    text_model_version: str = ""
    moderation_model_version: str = ""


class Rekognition:
    """`timeout_s`: to connect, and for each read."""

    name = "rekognition"
    operations = frozenset(CALLS)
    calls_per_second: float | None = None

    def __init__(self, account: AwsAccount, timeout_s: float) -> None:
        self._account = account
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=self.name)
        self._client: Any = None

    async def open(self) -> None:
        """Reads botocore's service model, which takes a while."""
        self._client = await self._in_thread(self._connect)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    async def find(self, operation: str, picture: bytes) -> Found:
        given: dict[str, Any] = {"Image": {"Bytes": picture}}
        if operation in FEATURES:
            given["Features"] = FEATURES[operation]
        call = partial(getattr(self._client, CALLS[operation]), **given)
        try:
            raw = await self._in_thread(call)
        except ClientError as error:
            raise _meant(error) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Unwilling("It has no credentials.") from error
        except ParamValidationError as error:
            raise Rejected("The picture is outside of what it takes.") from error
        except (BotoCoreError, ValueError, TypeError, KeyError, AttributeError) as error:
            # The latter ones are botocore's, of a body that is not what its parser expects.
            raise Unavailable("It does not answer, or not in its form.", OFF_S) from error
        try:
            raw.pop("ResponseMetadata", None)
            raw[MEMBERS[operation]]
            answered = Answered.model_validate(raw)
        except (ValidationError, LookupError, AttributeError) as error:
            raise Unavailable("It answers with what it never should.", OFF_S) from error
        return Found(
            _PARTS[operation](answered), _model(operation), _version(operation, answered), raw
        )

    def _connect(self) -> Any:
        account = self._account
        session = boto3.session.Session(
            account.access_key_id, account.secret_access_key, account.session_token, account.region
        )
        config = Config(
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            retries={"total_max_attempts": 1},
            max_pool_connections=AT_ONCE,
            user_agent_extra=f"Sightline/{__version__}",
        )
        return session.client("rekognition", endpoint_url=account.endpoint_url, config=config)

    async def _in_thread(self, call: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _meant(error: ClientError) -> Unavailable | Unwilling | Rejected:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    reason = f"It answers {code or 'an error without a name'} ({status})."
    if code in THROTTLED:
        return Unavailable(reason, THROTTLED_OFF_S, throttled=True)
    if code in TRY_AGAIN or status >= SERVER_ERRORS:
        return Unavailable(reason, OFF_S)
    if code in ACCOUNT:
        return Unwilling(reason)
    if code in OPERATION:
        return Unwilling(reason, operation_alone=True)
    return Rejected(reason)


def _model(operation: str) -> str:
    return "".join(part.title() for part in CALLS[operation].split("_"))


def _version(operation: str, answered: Answered) -> str:
    """DetectFaces names none."""
    named = {
        "labels": answered.label_model_version,
        "colors": answered.label_model_version,
        "text": answered.text_model_version,
        "moderation": answered.moderation_model_version,
    }
    return named.get(operation) or UNKNOWN_VERSION


def _share(percent: float) -> float:
    return fraction(percent / 100)


def _faces(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "box": face.bounding_box.ours,
            "confidence": _share(face.confidence),
            "landmarks": [
                {"type": LANDMARKS[mark.type], "x": fraction(mark.x), "y": fraction(mark.y)}
                for mark in face.landmarks
                if mark.type in LANDMARKS
            ],
        }
        for face in answered.face_details
    ]


def _labels(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "name": label.name,
            "confidence": _share(label.confidence),
            "source": "model",
            "instances": [
                {"box": one.bounding_box.ours, "confidence": _share(one.confidence)}
                for one in label.instances
            ],
        }
        for label in answered.labels
    ]


def _colors(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "hex": color.hex_code.lower(),
            "name": color.css_color.lower(),
            "fraction": _share(color.pixel_percent),
        }
        for color in answered.image_properties.dominant_colors
    ]


def _text(answered: Answered) -> list[dict[str, Any]]:
    found = answered.text_detections
    return [
        {
            **_place(line),
            "kind": "line",
            "words": [_place(word) for word in found if word.parent_id == line.id],
        }
        for line in found
        if line.type == "LINE"
    ]


def _place(text: Text) -> dict[str, Any]:
    return {
        "text": text.detected_text,
        "confidence": _share(text.confidence),
        "box": text.geometry.bounding_box.ours,
        "polygon": [{"x": fraction(one.x), "y": fraction(one.y)} for one in text.geometry.polygon],
    }


def _moderation(answered: Answered) -> list[dict[str, Any]]:
    return [
        {"name": label.name, "confidence": _share(label.confidence)}
        for label in answered.moderation_labels
    ]


_PARTS = {
    "faces": _faces,
    "labels": _labels,
    "colors": _colors,
    "text": _text,
    "moderation": _moderation,
}
