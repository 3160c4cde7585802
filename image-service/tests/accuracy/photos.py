"""Photos, labelled by looking at them: what is on each, and what may be said of it besides.

`../photos/photos.json` says who took each and under which licence; the others are scikit-image's. Some show what the
detector has no name for (tools, fish, mills, solar cells), and count by themselves. What is made lays one photo on
another, as on a page of an album.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from conftest import encoded
from PIL import Image

PHOTOS, MADE, UNKNOWN = "objects", "objects, made", "unknown things"
FOLDER = Path(__file__).parents[1] / "photos"
SKIMAGE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "astronaut.png": ({"person"}, {"tie"}, set()),
    "camera.png": ({"person"}, set(), {"tripod"}),
    "chelsea.png": ({"cat"}, set(), {"cat"}),
    "coffee.png": ({"cup"}, {"spoon", "dining table"}, {"espresso"}),
    "motorcycle_left.png": ({"motorcycle"}, {"bicycle", "person"}, set()),
    "motorcycle_right.png": ({"motorcycle"}, {"bicycle", "person"}, set()),
    "rocket.jpg": (set(), set(), set()),
    "hubble_deep_field.jpg": (set(), set(), set()),
    "brick.png": (set(), set(), set()),
    "grass.png": (set(), set(), set()),
    "gravel.png": (set(), set(), set()),
}
"""Objects, what may be said besides, and classes."""
LAID = ("chelsea.png", "coffee.png", "motorcycle_left.png", "astronaut.png", "polar_bear.jpg")
LAID_ON = ("aitzgorri.jpg", "picosdeeuropa.jpg", "life.jpg", "geothermal.jpg", "brick.png")
SHARE = 0.6
"""Of the album page's height that the photo on it has."""


@dataclass(frozen=True)
class Photo:
    """`row`: what it counts for. `objects`: kinds of COCO's that a person sees on it; `may`: those that nobody would call wrong; `classes`:
    what the whole picture shows."""

    row: str
    name: str
    data: bytes
    objects: frozenset[str]
    may: frozenset[str]
    classes: frozenset[str]

    def counted(self, labels: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
        """Hits, misses and false finds of labels that are at least half certain: `objects` have places."""
        certain = [one for one in labels if one["confidence"] >= 0.5]
        placed = {one["name"] for one in certain if one["instances"]}
        named = {one["name"] for one in certain}
        return {
            self.row: (
                len(self.objects & placed),
                len(self.objects - placed),
                len(placed - self.objects - self.may),
            ),
            "classes": (len(self.classes & named), len(self.classes - named), 0),
        }


def photos(pictures: Path) -> list[Photo]:
    described = json.loads((FOLDER / "photos.json").read_text())
    own = [
        Photo(
            UNKNOWN if one.get("unknown") else PHOTOS,
            one["file"],
            (FOLDER / one["file"]).read_bytes(),
            *(frozenset(one[key]) for key in ("objects", "may", "classes")),
        )
        for one in described
    ]
    free = [
        Photo(PHOTOS, name, (pictures / name).read_bytes(), *map(frozenset, told))
        for name, told in SKIMAGE.items()
    ]
    return [*own, *free, *_made({one.name: one for one in (*own, *free)})]


def _made(known: dict[str, Photo]) -> Iterator[Photo]:
    for number, (name, below) in enumerate((one, other) for one in LAID for other in LAID_ON):
        photo, page = _opened(known[name]), _opened(known[below]).resize((640, 480))
        photo.thumbnail((page.width, int(page.height * SHARE)))
        free = page.width - photo.width, page.height - photo.height
        page.paste(photo, (free[0] * (number % 3) // 2, free[1] * (number % 2)))
        told = known[name]
        may = told.may | known[below].may
        data = encoded(page, "JPEG", quality=85)
        yield Photo(MADE, f"{name} on {below}", data, told.objects, may, frozenset())


def _opened(photo: Photo) -> Image.Image:
    with Image.open(BytesIO(photo.data)) as picture:
        return picture.convert("RGB")
