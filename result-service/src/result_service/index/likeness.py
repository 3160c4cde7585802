"""Which pictures of an index look like a given one."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from result_service.index import marks, vectors
from result_service.models.analyses import Embedding

HASH_BITS = 64
DUPLICATE_WITHIN = 8
"""Bits of 64 in which the perceptual hashes of near-duplicates differ at the most. Those of unrelated pictures differ
in 32, give or take 4, so that chance comes no nearer than six deviations; scaled, re-encoded and slightly edited copies
lie within it."""
LIKE_AT_LEAST = 0.5
"""The cosine from which on a picture is said to look alike: unrelated ones lie at 0.2 to 0.4, the same kind of thing
at 0.7, the same scene at 0.99."""
CANDIDATES = 400
"""Pictures with the nearest codes, whose cosines are looked at."""
ALL_BITS = (1 << HASH_BITS) - 1


@dataclass(frozen=True)
class Likeness:
    """`similarity`: the cosine of two embeddings of the same model; of a near-duplicate without them the share of equal
    bits of the hashes. From 0 to 1."""

    analysis_id: str
    similarity: float
    near_duplicate: bool


@dataclass(frozen=True)
class Look:
    """What a picture is compared by. `phash`: 64 bits, as SQLite's signed number."""

    phash: int | None
    embedding: Embedding | None


def alike(database: sqlite3.Connection, look: Look, besides: str, at_most: int) -> list[Likeness]:
    """Near-duplicates first, the nearest hash before the others; then those that look alike, the most alike first.
    Without the picture `besides`."""
    duplicates, candidates = _nearest(database, look, at_most + 1)
    cosines = dict(_cosines(database, look.embedding, {*duplicates, *candidates}))
    first = sorted(duplicates, key=lambda place: (duplicates[place], -cosines.get(place, 0.0)))
    rest = [each for each in cosines if each not in duplicates and cosines[each] >= LIKE_AT_LEAST]
    found: list[Likeness] = []
    for place in chain(first, nlargest(at_most + 1, rest, key=lambda each: cosines[each])):
        (analysis_id,) = database.execute(
            "SELECT analysis_id FROM pictures WHERE place = ?", (place,)
        ).fetchone()
        distance = duplicates.get(place)
        by_hash = 0.0 if distance is None else 1 - distance / HASH_BITS
        similarity = min(1.0, max(0.0, cosines.get(place, by_hash)))
        if analysis_id != besides:
            found.append(Likeness(analysis_id, round(similarity, 4), distance is not None))
    return found[:at_most]


def _nearest(
    database: sqlite3.Connection, look: Look, at_most: int
) -> tuple[dict[int, int], list[int]]:
    """The distances of near-duplicates by place, and the places of those with the nearest codes."""
    duplicates, candidates = _Nearest(at_most), _Nearest(CANDIDATES)
    wanted = look.embedding
    model = None if wanted is None else _number_of(database, wanted.model)
    own = b"" if wanted is None else vectors.code(wanted.vector)
    for some in marks.together(database):
        if look.phash is not None:
            hashed = some[some["has_hash"]]
            distances = np.bitwise_count(hashed["hash"] ^ np.uint64(look.phash & ALL_BITS))
            close = distances <= DUPLICATE_WITHIN
            duplicates.add(distances[close], hashed["place"][close])
        if model is not None:
            coded = some[some["model"] == model]
            candidates.add(vectors.distances(coded["code"], own), coded["place"])
    near = zip(duplicates.places.tolist(), duplicates.distances.tolist(), strict=True)
    return dict(near), candidates.places.tolist()


class _Nearest:
    """The nearest of what is added, in no order."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self.distances = np.empty(0, np.int64)
        self.places = np.empty(0, np.int64)

    def add(self, distances: NDArray[Any], places: NDArray[Any]) -> None:
        self.distances = np.concatenate([self.distances, distances])
        self.places = np.concatenate([self.places, places])
        if len(self.distances) > self._at_most:
            kept = np.argpartition(self.distances, self._at_most - 1)[: self._at_most]
            self.distances, self.places = self.distances[kept], self.places[kept]


def _number_of(database: sqlite3.Connection, model: str) -> int | None:
    row = database.execute("SELECT number FROM models WHERE name = ?", (model,)).fetchone()
    return None if row is None else int(row[0])


def _cosines(
    database: sqlite3.Connection, wanted: Embedding | None, of: set[int]
) -> Iterator[tuple[int, float]]:
    """Of those of these places that have an embedding of the same kind."""
    model = None if wanted is None else _number_of(database, wanted.model)
    if wanted is None or model is None:
        return
    one = "SELECT vector FROM vectors WHERE place = ? AND model = ?"
    for place in of:
        row = database.execute(one, (place, model)).fetchone()
        if row is not None and len(row[0]) == len(wanted.vector):
            yield place, vectors.cosine(row[0], wanted.vector)
