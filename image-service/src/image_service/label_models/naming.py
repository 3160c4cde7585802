"""Makes one list of what several models say: each thing once, with what it belongs to."""

from collections.abc import Mapping
from typing import Any

from image_service.label_models.folders import Kin
from image_service.label_models.vocabulary import Vocabulary

LABELS_AT_MOST = 100
"""Of one picture; the least certain ones are left out."""
Label = dict[str, Any]


def together(
    found: list[Label], vocabulary: Vocabulary, taxonomy: Mapping[str, Kin] | None = None
) -> list[Label]:
    """Most certain first. What several say is said once, as certain as the surest says, with the places of
    whoever knows some. A label's parents are labels as well, as certain as their surest child. `taxonomy`: of
    models that were brought; it goes before the vocabulary."""
    known = {**vocabulary.kin, **(taxonomy or {})}
    labels: dict[str, Label] = {}
    for one in found:
        name = (
            one["name"] if one["name"] in known else vocabulary.names.get(one["name"], one["name"])
        )
        _add(labels, {**one, "name": name})
    for child in list(labels.values()):
        for parent in known.get(child["name"], Kin()).parents:
            _add(labels, {**child, "name": parent, "instances": []})
    complete = [_with_kin(one, known.get(name, Kin())) for name, one in labels.items()]
    return ordered(complete)[:LABELS_AT_MOST]


def ordered(labels: list[Label]) -> list[Label]:
    """Most certain first, then by name."""
    return sorted(labels, key=lambda label: (-label["confidence"], label["name"]))


def _add(labels: dict[str, Label], new: Label) -> None:
    """Of two that say the same: the surest one's confidence, a model's rather than what was derived, and the
    places of the one that has more of them."""
    old = labels.setdefault(new["name"], new)
    if old is new:
        return
    pair = (old, new)
    surest = max(pair, key=lambda one: (one["source"] == "model", one["confidence"]))
    labels[new["name"]] = {
        **surest,
        "confidence": max(one["confidence"] for one in pair),
        "instances": max((one["instances"] for one in pair), key=len),
    }


def _with_kin(label: Label, kin: Kin) -> Label:
    return {
        "name": label["name"],
        "confidence": label["confidence"],
        "source": label["source"],
        "model": label["model"],
        "parents": list(kin.parents),
        "categories": list(kin.categories),
        "aliases": list(kin.aliases),
        "instances": label["instances"],
    }
