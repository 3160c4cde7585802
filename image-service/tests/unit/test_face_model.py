"""The face model gets into an image by its sum alone."""

import subprocess
import sys
from pathlib import Path

from image_service.operations.face_model import MODEL_FILE, MODEL_SHA256

SCRIPT = Path(__file__).parents[2] / "model.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *(str(one) for one in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_given_model_is_taken(models_dir: Path, tmp_path: Path) -> None:
    assert run(models_dir, tmp_path).returncode == 0
    assert (tmp_path / MODEL_FILE).read_bytes() == (models_dir / MODEL_FILE).read_bytes()


def test_another_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"something else")
    done = run(tmp_path, tmp_path / "target")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert list((tmp_path / "target").iterdir()) == []


def test_without_a_source_the_folder_stays_empty(tmp_path: Path) -> None:
    done = run(tmp_path, tmp_path / "target")
    assert done.returncode == 0
    assert "weaker" in done.stdout


def test_an_address_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, tmp_path / "target", "http://127.0.0.1:1/model")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_it_knows_the_same_model_as_the_service() -> None:
    assert MODEL_SHA256 in SCRIPT.read_text()
    assert MODEL_FILE in SCRIPT.read_text()
