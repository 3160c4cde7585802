"""Puts the face model into an image: taken from a folder, or fetched, and checked by its sum.

`python model.py GIVEN_FOLDER TARGET_FOLDER [URL]`. Without either source the target stays empty.
Also what `make models` runs.
"""

import hashlib
import sys
import urllib.request
from pathlib import Path

NAME = "face_detection_yunet_2023mar.onnx"
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SIZE_AT_MOST = 1_000_000
TIMEOUT_S = 60


def source(given: Path, url: str) -> bytes | None:
    """The model's bytes; None where there is no source."""
    if (given / NAME).is_file():
        return (given / NAME).read_bytes()
    if url:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310  # the builder's own address
            return bytes(answer.read(SIZE_AT_MOST))
    return None


def main(given: Path, target: Path, url: str) -> int:
    target.mkdir(parents=True, exist_ok=True)
    try:
        model = source(given, url)
    except OSError as error:
        print(f"the face model cannot be had: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if model is None:
        print("no face model: faces will be found by a weaker one")  # noqa: T201
        return 0
    if hashlib.sha256(model).hexdigest() != SHA256:
        print(f"{NAME} is not the file that it should be", file=sys.stderr)  # noqa: T201
        return 1
    (target / NAME).write_bytes(model)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))  # noqa: PLR2004
