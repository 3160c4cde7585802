"""What a client asks for. Source: clarifai-grpc, resources.proto and service.proto
(PostModelOutputsRequest). Fields that we do not read are passed over, as Clarifai does."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sightline_contracts.problems import BadRequest, InvalidRequest, pointer, sentence

from gateway.analyses.submission import Submission, SubmissionReader
from gateway.vendor_apis.clarifai.errors import (
    InputArgument,
    InvalidUrl,
    ModelArgument,
    UndecodableBytes,
)

INPUTS_AT_MOST = 128
CONCEPTS_UNSAID = 20
"""Concepts of an answer where max_concepts is 0, as unsaid numbers are."""


class Shape(BaseModel):
    model_config = ConfigDict(strict=True)


class Concept(Shape):
    id: str = ""
    name: str = ""


class OutputConfig(Shape):
    max_concepts: int = Field(default=0, ge=0, le=200)
    min_value: float = Field(default=0, ge=0, le=1)
    select_concepts: list[Concept] = Field(default=[], max_length=200)
    language: str = ""

    def options(self, operation: str) -> dict[str, Any]:
        """The fields of a submission that this configuration asks for. A `min_value` below ours asks for
        labels that are less certain."""
        least = (
            {"min_confidence": self.min_value} if self.min_value and operation == "labels" else {}
        )
        return {"operations": [operation], **least}

    def of(self, concepts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are wanted, of all in descending order."""
        ids, names = ({getattr(one, key) for one in self.select_concepts} for key in ("id", "name"))
        chosen = [
            one
            for one in concepts
            if one["value"] >= self.min_value
            and (not self.select_concepts or one["id"] in ids or one["name"] in names)
        ]
        return chosen[: self.max_concepts or CONCEPTS_UNSAID]


class OutputInfo(Shape):
    output_config: OutputConfig = OutputConfig()


class Model(Shape):
    output_info: OutputInfo = OutputInfo()


class Call(Shape):
    """`inputs` are read one by one, so that a bad one fails alone."""

    inputs: list[Any] = Field(min_length=1, max_length=INPUTS_AT_MOST)
    model: Model = Model()

    @property
    def config(self) -> OutputConfig:
        return self.model.output_info.output_config


@dataclass(frozen=True)
class Input:
    """`echo`: how the answer repeats it; an image that came as bytes is not sent back."""

    echo: dict[str, Any]
    url: str | None
    encoded: str | None

    def submission(self, reader: SubmissionReader, options: dict[str, Any]) -> Submission:
        """Raises InputArgument, InvalidUrl, UndecodableBytes, BodyTooLarge, OperationUnavailable."""
        if self.encoded:
            return reader.of_bytes(self._decoded(self.encoded), options)
        if not self.url:
            raise InputArgument
        try:
            return reader.of_value({"image_url": self.url, **options})
        except InvalidRequest as problem:
            raise InvalidUrl from problem

    @staticmethod
    def _decoded(encoded: str) -> bytes:
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UndecodableBytes from error


BYTES_ECHO = "dHJ1ZQ=="
"""Clarifai answers "true", in base64, for an image that came as bytes."""


def read(body: bytearray) -> Call:
    """Raises BadRequest, InvalidRequest, ModelArgument."""
    try:
        call = Call.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise BadRequest("The body is not valid JSON.") from error
        kind = ModelArgument if found[0]["loc"][:1] == ("model",) else InvalidRequest
        raise kind(
            errors=[{"pointer": pointer(one["loc"]), "detail": sentence(one)} for one in found]
        ) from error
    if call.config.language not in ("", "en"):
        raise ModelArgument("Concepts have English names here.")
    return call


def input_of(value: Any) -> Input:
    """Whatever a client may have put in the place of an input."""
    given = value if isinstance(value, dict) else {}
    data = given.get("data")
    image = data.get("image") if isinstance(data, dict) else None
    image = image if isinstance(image, dict) else {}
    url, encoded = (_text(image.get(name)) for name in ("url", "base64"))
    shown = {"url": url} if url else {}
    if encoded:
        shown = {**shown, "base64": BYTES_ECHO}
    echo = {"id": _text(given.get("id")) or "", "data": {"image": shown}}
    return Input(echo, url, encoded)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
