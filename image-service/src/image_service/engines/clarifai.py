"""Clarifai v2 over HTTP, as its own client speaks it.

Routes, shapes and limits: the API's protocol buffers (clarifai-grpc 12.6.0) with their JSON names; the
codes and what each means for a further try: `clarifai_codes.py`. Defaults of protocol buffers may be
left out of an answer, so that nothing found is an output without regions.
"""

import base64
import json
from typing import Any

import httpx2
from pydantic import ValidationError

from image_service import __version__
from image_service.engines import clarifai_codes
from image_service.engines.clarifai_codes import Code
from image_service.engines.port import UNKNOWN_VERSION, Answer, Unavailable, VendorResult
from image_service.picture.geometry import box, fraction

OWNER, APP = "clarifai", "main"
"""Of the public models; since March 2023 a call has to name them."""
MODELS = {
    "faces": "face-detection",
    "labels": "general-image-recognition",
    "colors": "color-recognition",
    "moderation": "moderation-recognition",
    "text": "ocr-scene-english-paddleocr",
}
CALLS_PER_SECOND = 15.0
"""Of a user, by its documentation."""
ANSWER_AT_MOST = 1 << 20
"""Bytes. An answer for one picture has some ten thousand."""
BROKEN_OFF_S = 5.0


class Status(Answer):
    """`code` is a number or, in places, its name."""

    code: Code
    description: str = ""


class Sides(Answer):
    top_row: float = 0.0
    left_col: float = 0.0
    bottom_row: float = 0.0
    right_col: float = 0.0


class RegionInfo(Answer):
    bounding_box: Sides = Sides()


class Concept(Answer):
    name: str = ""
    value: float = 0.0


class W3C(Answer):
    name: str = ""


class Color(Answer):
    raw_hex: str
    w3c: W3C = W3C()
    value: float = 0.0


class Text(Answer):
    raw: str = ""


class RegionData(Answer):
    concepts: tuple[Concept, ...] = ()
    text: Text = Text()


class Region(Answer):
    region_info: RegionInfo = RegionInfo()
    data: RegionData = RegionData()
    value: float | None = None

    @property
    def box(self) -> dict[str, float]:
        sides = self.region_info.bounding_box
        return box(sides.left_col, sides.top_row, sides.right_col, sides.bottom_row)

    @property
    def confidence(self) -> float:
        if self.value is None and self.data.concepts:
            return fraction(self.data.concepts[0].value)
        return fraction(self.value or 0.0)


class Data(Answer):
    regions: tuple[Region, ...] = ()
    concepts: tuple[Concept, ...] = ()
    colors: tuple[Color, ...] = ()


class ModelVersion(Answer):
    id: str = UNKNOWN_VERSION


class Model(Answer):
    id: str = ""
    model_version: ModelVersion = ModelVersion()


class Output(Answer):
    status: Status
    model: Model = Model()
    data: Data = Data()


class Outputs(Answer):
    status: Status
    outputs: tuple[Output, ...] = ()


class Clarifai:
    """`key`: a personal access token. `timeout_s`: of one call."""

    name = "clarifai"
    operations = frozenset(MODELS)
    calls_per_second: float | None = CALLS_PER_SECOND

    def __init__(self, key: str, base_url: str, timeout_s: float) -> None:
        self._http = httpx2.AsyncClient(
            base_url=base_url.rstrip("/"),
            timeout=timeout_s,
            follow_redirects=False,
            headers={"Authorization": f"Key {key}", "User-Agent": f"Sightline/{__version__}"},
        )

    async def open(self) -> None:
        """Connections are made when they are needed."""

    async def close(self) -> None:
        await self._http.aclose()

    async def find(self, operation: str, picture: bytes) -> VendorResult:
        model = MODELS[operation]
        status, raw = await self._ask(model, picture)
        try:
            answer = Outputs.model_validate(raw)
            clarifai_codes.check(_decisive(answer), status)
            [output] = answer.outputs
        except (ValidationError, ValueError) as error:
            raise _broken(status) from error
        part = _PARTS[operation](output.data)
        return VendorResult(part, output.model.id or model, output.model.model_version.id, raw)

    async def _ask(self, model: str, picture: bytes) -> tuple[int, Any]:
        """The HTTP status, and the body whatever that is: the code in it counts."""
        body = {
            "user_app_id": {"user_id": OWNER, "app_id": APP},
            "inputs": [{"data": {"image": {"base64": base64.b64encode(picture).decode()}}}],
        }
        path = f"/v2/users/{OWNER}/apps/{APP}/models/{model}/outputs"
        try:
            async with self._http.stream("POST", path, json=body) as response:
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > ANSWER_AT_MOST:
                        raise Unavailable("It answers with too much.", BROKEN_OFF_S)
        except httpx2.HTTPError as error:
            raise Unavailable("It does not answer.", BROKEN_OFF_S) from error
        try:
            return response.status_code, json.loads(received)
        except (ValueError, RecursionError) as error:
            raise _broken(response.status_code) from error


def _broken(status: int) -> Unavailable:
    return Unavailable(f"It answers {status} with what it never should.", BROKEN_OFF_S)


def _decisive(answer: Outputs) -> Status:
    """The one input's where there is one: the whole then only says that it failed."""
    return answer.outputs[0].status if answer.outputs else answer.status


def _faces(data: Data) -> list[dict[str, Any]]:
    return [
        {"box": region.box, "confidence": region.confidence, "landmarks": []}
        for region in data.regions
    ]


def _text(data: Data) -> list[dict[str, Any]]:
    return [
        {
            "text": region.data.text.raw,
            "kind": "line",
            "confidence": region.confidence,
            "box": region.box,
            "polygon": corners(region.box),
            "words": [],
        }
        for region in data.regions
        if region.data.text.raw
    ]


def corners(place: dict[str, float]) -> list[dict[str, float]]:
    """Of a box, clockwise from its upper left."""
    left, top = place["left"], place["top"]
    right, bottom = fraction(left + place["width"]), fraction(top + place["height"])
    return [
        {"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ]


def _labels(data: Data) -> list[dict[str, Any]]:
    return [
        {
            "name": concept.name,
            "confidence": fraction(concept.value),
            "source": "model",
            "model": MODELS["labels"],
            "parents": [],
            "categories": [],
            "aliases": [],
            "instances": [],
        }
        for concept in data.concepts
    ]


def _moderation(data: Data) -> list[dict[str, Any]]:
    return [
        {"name": concept.name, "confidence": fraction(concept.value)} for concept in data.concepts
    ]


def _colors(data: Data) -> list[dict[str, Any]]:
    return [
        {
            "hex": color.raw_hex.lower(),
            "name": color.w3c.name.lower(),
            "fraction": fraction(color.value),
        }
        for color in data.colors
    ]


_PARTS = {
    "faces": _faces,
    "labels": _labels,
    "colors": _colors,
    "moderation": _moderation,
    "text": _text,
}
