"""Which pictures of an index look like a given one."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from itertools import chain

import numpy as np

from result_service.index import vectors
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
"""Pictures with the nearest codes, whose cosines are looked at. At 10⁵ pictures 100 found 99.9 % of the 20 most alike."""
ROWS = 4096
"""Rows that are compared together, so that memory does not grow with the index."""


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
    duplicates = dict(_duplicates(database, look.phash, at_most + 1))
    cosines = dict(_cosines(database, look.embedding, duplicates)) if look.embedding else {}
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


def _duplicates(
    database: sqlite3.Connection, phash: int | None, at_most: int
) -> Iterator[tuple[int, int]]:
    """Places and distances."""
    if phash is None:
        return
    near: list[tuple[int, int]] = []
    rows = database.execute("SELECT place, phash FROM pictures WHERE phash IS NOT NULL")
    while read := rows.fetchmany(ROWS):
        table = np.array(read, np.int64)
        counts = np.bitwise_count((table[:, 1] ^ phash).view(np.uint64))
        close = np.flatnonzero(counts <= DUPLICATE_WITHIN)
        near += [(int(counts[number]), int(table[number, 0])) for number in close]
        near = nsmallest(at_most, near, key=lambda each: (each[0], -each[1]))
    for distance, place in near:
        yield place, distance


def _cosines(
    database: sqlite3.Connection, wanted: Embedding, others: dict[int, int]
) -> Iterator[tuple[int, float]]:
    """Of those with the nearest codes, and of `others`."""
    nearest = [place for _, place in _candidates(database, wanted)]
    for place in {*nearest, *others}:
        row = database.execute(
            "SELECT vector FROM vectors JOIN codes USING (place) WHERE place = ? AND model = ?",
            (place, wanted.model),
        ).fetchone()
        if row is not None and len(row[0]) == len(wanted.vector):
            yield place, vectors.cosine(row[0], wanted.vector)


def _candidates(database: sqlite3.Connection, wanted: Embedding) -> list[tuple[int, int]]:
    """Distances and places of the nearest codes."""
    own = vectors.code(wanted.vector)
    nearest: list[tuple[int, int]] = []
    rows = database.execute("SELECT place, code FROM codes WHERE model = ?", (wanted.model,))
    while read := rows.fetchmany(ROWS):
        codes = np.frombuffer(b"".join(code for _, code in read), np.uint8)
        counts = vectors.distances(codes.reshape(len(read), -1), own)
        some = np.argsort(counts, kind="stable")[:CANDIDATES]
        best = [(int(counts[number]), int(read[number][0])) for number in some]
        nearest = nsmallest(CANDIDATES, [*nearest, *best])
    return nearest
