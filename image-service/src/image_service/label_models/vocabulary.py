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
    by what else they are called."""

    objects: tuple[str, ...]
    classes: tuple[Class, ...]
    kin: Mapping[str, Kin]
    names: Mapping[str, str]


def load() -> Vocabulary:
    text = resources.files("image_service.label_models").joinpath("vocabulary.json").read_text()
    read = json.loads(text)
    known = {name: kin(value) for name, value in read["labels"].items()}
    return Vocabulary(
        tuple(read["objects"]),
        tuple(Class(one["name"], tuple(one["groups"])) for one in read["classes"]),
        known,
        {alias: name for name, one in known.items() for alias in one.aliases},
    )
