"""Weighs what the delivered detector says by what the delivered classifier sees.

A small detector takes what it does not know for the nearest thing that it does, and is moderately certain. What is
large fills the classifier's view as well: where that sees no sign of it, the detector's confidence counts for less,
and where it is sure of another kind of animal, for nothing. The classifier does not see what is small, and has no
class for people. The figures were set on 192 photos, most of them of things that the detector does not know.
"""

from dataclasses import dataclass
from typing import Any

DENIABLE_AREA, LARGE = 0.05, 0.1
"""Of a picture's area."""
DOUBTED, EVEN = 0.75, 0.5
"""A confidence of the first becomes the second, where nothing speaks for what is large."""
UNSEEN = "person"
Label = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """What the classifier says of a picture. `embedding`: 1,280 numbers as int8 in base64, of which the largest
    is 127. `denied`: objects that are not there, whatever the detector says; `backed`: those that classes speak for."""

    labels: list[dict[str, Any]]
    embedding: str
    denied: frozenset[str]
    backed: frozenset[str]


def weighed(found: list[Label], look: Look) -> list[Label]:
    """The detector's labels, each as certain as its surest instance; those without one are left out."""
    kept: list[Label] = []
    for one in found:
        places = [_instance(one["name"], each, look) for each in one["instances"]]
        certain = [each for each in places if each is not None]
        if certain:
            sure = max(each["confidence"] for each in certain)
            kept.append({**one, "confidence": sure, "instances": certain})
    return kept


def _instance(name: str, instance: Label, look: Look) -> Label | None:
    area = instance["box"]["width"] * instance["box"]["height"]
    if name in look.denied and area >= DENIABLE_AREA:
        return None
    if name == UNSEEN or name in look.backed or area < LARGE:
        return instance
    return {**instance, "confidence": round(_doubted(instance["confidence"]), 4)}


def _doubted(confidence: float) -> float:
    """Rises evenly from 0 to EVEN at DOUBTED, and from there to 1."""
    if confidence < DOUBTED:
        return confidence * EVEN / DOUBTED
    return EVEN + (confidence - DOUBTED) * (1 - EVEN) / (1 - DOUBTED)
