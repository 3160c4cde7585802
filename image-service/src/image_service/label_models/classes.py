"""What the delivered classifier says of a whole picture, made in a child, never before the fork.

Its thousand classes alone are often wrong where they are close: summed up the labels above them they become
trustworthy. A class itself is said where it is nearly certain.
"""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_service.label_models.classifiers import prepared, softmax
from image_service.label_models.delivered import CERTAIN_AT_LEAST
from image_service.label_models.folders import LabelModel
from image_service.label_models.sessions import Session
from image_service.label_models.vocabulary import Vocabulary
from image_service.label_models.weighing import Look
from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels

CLASS_AT_LEAST = 0.8
KIND_AT_LEAST, NO_SIGN_BELOW, BACKED_AT_LEAST = 0.6, 0.05, 0.2
"""Of the surest kind of animal, and of all classes that speak for an object, where the object is denied; and of those
that speak for one that is believed. Set on photos of animals that are no kind of COCO's, which the detector takes for
the nearest of its ten kinds."""
DENIABLE = frozenset({"animal", "food"})
BROAD = frozenset({"animal", "mammal", "hoofed animal"})


class Classes:
    """Raises UnusableModel where the model cannot be loaded. It is known by its sum, and needs no trial."""

    def __init__(self, described: LabelModel, vocabulary: Vocabulary) -> None:
        self._described = described
        self._session = Session(described)
        self._vocabulary = vocabulary
        self._names, self._members = _groups(vocabulary)
        self._kinds = [
            number
            for number, name in enumerate(self._names)
            if name not in BROAD and "animal" in vocabulary.kin[name].parents
        ]

    def look(self, work: Pixels) -> Look:
        """`work` is RGB. Raises MemoryError."""
        with onnx_runtime.memory_errors():
            logits, features = self._session.run(prepared(work, self._described.input))
        sure = softmax(logits[0].astype(np.float64))
        sums = self._members @ sure
        least = np.where(self._members.sum(axis=1) > 1, CERTAIN_AT_LEAST, CLASS_AT_LEAST)
        labels = [
            {
                "name": self._names[number],
                "confidence": round(min(1.0, float(sums[number])), 4),
                "source": "model",
                "model": self._described.name,
                "instances": [],
            }
            for number in np.flatnonzero(sums >= least)
        ]
        spoken = {
            name: float(sure[list(numbers)].sum())
            for name, numbers in self._vocabulary.evidence.items()
        }
        backed = frozenset(name for name, share in spoken.items() if share >= BACKED_AT_LEAST)
        return Look(labels, _embedding(features[0]), self._denied(sums, spoken), backed)

    def _denied(self, sums: NDArray[np.float64], spoken: Mapping[str, float]) -> frozenset[str]:
        """Where one kind of animal is certain enough: animals and food that hardly anything speaks for."""
        if max(sums[self._kinds], default=0.0) < KIND_AT_LEAST:
            return frozenset()
        return frozenset(
            name
            for name, share in spoken.items()
            if share < NO_SIGN_BELOW and not DENIABLE.isdisjoint(self._vocabulary.kin[name].parents)
        )


def _groups(vocabulary: Vocabulary) -> tuple[list[str], NDArray[np.float64]]:
    """Names of classes and of the labels above them, and which classes each has: (names, classes), 0 or 1."""
    names: dict[str, int] = {}
    for one in vocabulary.classes:
        for name in (one.name, *one.groups):
            names.setdefault(name, len(names))
    members = np.zeros((len(names), len(vocabulary.classes)))
    for number, one in enumerate(vocabulary.classes):
        for name in (one.name, *one.groups):
            members[names[name], number] = 1.0
    return list(names), members


def _embedding(features: NDArray[Any]) -> str:
    scaled = np.rint(features * (127 / max(float(np.abs(features).max()), 1e-9)))
    return base64.b64encode(scaled.astype(np.int8).tobytes()).decode()
