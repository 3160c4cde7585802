"""What the operations share: the picture of a request, boxes and versions of an answer.

Boxes are ratios of the upright picture, confidences 0 to 100. Source: the API reference of Amazon
Rekognition, data types Image and BoundingBox.
"""

import base64
import binascii
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal
from sightline_contracts.problems import BadRequest

Result = dict[str, Any]
"""As the analysis has it: a normalised result."""
Json = dict[str, Any]
NAME = r"^[0-9A-Za-z._/-]+$"


class Shape(BaseModel):
    """Strict in what is known; members of a newer model are passed over, as AWS does."""

    model_config = ConfigDict(strict=True, alias_generator=to_pascal)


class S3Object(Shape):
    bucket: str = Field(min_length=3, max_length=255, pattern=NAME)
    name: str = Field(min_length=1, max_length=1024)
    version: str | None = None


class Image(Shape):
    """Its bytes in base64, or where it lies: one of them."""

    encoded: str | None = Field(default=None, alias="Bytes")
    s3_object: S3Object | None = None

    @model_validator(mode="after")
    def _one(self) -> "Image":
        if (self.encoded is None) == (self.s3_object is None):
            raise ValueError("needs either Bytes or S3Object")
        return self

    def decoded(self) -> bytes | None:
        """None where it lies elsewhere. Raises BadRequest."""
        if self.encoded is None:
            return None
        try:
            return base64.b64decode(self.encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("Bytes are not base64.") from error


class Call(Shape):
    """A request of one operation, and how it is answered."""

    image: Image

    def operations(self) -> tuple[str, ...]:
        """Those of an analysis that the answer is made of."""
        raise NotImplementedError

    def options(self) -> Json:
        """The fields of a submission that this call asks for."""
        return {"operations": list(self.operations())}

    def answer(self, result: Result) -> Json:
        """As the vendor's service answers. `result` is a normalised one with the operations."""
        raise NotImplementedError


def box(ours: Json) -> Json:
    return {side.title(): ours[side] for side in ("left", "top", "width", "height")}


def percent(fraction: float) -> float:
    return round(fraction * 100, 4)


def model_version(result: Result, operation: str) -> str:
    """Of the model that did it, "" where none is named."""
    named = [one["model"] for one in result["engines"] if one["operation"] == operation]
    return str(named[0]) if named else ""


def sharpness(laplacian: float) -> float:
    """0 to 100 of the variance of the Laplacian: 50 where we begin to call a picture blurred."""
    return round(100 * laplacian / (laplacian + BLURRED), 4)


BLURRED = 100.0
