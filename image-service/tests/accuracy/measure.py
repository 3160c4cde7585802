"""Hits, misses and false finds of each operation on the labelled set, and what it costs."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from accuracy.cases import Case, Point
from accuracy.photos import Photo

from image_service.instances.answers import Analysed

Analyse = Callable[[bytes, list[str]], Any]
BY_FACE = frozenset({"person", "portrait", "group"})
EXPLICIT = 0.5


@dataclass
class Score:
    """Of an operation. `cpu_ms`: per picture, without decoding and the preview."""

    hits: int = 0
    misses: int = 0
    false: int = 0
    pictures: int = 0
    cpu_ms: float = 0.0

    @property
    def recall(self) -> float | None:
        wanted = self.hits + self.misses
        return self.hits / wanted if wanted else None

    @property
    def precision(self) -> float | None:
        found = self.hits + self.false
        return self.hits / found if found else None

    def count(self, hits: int, misses: int, false: int) -> None:
        self.pictures += 1
        self.hits, self.misses, self.false = (
            self.hits + hits,
            self.misses + misses,
            self.false + false,
        )


def scores(cases: Iterable[Case], analyse: Analyse) -> dict[str, Score]:
    """By operation. `analyse` is that of the text pool, which does all."""
    found = {name: Score() for name in ("faces", "text", "codes", "labels", "moderation")}
    for case in cases:
        spent = _spent(analyse, case.data, [])[1]
        for name, score in found.items():
            if name == "labels" and case.labels is None:
                continue
            parts, cpu_ms = _spent(analyse, case.data, [name])
            score.count(*_compared(case, name, parts))
            score.cpu_ms += (cpu_ms - spent - score.cpu_ms) / score.pictures
    return found


def row_scores(rows: Iterable[tuple[str, str, Case]], analyse: Analyse) -> dict[str, Score]:
    """By row. `rows`: the row's name, the operation, and the picture."""
    found: dict[str, Score] = {}
    for row, operation, case in rows:
        score = found.setdefault(row, Score())
        spent = _spent(analyse, case.data, [])[1]
        parts, cpu_ms = _spent(analyse, case.data, [operation])
        score.count(*_compared(case, operation, parts))
        score.cpu_ms += (cpu_ms - spent - score.cpu_ms) / score.pictures
    return found


def photo_scores(photos: Iterable[Photo], analyse: Analyse) -> dict[str, Score]:
    """Of objects, which have places, by the photos' row; and of classes, of which misses alone are counted: what else a
    picture shows nobody has written down."""
    found: dict[str, Score] = {}
    for photo in photos:
        spent = _spent(analyse, photo.data, [])[1]
        parts, cpu_ms = _spent(analyse, photo.data, ["labels"])
        for row, counted in photo.counted(parts["labels"]).items():
            score = found.setdefault(row, Score())
            score.count(*counted)
            score.cpu_ms += (cpu_ms - spent - score.cpu_ms) / score.pictures
    return found


def _spent(analyse: Analyse, data: bytes, operations: list[str]) -> tuple[dict[str, Any], float]:
    started = time.process_time()
    found = analyse(data, operations)
    assert isinstance(found, Analysed)
    return found.parts, (time.process_time() - started) * 1000


def _compared(case: Case, operation: str, parts: dict[str, Any]) -> tuple[int, int, int]:
    """Hits, misses, false finds."""
    match operation:
        case "faces":
            return _faces(case.faces, [face["box"] for face in parts["faces"]])
        case "moderation":
            return 0, 0, sum(one["confidence"] >= EXPLICIT for one in parts["moderation"])
        case "labels":
            wanted = set(case.labels or ())
            said = {one["name"] for one in parts["labels"] if one["source"] == "derived"} - BY_FACE
        case "codes":  # one that is told as another kind, or twice, is a false find
            told = [f"{one['kind']} {one['text']}" for one in parts["codes"]]
            hits = len(case.codes.intersection(told))
            return hits, len(case.codes) - hits, len(told) - hits
        case "text":
            wanted = {_joined(one) for one in case.text}
            said = {_joined(one["text"]) for one in parts["text"]}
        case _:
            raise AssertionError(operation)
    return len(wanted & said), len(wanted - said), len(said - wanted)


def _joined(text: str) -> str:
    """Whether a gap is a space is not what is measured."""
    return text.replace(" ", "")


def _faces(noses: list[Point], boxes: list[dict[str, float]]) -> tuple[int, int, int]:
    """A face is found by the first box around its nose that is no other face's."""
    left = list(boxes)
    for x, y in noses:
        around = [
            box
            for box in left
            if 0 <= x - box["left"] <= box["width"] and 0 <= y - box["top"] <= box["height"]
        ]
        if around:
            left.remove(around[0])
    hits = len(boxes) - len(left)
    return hits, len(noses) - hits, len(left)
