"""What each model of Clarifai's finds, and how an output tells of a model. Source: clarifai-grpc,
resources.proto; face-detection as a real answer of 2022, general-image-recognition as the sample in
Clarifai's documentation. Numbers that are 0 are left out, as proto3's JSON may do: the second face
touches the left edge, and one concept of moderation has no value."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
OWNER = {"app_id": "main", "user_id": "clarifai"}
GENERAL, FACES, COLORS, MODERATION, TEXT = (
    "general-image-recognition",
    "face-detection",
    "color-recognition",
    "moderation-recognition",
    "ocr-scene-english-paddleocr",
)


@dataclass(frozen=True)
class Model:
    """`versions`: the first is the one that answers where none is asked for. `data` is what it finds
    in every picture."""

    id: str
    name: str
    type_id: str
    versions: tuple[str, ...]
    data: Json
    more: Json = field(default_factory=dict)

    def told(self, version: str) -> Json:
        """As an output has it, null fields included."""
        return {
            "id": self.id,
            "name": self.name,
            "created_at": "2020-11-25T16:50:24.453038Z",
            "modified_at": "2021-10-20T11:34:15.960670Z",
            "app_id": "main",
            "output_info": {
                "output_config": {
                    "concepts_mutually_exclusive": False,
                    "closed_environment": False,
                    "max_concepts": 0,
                    "min_value": 0,
                },
                "message": "Show output_info with: GET /models/{model_id}/output_info",
                "fields_map": {},
                "params": {},
            },
            "model_version": {
                "id": version,
                "created_at": "2021-03-04T17:40:26.081729Z",
                "status": {"code": 21100, "description": "Model is trained and ready"},
                "visibility": {"gettable": 50},
                **OWNER,
                "metadata": {},
            },
            "display_name": self.name,
            "user_id": "clarifai",
            "input_info": {"fields_map": {"image": "images"}},
            "train_info": {},
            "model_type_id": self.type_id,
            "visibility": {"gettable": 50},
            "metadata": None,
            "presets": None,
            "languages": [],
            "import_info": {},
            "workflow_recommended": False,
            **self.more,
        }


def _id(*of: object) -> str:
    return hashlib.md5(repr(of).encode(), usedforsecurity=False).hexdigest()


def concept(name: str, value: float, concept_id: str = "") -> Json:
    told = {"value": value} if value else {}
    return {"id": concept_id or f"ai_{_id(name)[:8]}", "name": name, **told, **OWNER}


def region(box: Mapping[str, float], value: float, data: Json) -> Json:
    """`box` in fractions from the top left; its sides of 0 are left out."""
    told = {side: place for side, place in box.items() if place}
    return {
        "id": _id(tuple(box.items()), value),
        "region_info": {"bounding_box": told},
        "data": data,
        "value": value,
    }


def _box(top: float, left: float, bottom: float, right: float) -> dict[str, float]:
    return {"top_row": top, "left_col": left, "bottom_row": bottom, "right_col": right}


def _face(box: dict[str, float], value: float) -> Json:
    found = {"id": "ai_b1b1b1b1", "name": "BINARY_POSITIVE", "value": value, "app_id": "main"}
    return region(box, value, {"concepts": [found]})


def _color(raw: str, hex_code: str, name: str, value: float) -> Json:
    return {"raw_hex": raw, "w3c": {"hex": hex_code, "name": name}, "value": value}


_LABELS = (
    ("train", 0.99960595, "ai_HLmqFqBf"),
    ("railway", 0.99929917, "ai_fvlBqXZR"),
    ("subway system", 0.9982582, "ai_SHNDcmJ3"),
    ("station", 0.99801373, "ai_6kTjGfF6"),
    ("locomotive", 0.9972677, "ai_RRXLczch"),
    ("transportation system", 0.9969046, ""),
    ("travel", 0.98876953, ""),
    ("commuter", 0.98084414, ""),
    ("platform", 0.97864556, ""),
    ("light", 0.9742043, ""),
    ("train station", 0.9687118, ""),
    ("blur", 0.9672204, ""),
    ("city", 0.96146375, ""),
    ("road", 0.9613742, ""),
    ("urban", 0.9603603, ""),
    ("traffic", 0.9599433, ""),
    ("street", 0.9474382, ""),
    ("public", 0.93439937, ""),
    ("tramway", 0.93144137, ""),
    ("business", 0.9294511, ""),
)
_MORE_OF_A_CLASSIFIER: Json = {
    "toolkits": [],
    "use_cases": [],
    "languages_full": [],
    "check_consents": [],
    "image": {
        "url": "https://data.example.test/model.png",
        "hosted": {
            "prefix": "https://data.example.test",
            "suffix": "model.png",
            "sizes": ["small", "large"],
            "crossorigin": "use-credentials",
        },
    },
}
_COLOR_MODEL = {
    "colors": [
        _color("#513f2c", "#696969", "DimGray", 0.51425),
        _color("#e8d6b3", "#f5deb3", "Wheat", 0.3385),
        _color("#8d1c1f", "#b22222", "FireBrick", 0.14725),
    ]
}

MODELS: Mapping[str, Model] = {
    one.id: one
    for one in (
        Model(
            FACES,
            "Face",
            "visual-detector",
            ("45fb9a671625463fa646c3523a3087d5", "6dc7e46bc9124c5c8824be4822abe105"),
            {
                "regions": [
                    _face(_box(0.2580573, 0.43233073, 0.5027656, 0.57646745), 0.9999864),
                    _face(_box(0.31204286, 0.0, 0.4980112, 0.10410305), 0.9123051),
                ]
            },
        ),
        Model(
            GENERAL,
            "Image Recognition",
            "visual-classifier",
            ("aa7f35c01e0642fda5cf400f543e7c40",),
            {"concepts": [concept(*one) for one in _LABELS]},
            _MORE_OF_A_CLASSIFIER,
        ),
        Model(
            MODERATION,
            "Moderation",
            "visual-classifier",
            ("aa8be956dbaa4b7a858826a84253cab9",),
            {
                "concepts": [
                    concept("safe", 0.9951),
                    concept("suggestive", 0.0031),
                    concept("explicit", 0.0012),
                    concept("gore", 0.0006),
                    concept("drug", 0.0),
                ]
            },
        ),
        Model(COLORS, "Color", "color-classifier", (_id(COLORS),), _COLOR_MODEL),
        # Its id of the time before ids were words, which old applications still name.
        Model(
            "eeed0b6733a644cea07cf4c60f87ebb7",
            "Color",
            "color-classifier",
            (_id(COLORS),),
            _COLOR_MODEL,
        ),
        Model(
            TEXT,
            "OCR",
            "optical-character-recognizer",
            ("46e99516c2d94f58baf2bcaf5a6a53a9",),
            {
                "regions": [
                    region(
                        _box(0.1875, 0.078125, 0.3, 0.4375), 0.99, {"text": {"raw": "Dear reader"}}
                    ),
                    region(_box(0.5, 0.078125, 0.6, 0.45), 0.97, {"text": {"raw": "Invoice 4711"}}),
                ]
            },
        ),
    )
}
"""By the id in the path."""
