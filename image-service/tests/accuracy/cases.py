"""The labelled set: scikit-image's free photos as they are, turned, darkened and blurred, and with
text on them; and codes of every kind, spoilt and on photos. What is in a picture is known, because it was
put there or looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import coded
import numpy as np
from conftest import encoded
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
PHOTOS = ("astronaut.png", "camera.png", "coffee.png", "chelsea.png", "rocket.jpg", "coins.png")
FACES: dict[str, list[Point]] = {"astronaut.png": [(0.44, 0.22)], "camera.png": [(0.44, 0.3)]}
"""The nose's place, as fractions of the picture."""
LABELS = {"camera.png": {"greyscale"}, "coins.png": {"greyscale"}, "rocket.jpg": {"dark"}}
TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
LINES = ("Invoice 4711", "Platform 9", "Open from 8 to 18", "Sightline", "Total 128.50", "No entry")


@dataclass(frozen=True)
class Case:
    """`labels`: those derived without a face; None where a copy is not what its original was."""

    name: str
    data: bytes
    faces: list[Point] = field(default_factory=list)
    text: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    labels: frozenset[str] | None = None


def cases(pictures: Path) -> list[Case]:
    found = [
        case
        for name in PHOTOS
        for case in (
            *_copies(pictures / name),
            *_written(pictures / name),
        )
    ]
    return [*found, _letter(), _crowd(pictures / "astronaut.png")]


def coded_cases(pictures: Path) -> Iterator[tuple[str, str, Case]]:
    """With the kind of the code that each has, and the operation."""
    photo = np.asarray(_photo(pictures / "coffee.png").convert("L"))
    for way, made in coded.ways(photo).items():
        for kind, text in coded.TEXTS.items():
            data = encoded(Image.fromarray(made(kind)), "PNG", compress_level=1)
            yield kind, "codes", Case(f"{kind} {way}", data, codes=frozenset({f"{kind} {text}"}))


def _photo(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _copies(path: Path) -> Iterator[Case]:
    photo, known = _photo(path), FACES.get(path.name, [])
    own = frozenset(LABELS.get(path.name, set()))
    yield Case(path.name, path.read_bytes(), faces=known, labels=own)
    for number, turn in TURNS.items():
        exif = Image.Exif()
        exif[0x0112] = number
        turned = encoded(photo.transpose(turn), "JPEG", quality=90, exif=exif)
        yield Case(f"{path.name} turned {number}", turned, faces=known)
    dark = photo.point(lambda value: value // 6)
    yield Case(f"{path.name} dark", encoded(dark, "PNG"), known, labels=own | {"dark"})
    soft = photo.filter(ImageFilter.GaussianBlur(6))
    yield Case(f"{path.name} blurred", encoded(soft, "PNG"), known, labels=own | {"blurred"})
    small = encoded(photo.resize((photo.width // 2, photo.height // 2)), "JPEG", quality=50)
    yield Case(f"{path.name} small", small, faces=known)


def _written(path: Path) -> Iterator[Case]:
    """A line of white letters with a black edge at the foot of the photo."""
    line = LINES[PHOTOS.index(path.name)]
    for size in (24, 40):
        photo = _photo(path)
        place = (20, photo.height - size - 24)
        ImageDraw.Draw(photo).text(
            place, line, "white", ImageFont.load_default(size), stroke_width=2, stroke_fill="black"
        )
        data = encoded(photo, "JPEG", quality=85)
        yield Case(
            f"{path.name} with text {size}", data, FACES.get(path.name, []), frozenset({line})
        )


def _letter() -> Case:
    page = Image.new("RGB", (900, 1200), "white")
    for number, line in enumerate(LINES):
        ImageDraw.Draw(page).text(
            (80, 100 + 90 * number), line, "black", ImageFont.load_default(40)
        )
    labels = frozenset({"document", "bright", "greyscale"})
    return Case("a letter", encoded(page, "PNG"), text=frozenset(LINES), labels=labels)


def _crowd(path: Path) -> Case:
    """66 heads, 24 pixels wide."""
    head = _photo(path).crop((120, 0, 330, 260)).resize((48, 59))
    crowd, noses = Image.new("RGB", (1280, 960), "dimgrey"), []
    for number in range(66):
        x, y = 40 + 115 * (number % 11), 40 + 150 * (number // 11)
        crowd.paste(head, (x, y))
        noses.append(((x + 0.5 * 48) / 1280, (y + 0.43 * 59) / 960))
    return Case("a crowd", encoded(crowd, "PNG"), faces=noses)
