"""Our results as the data of Clarifai's outputs. Source: clarifai-grpc, resources.proto (Data, Region,
Concept, Color), and a recorded answer of each model. Boxes are fractions from the top left, values 0
to 1. Nothing found is `{}`: proto3's JSON leaves out what is empty."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.vendor_apis.clarifai.requests import OutputConfig

Json = dict[str, Any]
OWNER = {"app_id": "main", "user_id": "clarifai"}
FACE = {"id": "ai_b1b1b1b1", "name": "BINARY_POSITIVE", "app_id": "main"}


@dataclass(frozen=True)
class Model:
    """`operation` is ours; `data` makes an output's data of a result."""

    name: str
    type_id: str
    operation: str
    data: Callable[[Json, OutputConfig], Json]

    def described(self, model_id: str, result: Json | None) -> Json:
        """As an output names it; the version is that of the engine that did it."""
        done = [
            one for one in (result or {}).get("engines", []) if one["operation"] == self.operation
        ]
        version = str(done[0]["model"]) if done else ""
        return {
            "id": model_id,
            "name": self.name,
            "model_type_id": self.type_id,
            "model_version": {
                "id": version,
                "status": {"code": 21100, "description": "Model is trained and ready"},
                **OWNER,
            },
            **OWNER,
        }


def _faces(result: Json, config: OutputConfig) -> Json:
    return _regions(
        _region(one["box"], one["confidence"], {"concepts": [{**FACE, "value": one["confidence"]}]})
        for one in result["faces"]
        if one["confidence"] >= config.min_value
    )


def _text(result: Json, config: OutputConfig) -> Json:
    return _regions(
        _region(one["box"], one["confidence"], {"text": {"raw": one["text"]}})
        for one in result["text"]
        if one["kind"] == "line" and one["confidence"] >= config.min_value
    )


def _regions(found: Any) -> Json:
    regions = [{"id": f"{number:032x}", **one} for number, one in enumerate(found, 1)]
    return {"regions": regions} if regions else {}


def _region(box: Json, value: float, data: Json) -> Json:
    corners = {
        "top_row": box["top"],
        "left_col": box["left"],
        "bottom_row": round(min(1.0, box["top"] + box["height"]), 6),
        "right_col": round(min(1.0, box["left"] + box["width"]), 6),
    }
    return {"region_info": {"bounding_box": corners}, "data": data, "value": value}


def _concepts(field: str) -> Callable[[Json, OutputConfig], Json]:
    def data(result: Json, config: OutputConfig) -> Json:
        found = sorted(result[field], key=lambda one: one["confidence"], reverse=True)
        concepts = config.of(
            [
                {
                    "id": concept_id(one["name"]),
                    "name": one["name"],
                    "value": one["confidence"],
                    **OWNER,
                }
                for one in found
            ]
        )
        return {"concepts": concepts} if concepts else {}

    return data


def concept_id(name: str) -> str:
    """Ours are of the name: Clarifai's are random."""
    return "ai_" + re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")


def _colors(result: Json, config: OutputConfig) -> Json:
    colors = [
        {
            "raw_hex": one["hex"],
            "w3c": {"hex": one["hex"], "name": one["name"]},
            "value": one["fraction"],
        }
        for one in result["colors"]
        if one["fraction"] >= config.min_value
    ]
    return {"colors": colors} if colors else {}


_COLORS = Model("Color", "color-classifier", "colors", _colors)
MODELS: Mapping[str, Model] = {
    "face-detection": Model("Face", "visual-detector", "faces", _faces),
    "general-image-recognition": Model(
        "Image Recognition", "visual-classifier", "labels", _concepts("labels")
    ),
    "moderation-recognition": Model(
        "Moderation", "visual-classifier", "moderation", _concepts("moderation")
    ),
    "ocr-scene-english-paddleocr": Model("OCR", "optical-character-recognizer", "text", _text),
    "color-recognition": _COLORS,
    "eeed0b6733a644cea07cf4c60f87ebb7": _COLORS,
}
"""By the id in the path; the last is the color model's of the time before ids were words."""
