"""Compares embeddings: a short code of each finds the candidates, the whole vectors decide among them.

A code says on which side of each of BITS planes through the origin a vector lies, so that the share of different bits
estimates the angle between two vectors. The numbers of an embedding are never below 0, and their own signs would say
nothing. Source: Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002.
"""

import functools
import hashlib
import math

import numpy as np
from numpy.typing import NDArray

BITS = 512
CODE_BYTES = BITS // 8
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.float32]


def code(vector: bytes) -> bytes:
    """The code of an embedding of int8 numbers, CODE_BYTES long."""
    sides = _planes(len(vector)) @ np.frombuffer(vector, np.int8).astype(np.float32)
    return np.packbits(sides > 0).tobytes()


def distances(codes: Bytes, wanted: bytes) -> NDArray[np.int64]:
    """Of codes (n, bytes) the number of bits (n,) in which each differs."""
    different = np.bitwise_xor(codes, np.frombuffer(wanted, np.uint8))
    counts: NDArray[np.int64] = np.bitwise_count(different).sum(axis=1, dtype=np.int64)
    return counts


def cosine(one: bytes, other: bytes) -> float:
    """Of two embeddings of the same length, from -1 to 1; 0 where one is nothing but zeros."""
    first, second = (np.frombuffer(each, np.int8).astype(np.float32) for each in (one, other))
    lengths = float(first @ first) * float(second @ second)
    return float(first @ second) / math.sqrt(lengths) if lengths else 0.0


@functools.lru_cache(maxsize=4)
def _planes(numbers: int) -> Numbers:
    """The planes' normals (BITS, numbers), each number 1 or -1: the same in every process and version."""
    digest = hashlib.shake_256(f"planes {numbers}".encode()).digest(CODE_BYTES * numbers)
    signs = np.unpackbits(np.frombuffer(digest, np.uint8)).reshape(BITS, numbers)
    return signs.astype(np.float32) * 2 - 1
