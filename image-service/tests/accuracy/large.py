"""What is small in a large picture, long pages, and scripts: rows of their own, beside the labelled set."""

from collections.abc import Iterator
from pathlib import Path

from accuracy.cases import Case
from conftest import encoded
from PIL import Image, ImageDraw, ImageFont

Row = tuple[str, str, Case]
"""The row's name, the operation that is measured, and the picture."""
BACKGROUNDS = ("coffee.png", "chelsea.png", "rocket.jpg")
SHARES = (0.02, 0.025, 0.03)
"""Of the longer side, a face's width."""
HEAD, FACE_OF_HEAD = (120, 0, 330, 260), 0.53
NOSE = (0.5, 0.43)
WORDS = [
    "harbour",
    "market",
    "opens",
    "nine",
    "bread",
    "cheese",
    "total",
    "river",
    "garden",
    "window",
    "paper",
    "winter",
    "stone",
    "early",
    "light",
]
SCRIPTS = Path(__file__).parents[1] / "scripts"


def rows(pictures: Path) -> Iterator[Row]:
    yield from (("small faces", "faces", case) for case in _small_faces(pictures))
    yield from (("long text", "text", case) for case in _pages())
    yield from (("other scripts", "text", case) for case in _scripts())


def _small_faces(pictures: Path) -> Iterator[Case]:
    """In photos of 12 megapixels, and in a panorama."""
    with Image.open(pictures / "astronaut.png") as astronaut:
        head = astronaut.convert("RGB").crop(HEAD)
    for number, share in enumerate(SHARES):
        for name in BACKGROUNDS:
            width, height = (8000, 1000) if name == BACKGROUNDS[number] else (4000, 3000)
            with Image.open(pictures / name) as photo:
                scene = photo.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
            scale = share * width / FACE_OF_HEAD / head.width
            face = head.resize((round(scale * head.width), round(scale * head.height)))
            left, top = round(0.1 * width * (number + 3)), (height - face.height) // 2
            scene.paste(face, (left, top))
            nose = ((left + NOSE[0] * face.width) / width, (top + NOSE[1] * face.height) / height)
            yield Case(
                f"{name} with a face of {share:.1%}", encoded(scene, "JPEG", quality=85), [nose]
            )


def _pages() -> Iterator[Case]:
    """Screenshots of pages, dark and bright, and a banner. Each line occurs once."""
    for width, height, size, ink, ground in (
        (1080, 4000, 32, "black", "white"),
        (720, 2400, 22, "#dddddd", "#202124"),
        (6000, 500, 48, "navy", "#ffeecc"),
    ):
        page = Image.new("RGB", (width, height), ground)
        lines = []
        for number, top in enumerate(range(30, height - 2 * size, 2 * size)):
            lines.append(
                f"{number} " + " ".join(WORDS[(number * 7 + k * 4) % 15] for k in range(4))
            )
            place = (30 + (number * 1400 % 4000 if width > height else 0), top)
            ImageDraw.Draw(page).text(place, lines[-1], ink, ImageFont.load_default(size))
        yield Case(f"a page of {width} x {height}", encoded(page, "PNG"), text=frozenset(lines))


def _scripts() -> Iterator[Case]:
    """Scripts that the model does not know: whatever is read is false."""
    for path in sorted(SCRIPTS.glob("*.png")):
        yield Case(path.stem, path.read_bytes())
