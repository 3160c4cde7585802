"""A result as image-service reports it, with most operations done."""

from typing import Any


def result() -> dict[str, Any]:
    """A new one each time, so that a test may change it."""
    return {
        "schema_version": "1",
        "analysis_id": "an_01k9zt5w000000000000000002",
        "image": {
            "width": 400,
            "height": 200,
            "format": "png",
            "frames": 1,
            "truncated": False,
            "bytes": 9,
            "sha256": "aa",
            "orientation_applied": False,
        },
        "engines": [
            {
                "name": "local",
                "operation": "faces",
                "model": "yunet-2023mar",
                "version": "1.2.0",
                "degraded": False,
            },
            {
                "name": "local",
                "operation": "text",
                "model": "ppocrv6-small",
                "version": "1.2.0",
                "degraded": False,
            },
            {
                "name": "local",
                "operation": "labels",
                "model": "derived",
                "version": "1.2.0",
                "degraded": False,
            },
            {
                "name": "local",
                "operation": "moderation",
                "model": "open-nsfw",
                "version": "1.2.0",
                "degraded": False,
            },
        ],
        "faces": [
            face(0.1, 0.05),
            {
                **face(0.5, 0.2),
                "landmarks": [
                    {"type": "right_eye", "x": 0.55, "y": 0.2},
                    {"type": "left_eye", "x": 0.65, "y": 0.4},
                    {"type": "nose", "x": 0.6, "y": 0.35},
                    {"type": "mouth_right", "x": 0.56, "y": 0.4},
                    {"type": "mouth_left", "x": 0.64, "y": 0.45},
                ],
            },
        ],
        "text": [line("Dear reader", 0.1, 0.98), line("Invoice 4711", 0.5, 0.75)],
        "labels": [
            {"name": "document", "confidence": 0.5, "source": "model", "instances": []},
            {
                "name": "traffic light",
                "confidence": 0.9,
                "source": "model",
                "parents": ["traffic sign"],
                "categories": ["Transport and Logistics"],
                "aliases": ["stoplight"],
                "instances": [
                    {
                        "box": {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4},
                        "confidence": 0.9,
                    },
                    {
                        "box": {"left": 0.6, "top": 0.2, "width": 0.1, "height": 0.2},
                        "confidence": 0.55,
                    },
                ],
            },
            {"name": "portrait", "confidence": 0.6, "source": "derived", "instances": []},
        ],
        "moderation": [{"name": "explicit", "confidence": 0.93}],
        "colors": [
            {"hex": "#513f2c", "name": "dimgray", "fraction": 0.75},
            {"hex": "#ffffff", "name": "white", "fraction": 0.25},
        ],
        "quality": {
            "sharpness": 300.0,
            "blurred": False,
            "brightness": 0.52,
            "contrast": 0.2,
            "clipped": 0.01,
        },
        "hash": None,
        "codes": [],
        "metadata": None,
        "reused_from": None,
        "attempts": [
            {
                "number": 1,
                "started_at": "2026-11-27T10:00:00.000Z",
                "duration_ms": 60.4,
                "init_ms": 0.0,
                "max_memory_mb": 210.0,
                "outcome": "succeeded",
            }
        ],
        "receipt": {
            "input_sha256": "aa",
            "contracts": "1.4.0",
            "service": "image-service/1.2.0",
        },
    }


def face(left: float, size: float) -> dict[str, Any]:
    box = {"left": left, "top": 0.1, "width": size, "height": 2 * size}
    return {"box": box, "confidence": 0.93, "landmarks": []}


def line(text: str, top: float, confidence: float) -> dict[str, Any]:
    """From a tenth of the width to seven tenths, a tenth of the height high; two words."""
    first, second = text.split()
    words = [
        shape(first, 0.1, top, 0.25, confidence),
        shape(second, 0.5, top, 0.2, confidence - 0.05),
    ]
    return {**shape(text, 0.1, top, 0.6, confidence), "kind": "line", "words": words}


def shape(text: str, left: float, top: float, width: float, confidence: float) -> dict[str, Any]:
    right, bottom = round(left + width, 4), round(top + 0.1, 4)
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return {
        "text": text,
        "confidence": round(confidence, 4),
        "box": {"left": left, "top": top, "width": width, "height": 0.1},
        "polygon": [{"x": x, "y": y} for x, y in corners],
    }
