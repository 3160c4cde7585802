"""Makes the vocabulary of labels: names, parents, categories and other names, of what the delivered models know.

    python vocabulary.py WORDNET IMAGENET_CLASSES > ../src/image_service/label_models/vocabulary.json

WORDNET is the file data.noun of WordNet 3.0 (Debian's package wordnet-base), IMAGENET_CLASSES the folder of the
package imagenet-classes 0.2.1 (MIT), unpacked. What is written by hand stands in vocabulary.toml. Sources and
licences: `src/image_service/label_models/VOCABULARY.md`.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent
THINGS = "Everyday Things"
Labels = dict[str, dict[str, Any]]


class WordNet:
    """Nouns by their number, which ImageNet's ids (wnid) hold as well."""

    def __init__(self, file: Path) -> None:
        self._above: dict[int, list[int]] = {}
        for line in file.read_text("ascii").splitlines():
            if not line.startswith(" "):
                fields = line.partition(" | ")[0].split()
                pointers = 4 + 2 * int(fields[3], 16)
                found = range(pointers + 1, pointers + 1 + 4 * int(fields[pointers]), 4)
                kinds = ((fields[at], int(fields[at + 1])) for at in found)
                self._above[int(fields[0])] = [one for kind, one in kinds if kind in ("@", "@i")]

    def above(self, noun: int) -> Iterator[int]:
        """The noun itself, and all above it, the nearest first."""
        seen, left = {noun}, [noun]
        while left:
            yield (one := left.pop(0))
            new = [each for each in self._above[one] if each not in seen]
            seen.update(new)
            left += new


class Maker:
    """`written`: vocabulary.toml. The objects come first: where a class is the same thing, it has their name."""

    def __init__(self, wordnet: WordNet, written: dict[str, Any]) -> None:
        self._wordnet = wordnet
        self._groups = {int(noun): tuple(told) for noun, told in written["groups"].items()}
        self._broader = {int(noun): category for noun, category in written["broader"].items()}
        self._renamed = {int(number): name for number, name in written["renamed"].items()}
        self._labels: Labels = {}
        for noun, (name, category) in self._groups.items():
            above = [one for one in self._groups_of(noun) if one != name]
            self._labels.setdefault(name, _entry(above, category))
        for name, category in written["others"].items():
            self._labels[name] = _entry([], category)
        self._objects = [self._object(one) for one in written["objects"]]
        self._shown_by = {one["name"]: one.get("classes", []) for one in written["objects"]}

    def made(self, names: list[str], ids: dict[str, str]) -> dict[str, Any]:
        """`labels` by name; `objects` and `classes` in the order of the models' outputs; `evidence`: the numbers of
        the classes that speak for an object."""
        classes = [
            self._class(int(ids[str(number)][1:]), self._readable(number, name))
            for number, name in enumerate(names)
        ]
        for one in classes:
            one["groups"] = self._with_theirs(one["groups"])
        for label in self._labels.values():
            label["parents"] = self._with_theirs(label["parents"])
        labels = dict(sorted(self._labels.items()))
        evidence = {name: self._evidence(name, classes) for name in self._objects}
        return {
            "objects": self._objects,
            "classes": classes,
            "evidence": {name: numbers for name, numbers in evidence.items() if numbers},
            "labels": labels,
        }

    def _evidence(self, name: str, classes: list[dict[str, Any]]) -> list[int]:
        speaking = {name, *self._shown_by[name]}
        return [
            number
            for number, one in enumerate(classes)
            if not speaking.isdisjoint({one["name"], *one["groups"]})
        ]

    def _with_theirs(self, parents: list[str]) -> list[str]:
        """What is above a parent is above its child, also where WordNet and COCO each say a part of it."""
        found = list(parents)
        for name in found:  # which grows
            found += [one for one in self._labels[name]["parents"] if one not in found]
        return found

    def _object(self, told: dict[str, Any]) -> str:
        name, parents = told["name"], told.get("parents", [])
        nearest = self._labels.get(name) or self._labels.get(parents[0] if parents else "")
        category = told.get("category") or (nearest["categories"][0] if nearest else THINGS)
        self._labels[name] = _entry(parents, category, told.get("aliases"))
        return str(name)

    def _class(self, noun: int, name: str) -> dict[str, Any]:
        groups = self._groups_of(noun)
        if name not in self._labels:
            parents = [one for one in groups if one != name]
            self._labels[name] = _entry(parents, self._category(noun))
        return {"name": name, "groups": groups}

    def _groups_of(self, noun: int) -> list[str]:
        """Names of the groups above a noun, the narrowest first, each once."""
        found = [one for one in self._wordnet.above(noun) if one in self._groups]
        found.sort(key=lambda one: -sum(each in self._groups for each in self._wordnet.above(one)))
        return list(dict.fromkeys(self._groups[one][0] for one in found))

    def _category(self, noun: int) -> str:
        for one in self._wordnet.above(noun):
            if one in self._groups:
                return self._groups[one][1]
            if one in self._broader:
                return self._broader[one]
        return THINGS

    def _readable(self, number: int, name: str) -> str:
        found = self._renamed.get(number, re.split(r" / | \(|,", name)[0].strip())
        return found if found[:2].isupper() or " " in found else found[:1].lower() + found[1:]


def _entry(parents: list[str], category: str, aliases: list[str] | None = None) -> dict[str, Any]:
    return {"parents": parents, "categories": [category], "aliases": aliases or []}


def main(wordnet: Path, classes: Path) -> None:
    written = tomllib.loads((HOME / "vocabulary.toml").read_text())
    names = json.loads((classes / "imagenet1k_clean_names.json").read_text())
    ids = json.loads((classes / "imagenet1k_to_21k.json").read_text())
    made = Maker(WordNet(wordnet), written).made(names, ids)
    print(json.dumps(made, indent=0))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
