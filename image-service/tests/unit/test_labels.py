"""Which labels are derived of pictures whose content is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from image_service.instances.answers import Analysed
from image_service.local_engine.analysis import analyse, initialize
from image_service.operations import labels, quality


def derived(work: np.ndarray, faces: list[dict[str, Any]] | None = None) -> dict[str, float]:
    """Label to confidence."""
    found = labels.derived(work, faces or [], quality.quality(work))
    assert {one["source"] for one in found} <= {"derived"}
    return {one["name"]: one["confidence"] for one in found}


def face(confidence: float, width: float = 0.3) -> dict[str, Any]:
    box = {"left": 0.1, "top": 0.1, "width": width, "height": width}
    return {"box": box, "confidence": confidence, "landmarks": []}


def letter(paper: str = "white", ink: str = "black") -> Image.Image:
    page = Image.new("RGB", (900, 1200), paper)
    for number in range(20):
        place = (60, 60 + 48 * number)
        line = "The quick brown fox jumps over the lazy dog"
        ImageDraw.Draw(page).text(place, line, ink, ImageFont.load_default(28))
    return page


def photographed(page: Image.Image) -> bytes:
    """Turned a little, lit from one side, on a grey table, as a JPEG."""
    lit = np.asarray(page) * np.linspace(0.5, 1, page.width)[None, :, None]
    turned = Image.fromarray(lit.astype(np.uint8)).rotate(4, fillcolor=(90, 90, 90))
    return encoded(turned, "JPEG", quality=60)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("astronaut.png", set()),
        ("coffee.png", set()),
        ("chelsea.png", set()),
        ("camera.png", {"greyscale"}),
        ("page.png", {"greyscale", "document"}),
        ("rocket.jpg", {"dark"}),
        ("hubble_deep_field.jpg", {"dark"}),
        ("moon.png", {"greyscale"}),
        ("clock_motion.png", {"greyscale", "blurred"}),
        ("coins.png", {"greyscale"}),
    ],
)
def test_pictures_are_what_they_look_like(pictures: Path, name: str, said: set[str]) -> None:
    assert set(derived(decode((pictures / name).read_bytes()).work)) == said


def test_a_photographed_letter_is_a_document() -> None:
    assert "document" in derived(decode(photographed(letter())).work)
    assert derived(np.asarray(letter().resize((480, 640))))["document"] > 0.9


def test_a_coloured_poster_and_an_empty_page_are_none() -> None:
    assert "document" not in derived(np.asarray(letter("orange", "darkblue").resize((480, 640))))
    assert set(derived(np.full((300, 200, 3), 255, np.uint8))) == {"bright", "greyscale", "blurred"}


def test_a_dark_copy_of_a_sharp_and_coloured_picture_is_neither_blurred_nor_grey(
    pictures: Path,
) -> None:
    dark = decode((pictures / "chelsea.png").read_bytes()).work // 6
    assert set(derived(dark)) == {"dark"}


def test_darker_and_blurrier_copies_are_said_with_more_certainty(pictures: Path) -> None:
    with Image.open(pictures / "coffee.png") as coffee:
        plain = coffee.convert("RGB")
    dim, dark = (np.asarray(plain.point(lambda v, part=part: v * part // 100)) for part in (50, 20))
    assert 0.5 <= derived(dim)["dark"] < derived(dark)["dark"] == 1
    soft, softer = (np.asarray(plain.filter(ImageFilter.GaussianBlur(by))) for by in (1.4, 8))
    assert 0.5 <= derived(soft)["blurred"] < derived(softer)["blurred"]


@pytest.mark.parametrize(
    ("faces", "said"),
    [
        ([], {}),
        ([face(0.9)], {"person": 0.9, "portrait": 0.9}),
        ([face(0.9, 0.1)], {"person": 0.9}),
        ([face(0.8), face(0.9, 0.1)], {"person": 0.9, "group": 0.8}),
        ([face(0.7), face(0.8), face(0.9)], {"person": 0.9, "group": 0.8}),
    ],
)
def test_faces_make_a_portrait_or_a_group(
    pictures: Path, faces: list[dict[str, Any]], said: dict[str, float]
) -> None:
    assert derived(decode((pictures / "chelsea.png").read_bytes()).work, faces) == said


def test_labels_alone_find_the_astronaut_and_tell_of_no_face(
    pictures: Path, models_dir: Path
) -> None:
    initialize(models_dir)
    found = analyse((pictures / "astronaut.png").read_bytes(), ["labels"])
    assert isinstance(found, Analysed)
    assert {"person", "portrait"} <= {one["name"] for one in found.parts["labels"]}
    assert (found.parts["faces"], found.parts["quality"]) == ([], None)
    assert [(one["operation"], one["model"]) for one in found.parts["engines"]] == [
        ("labels", "derived-labels-v1"),
        ("labels", "yolox-nano-0.1.1"),
        ("labels", "efficientnet-lite0-0.1.0"),
    ]


def test_labels_from_a_weaker_face_model_say_so(pictures: Path, tmp_path: Path) -> None:
    initialize(tmp_path)
    found = analyse((pictures / "coffee.png").read_bytes(), ["labels"])
    assert isinstance(found, Analysed)
    assert found.parts["engines"][0]["degraded"]
