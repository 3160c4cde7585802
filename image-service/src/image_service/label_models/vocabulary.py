"""What the delivered models know, and what labels belong to. Sources and licences of the file:
`VOCABULARY.md`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from image_service.label_models.folders import Kin, kin


@dataclass(frozen=True)
class Class:
    """One of a classifier's, with the labels above it, the narrowest first."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """`objects` and `classes` in the order of the models' outputs; `kin` by a label's name; `names` of the labels
    by what else they are called; `evidence`: the numbers of the classes that speak for an object, by its name."""

    objects: tuple[str, ...]
    classes: tuple[Class, ...]
    evidence: Mapping[str, tuple[int, ...]]
    kin: Mapping[str, Kin]
    names: Mapping[str, str]


def load() -> Vocabulary:
    text = resources.files("image_service.label_models").joinpath("vocabulary.json").read_text()
    read = json.loads(text)
    known = {name: kin(value) for name, value in read["labels"].items()}
    return Vocabulary(
        tuple(read["objects"]),
        tuple(Class(one["name"], tuple(one["groups"])) for one in read["classes"]),
        {name: tuple(numbers) for name, numbers in read["evidence"].items()},
        known,
        {alias: name for name, one in known.items() for alias in one.aliases},
    )
