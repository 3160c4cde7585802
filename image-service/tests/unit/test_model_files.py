"""The models get into an image and into the demo by their sums alone, fetched, taken or converted."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from conftest import MAKE_MODELS

from image_service.label_models.delivered import CLASSIFIER, DETECTOR
from image_service.operations.face_model import MODEL_FILE, MODEL_SHA256

FILES = {MODEL_FILE, DETECTOR.file, CLASSIFIER.file}
CATALOGUE = json.loads((MAKE_MODELS.parent / "catalogue.json").read_text())
NOWHERE = "http://127.0.0.1:1"


def make(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MAKE_MODELS), *map(str, arguments)]
    given = {**os.environ, "MODELS_URL": NOWHERE, **environment}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=given
    )


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_what_is_given_is_taken(models_dir: Path, tmp_path: Path) -> None:
    done = make(models_dir, tmp_path, STRICT="1")
    assert (done.returncode, done.stderr, names(tmp_path)) == (0, "", FILES)
    assert (tmp_path / MODEL_FILE).read_bytes() == (models_dir / MODEL_FILE).read_bytes()


def test_what_is_there_and_right_stays(models_dir: Path, tmp_path: Path) -> None:
    make(models_dir, tmp_path)
    before = {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    assert make(tmp_path / "nowhere", tmp_path, STRICT="1").returncode == 0
    assert {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()} == before


def test_a_mirror_has_them_by_their_names(models_dir: Path, tmp_path: Path) -> None:
    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(models_dir))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        mirror = f"http://127.0.0.1:{server.server_port}/"
        done = make(tmp_path / "nowhere", tmp_path / "target", MODELS_URL=mirror, STRICT="1")
        server.shutdown()
    assert (done.returncode, names(tmp_path / "target")) == (0, FILES)


@pytest.mark.parametrize("spoilt", sorted(FILES))
def test_another_file_of_that_name_is_told_of_and_left_out(
    models_dir: Path, tmp_path: Path, spoilt: str
) -> None:
    make(models_dir, tmp_path / "given")
    content = bytearray((tmp_path / "given" / spoilt).read_bytes())
    content[-1] ^= 1
    (tmp_path / "given" / spoilt).write_bytes(content)
    done = make(tmp_path / "given", tmp_path / "target")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "another file than the one that is pinned" in done.stderr
    assert names(tmp_path / "target") == FILES - {spoilt}
    assert make(tmp_path / "given", tmp_path / "target", STRICT="1").returncode == 1


def test_each_that_cannot_be_had_is_one_line_and_says_what_is_lost(tmp_path: Path) -> None:
    done = make(tmp_path, tmp_path / "target")
    assert (done.returncode, names(tmp_path / "target")) == (0, set())
    lines = done.stderr.splitlines()
    assert [line.split(":")[-1].strip() for line in lines] == [one["without"] for one in CATALOGUE]


def test_the_list_has_names_licences_and_sizes() -> None:
    told = make("list").stdout.splitlines()
    assert len(told) == len(CATALOGUE)
    for line, one in zip(told, CATALOGUE, strict=True):
        assert line.startswith(one["name"])
        assert one["licence"] in line
        assert f"{max(one['sizes'].values()):,} bytes" in line


def test_the_catalogue_knows_the_same_files_as_the_service() -> None:
    sums = {one["file"]: set(one["sizes"]) for one in CATALOGUE}
    assert sums == {
        MODEL_FILE: {MODEL_SHA256},
        DETECTOR.file: DETECTOR.sums,
        CLASSIFIER.file: CLASSIFIER.sums,
    }


def test_two_conversions_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    import efficientnet_lite0  # noqa: PLC0415

    for name in ("one", "other"):
        efficientnet_lite0.convert(efficientnet_lite0.packaged_weights(), tmp_path / name)
    sums = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("one", "other")}
    assert sums == CLASSIFIER.sums


class Planted:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch planted",)


@pytest.mark.parametrize("what", ["code", "beginning", "cut"])
def test_weights_that_are_something_else_are_refused_and_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    import efficientnet_lite0 as network  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    begin = [network.MAGIC, network.PROTOCOL, {}]
    made = {
        "code": [*begin, Planted()],
        "beginning": [1, 2, 3],
        "cut": begin,
    }[what]
    file = BytesIO(b"".join(pickle.dumps(one, protocol=2) for one in made))
    with pytest.raises(network.UnreadableWeights):
        network.read(file)
    assert names(tmp_path) == set()
