"""What the models that are delivered say of pictures whose content is known."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image

from image_service.instances.answers import Analysed
from image_service.label_models import delivered, vocabulary
from image_service.label_models.classes import Classes
from image_service.label_models.delivered import CLASSIFIER
from image_service.label_models.folders import UnusableModel
from image_service.local_engine.analysis import analyse, initialize


def said(models_dir: Path, data: bytes, at_least: float = 0.5) -> dict[str, dict[str, Any]]:
    initialize(models_dir)
    found = analyse(data, ["labels"])
    assert isinstance(found, Analysed)
    return {one["name"]: one for one in found.parts["labels"] if one["confidence"] >= at_least}


@pytest.mark.parametrize(
    ("name", "labels", "never"),
    [
        ("chelsea.png", {"cat", "mammal", "animal"}, {"dog", "person", "tabby cat"}),
        ("coffee.png", {"cup", "espresso", "drink", "food"}, {"cat", "person"}),
        ("astronaut.png", {"person", "portrait"}, {"cat", "food"}),
        ("motorcycle_left.png", {"motorcycle", "vehicle"}, {"cat", "person"}),
        ("page.png", {"document", "greyscale"}, {"animal", "person", "maze"}),
    ],
)
def test_pictures_are_named_for_what_they_show(
    pictures: Path, models_dir: Path, name: str, labels: set[str], never: set[str]
) -> None:
    found = said(models_dir, (pictures / name).read_bytes())
    assert labels <= found.keys()
    assert never.isdisjoint(found)


def test_a_thing_has_its_place_and_says_which_model_found_it(
    pictures: Path, models_dir: Path
) -> None:
    cup = said(models_dir, (pictures / "coffee.png").read_bytes())["cup"]
    assert (cup["source"], cup["model"]) == ("model", "yolox-nano-0.1.1")
    assert (cup["parents"], cup["categories"]) == (["tableware"], ["Kitchen and Dining"])
    assert cup["aliases"] == ["mug"]
    (instance,) = cup["instances"]
    box = instance["box"]
    assert (box["left"], box["top"]) == (
        pytest.approx(0.3, abs=0.08),
        pytest.approx(0.04, abs=0.06),
    )
    assert box["width"] == pytest.approx(0.4, abs=0.1)


def test_nothing_is_said_of_a_picture_with_nothing_on_it(models_dir: Path) -> None:
    plain = encoded(Image.new("RGB", (320, 240), (90, 140, 90)), "PNG")
    assert said(models_dir, plain).keys() <= {"blurred", "greyscale"}


def test_pictures_that_look_alike_have_embeddings_that_do(pictures: Path, models_dir: Path) -> None:
    known = vocabulary.load()
    classes = Classes(delivered.describe(CLASSIFIER, models_dir, known), known)

    def embedding(name: str, turn: bool = False) -> np.ndarray:
        work = decode((pictures / name).read_bytes()).work
        found = classes.look(work[:, ::-1] if turn else work).embedding
        vector = np.frombuffer(base64.b64decode(found), np.int8).astype(np.float64)
        assert (vector.shape, np.abs(vector).max()) == ((1280,), 127)
        return vector / np.linalg.norm(vector)

    cat, mirrored = embedding("chelsea.png"), embedding("chelsea.png", turn=True)
    coffee, left, right = map(
        embedding, ("coffee.png", "motorcycle_left.png", "motorcycle_right.png")
    )
    assert cat @ mirrored > 0.9
    assert left @ right > 0.8
    assert max(cat @ coffee, coffee @ left) < 0.5


def test_a_file_that_is_another_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / CLASSIFIER.file).write_bytes(b"something else")
    with pytest.raises(UnusableModel, match="not the file"):
        delivered.describe(CLASSIFIER, tmp_path, vocabulary.load())


def test_a_picture_with_labels_comes_with_its_embedding_outside_the_result(
    pictures: Path, models_dir: Path
) -> None:
    initialize(models_dir)
    data = (pictures / "coffee.png").read_bytes()
    found = analyse(data, ["labels"])
    assert isinstance(found, Analysed)
    assert found.embedding is not None
    assert found.embedding["model"] == CLASSIFIER.name
    assert len(base64.b64decode(found.embedding["vector"])) == 1280
    assert "embedding" not in found.parts
    plain = analyse(data, ["hash"])
    assert isinstance(plain, Analysed)
    assert plain.embedding is None
