"""Makes the folder that the edge serves: the web app under hashed names, and the sample pictures.

    python build.py app TARGET              public/ → TARGET, assets as name.hash.suffix
    python build.py samples WHEEL TARGET    the pictures that samples/index.json names, and it

Plain Python without packages, for the image and for `make demo` alike.
"""

import hashlib
import re
import shutil
import sys
from json import loads
from pathlib import Path

HOME = Path(__file__).resolve().parent
HASH_DIGITS = 12


def app(target: Path) -> None:
    """A name changes with its content, and with the names of what it refers to: that is what
    lets a browser keep an asset for ever."""
    shutil.rmtree(target, ignore_errors=True)
    source = HOME / "public"
    assets = {file.name: file.read_text() for file in sorted((source / "assets").iterdir())}
    names = _hashed(assets)
    (target / "assets").mkdir(parents=True)
    for name, text in assets.items():
        (target / "assets" / names[name]).write_text(_renamed(text, names))
    for page in source.glob("*.html"):
        (target / page.name).write_text(_renamed(page.read_text(), names))


def samples(wheel: Path, target: Path) -> None:
    """`wheel` holds the unpacked package of samples/requirements.lock."""
    target.mkdir(parents=True, exist_ok=True)
    index = HOME / "samples" / "index.json"
    for sample in loads(index.read_text()):
        name = Path(sample["url"]).name
        shutil.copyfile(wheel / "skimage" / "data" / name, target / name)
    shutil.copyfile(index, target / index.name)


def _hashed(assets: dict[str, str]) -> dict[str, str]:
    """The new name of each, those that others refer to first."""
    names: dict[str, str] = {}
    while len(names) < len(assets):
        ready = [
            name
            for name, text in assets.items()
            if name not in names and _references(text, assets) <= names.keys()
        ]
        if not ready:
            raise SystemExit(f"assets refer to each other in a circle: {assets.keys() - names}")
        for name in ready:
            content = _renamed(assets[name], names).encode()
            stem, _, suffix = name.rpartition(".")
            names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}.{suffix}"
    return names


def _references(text: str, assets: dict[str, str]) -> set[str]:
    return {name for _, name in _REFERENCE.findall(text) if name in assets}


def _renamed(text: str, names: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda found: found[1] + names.get(found[2], found[2]), text)


_REFERENCE = re.compile(r'((?<=")(?:\./|/assets/))([\w.-]+)(?=")')
"""A quoted `./name` or `/assets/name`: the first group is what stays."""


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["app", target]:
            app(Path(target))
        case ["samples", wheel, target]:
            samples(Path(wheel), Path(target))
        case _:
            raise SystemExit(__doc__)
