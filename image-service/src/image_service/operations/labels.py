"""Labels derived from what the other operations measure; no model says them.

Each has a rule of one figure: at its threshold the confidence is 0.5, from its second figure on it
is 1, between them it rises evenly; below the threshold there is no label. The figures were set on
scikit-image's pictures and on generated pages.

| label | rule |
|---|---|
| person | a face; its confidence |
| portrait | exactly one face, on 2 % of the picture or more; its confidence |
| group | two faces or more; the second most certain one's confidence |
| document | 60 to 85 % of what is darker than its surroundings are at least 50 shapes as small as letters, and nine tenths of the picture are colourless |
| dark, bright | mean brightness 0.25 to 0.1, 0.85 to 0.97 |
| greyscale | 99 of 100 pixels' channels lie at most 20 to 4 of 255 apart |
| blurred | sharpness (see quality) 100 to 20 |

For the last two a picture darker than medium counts as brightened to that, up to ten times: else all
that is dark would be grey and blurred as well.
"""

from typing import Any

import cv2
import numpy as np

from image_service.picture.decode import Pixels, shrunk

MODEL = "derived-labels-v1"
SIDE = 512
PORTRAIT_AREA = 0.02
DARK, BRIGHT, BLURRED, GREY = (0.25, 0.1), (0.85, 0.97), (100.0, 20.0), (20.0, 4.0)
MEDIUM, GAIN_AT_MOST = 0.5, 10.0
COLOURLESS, COLOURLESS_SHARE = 40, 0.9
LETTERS, LETTERS_AT_LEAST, LETTER_HEIGHT = (0.6, 0.85), 50, (3, 0.08)
SURROUNDINGS, SMOOTHED, INK_BELOW = 15, 21, 0.75


def derived(
    work: Pixels, faces: list[dict[str, Any]], quality: dict[str, Any]
) -> list[dict[str, Any]]:
    """`faces` and `quality` as those operations give them for this picture."""
    small = shrunk(work, SIDE)
    spread = small.max(axis=2).astype(int) - small.min(axis=2)
    gain = max(1.0, MEDIUM / max(quality["brightness"], MEDIUM / GAIN_AT_MOST))
    found = {
        **_people(faces),
        "document": _document(small, spread),
        "dark": _rising(quality["brightness"], *DARK),
        "bright": _rising(quality["brightness"], *BRIGHT),
        "greyscale": _rising(float(np.percentile(spread, 99)) * gain, *GREY),
        "blurred": _rising(quality["sharpness"] * gain**2, *BLURRED),
    }
    return [
        {
            "name": name,
            "confidence": round(confidence, 4),
            "source": "derived",
            "model": MODEL,
            "instances": [],
        }
        for name, confidence in found.items()
        if confidence
    ]


def _people(faces: list[dict[str, Any]]) -> dict[str, float]:
    sure = sorted((face["confidence"] for face in faces), reverse=True)
    match sure:
        case []:
            return {}
        case [only]:
            area = faces[0]["box"]["width"] * faces[0]["box"]["height"]
            return {"person": only, "portrait": only if area >= PORTRAIT_AREA else 0.0}
        case [first, second, *_]:
            return {"person": first, "group": second}
    raise AssertionError(sure)


def _document(small: Pixels, spread: Any) -> float:
    """Ink is what is darker than the lightest nearby, so that shadows on the paper do not count."""
    if np.mean(spread <= COLOURLESS) < COLOURLESS_SHARE or min(small.shape[:2]) < SMOOTHED:
        return 0.0
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    lightest = cv2.dilate(grey, np.ones((SURROUNDINGS, SURROUNDINGS), np.uint8))
    paper = np.maximum(np.asarray(cv2.medianBlur(lightest, SMOOTHED)), 1)
    ink = (grey < INK_BELOW * paper).astype(np.uint8)
    _, _, shapes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    heights, areas = shapes[1:, cv2.CC_STAT_HEIGHT], shapes[1:, cv2.CC_STAT_AREA]
    least, most = LETTER_HEIGHT
    letters = (heights >= least) & (heights <= most * len(small))
    if np.count_nonzero(letters) < LETTERS_AT_LEAST:
        return 0.0
    return _rising(float(areas[letters].sum() / areas.sum()), *LETTERS)


def _rising(value: float, threshold: float, certain: float) -> float:
    """0 on the wrong side of the threshold, 0.5 on it, 1 from `certain` on."""
    way = (value - threshold) / (certain - threshold)
    return 0.0 if way < 0 else min(1.0, 0.5 + way / 2)
