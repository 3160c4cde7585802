"""What labels are called, what they belong to, and how what several models say becomes one list."""

from typing import Any

import pytest

from image_service.label_models import naming, vocabulary
from image_service.label_models.folders import Kin

VOCABULARY = vocabulary.load()


def label(name: str, confidence: float, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "confidence": confidence,
        "source": "model",
        "model": "seer",
        "instances": [],
        **changes,
    }


def test_it_has_what_its_models_tell_apart() -> None:
    assert len(VOCABULARY.objects) == len(set(VOCABULARY.objects)) == 80
    assert (VOCABULARY.objects[0], VOCABULARY.objects[16], VOCABULARY.objects[79]) == (
        "person",
        "dog",
        "toothbrush",
    )
    assert len(VOCABULARY.classes) == 1000
    assert [VOCABULARY.classes[number].name for number in (0, 281, 954, 967)] == [
        "tench",
        "tabby cat",
        "banana",
        "espresso",
    ]
    assert sum(bool(one.groups) for one in VOCABULARY.classes) > 780


def test_every_name_has_categories_and_parents_that_are_names_themselves() -> None:
    said = {*VOCABULARY.objects, *(one.name for one in VOCABULARY.classes), *VOCABULARY.kin}
    for name in said:
        kin = VOCABULARY.kin[name]
        assert kin.categories, name
        assert set(kin.parents) <= VOCABULARY.kin.keys(), name
        assert name not in kin.parents
        for parent in kin.parents:  # all that is above a parent is above its child
            assert set(VOCABULARY.kin[parent].parents) <= set(kin.parents) | {parent}, (
                name,
                parent,
            )
    for alias, name in VOCABULARY.names.items():
        assert alias not in VOCABULARY.kin or alias == name, alias


@pytest.mark.parametrize(
    ("name", "parents", "category"),
    [
        ("tabby cat", ("cat", "mammal", "animal"), "Animals and Pets"),
        ("sports car", ("car", "motor vehicle", "vehicle"), "Transport"),
        ("espresso", ("drink", "food"), "Food and Beverage"),
        ("person", (), "People"),
        ("greyscale", (), "Image Quality"),
    ],
)
def test_labels_belong_to_what_a_person_would_say(
    name: str, parents: tuple[str, ...], category: str
) -> None:
    assert VOCABULARY.kin[name].parents == parents
    assert VOCABULARY.kin[name].categories == (category,)


def test_parents_are_labels_as_certain_as_their_surest_child() -> None:
    said = naming.together([label("dog", 0.6), label("cat", 0.9)], VOCABULARY)
    assert [(one["name"], one["confidence"]) for one in said] == [
        ("animal", 0.9),
        ("cat", 0.9),
        ("mammal", 0.9),
        ("dog", 0.6),
    ]
    assert said[1]["parents"] == ["mammal", "animal"]


def test_what_two_say_is_said_once_with_the_places_of_whoever_knows_some() -> None:
    place = {"box": {"left": 0, "top": 0, "width": 1, "height": 1}, "confidence": 0.7}
    said = naming.together(
        [
            label("person", 0.95, source="derived", model="derived-labels-v1"),
            label("person", 0.7, instances=[place]),
            label("cellular telephone", 0.8),
            label("cell phone", 0.6, model="other"),
        ],
        VOCABULARY,
    )
    found = {one["name"]: one for one in said}
    assert set(found) == {"person", "cell phone", "telephone", "electronics"}
    person = found["person"]
    assert (person["confidence"], person["source"], person["model"]) == (0.95, "model", "seer")
    assert person["instances"] == [place]
    assert (found["cell phone"]["confidence"], found["cell phone"]["model"]) == (0.8, "seer")


def test_a_name_that_nobody_knows_has_no_kin_but_what_was_brought() -> None:
    kin = Kin(("colour",), ("Paint",), ("rouge",))
    red, blue = (
        naming.together([label(name, 0.9)], VOCABULARY, {"red": kin})[-1]
        for name in ("red", "blue")
    )
    assert (red["parents"], red["categories"], red["aliases"]) == (["colour"], ["Paint"], ["rouge"])
    assert (blue["parents"], blue["categories"], blue["aliases"]) == ([], [], [])


def test_a_hundred_labels_are_said_at_the_most_the_most_certain_ones() -> None:
    many = [label(f"thing {number}", number / 1000) for number in range(300)]
    said = naming.together(many, VOCABULARY)
    assert [len(said), said[0]["confidence"], said[-1]["confidence"]] == [100, 0.299, 0.2]
