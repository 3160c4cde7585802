"""What each operation says of pictures whose content is known."""

from pathlib import Path

import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image, ImageFilter

from image_service.instances.answers import Analysed
from image_service.local_engine.analysis import analyse, initialize
from image_service.operations import colors, faces, hashes, metadata, quality
from image_service.operations.face_model import MODEL_FILE
from image_service.picture.decode import shrunk

ALL = ["faces", "colors", "quality", "hash", "codes", "labels", "metadata"]


def pixels(path: Path) -> np.ndarray:
    return decode(path.read_bytes()).work


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("astronaut.png", 1),
        ("camera.png", 1),
        ("coffee.png", 0),
        ("chelsea.png", 0),
        ("rocket.jpg", 0),
    ],
)
def test_yunet_finds_the_faces(pictures: Path, models_dir: Path, name: str, count: int) -> None:
    found = faces.detector(models_dir).detect(pixels(pictures / name), faces.SCORE)
    assert len(found) == count
    for face in found:
        box = face["box"]
        assert all(0 <= box[side] <= 1 for side in box)
        assert box["left"] + box["width"] <= 1.0001
        for point in face["landmarks"]:
            assert box["left"] <= point["x"] <= box["left"] + box["width"]


def _turned(path: Path, orientation: int, turn: Image.Transpose) -> bytes:
    """The picture stored turned, with the Exif note that sets it upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(path) as picture:
        return encoded(picture.convert("RGB").transpose(turn), "JPEG", quality=95, exif=exif)


@pytest.mark.parametrize("with_model", [True, False])
def test_the_box_covers_the_astronauts_face_however_the_picture_is_stored(
    pictures: Path, request: pytest.FixtureRequest, tmp_path: Path, with_model: bool
) -> None:
    folder = request.getfixturevalue("models_dir") if with_model else tmp_path
    path = pictures / "astronaut.png"
    stored = [
        path.read_bytes(),
        _turned(path, 6, Image.Transpose.ROTATE_90),
        _turned(path, 8, Image.Transpose.ROTATE_270),
        _turned(path, 3, Image.Transpose.ROTATE_180),
    ]
    detector = faces.detector(folder)
    for data in stored:
        (face,) = detector.detect(decode(data).work, faces.SCORE)
        box = face["box"]
        # Eyes and mouth lie between .38 and .50 from the left, and .16 and .33 from the top.
        assert 0.3 < box["left"] < 0.38
        assert 0.5 < box["left"] + box["width"] < 0.6
        assert 0.05 < box["top"] < 0.16
        # The cascade's boxes end at the mouth.
        assert 0.3 < box["top"] + box["height"] < 0.45


def test_without_the_model_a_cascade_finds_the_astronaut(pictures: Path, tmp_path: Path) -> None:
    cascade = faces.detector(tmp_path)
    assert (cascade.model, cascade.degraded) == ("haar-frontalface-alt", True)
    assert len(cascade.detect(pixels(pictures / "astronaut.png"), faces.SCORE)) == 1
    assert cascade.detect(pixels(pictures / "coffee.png"), faces.SCORE) == []


def test_a_model_file_that_is_not_the_one_we_know_is_not_used(tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"something else")
    assert faces.detector(tmp_path).degraded


def test_the_colours_of_a_flag_are_named() -> None:
    flag = np.zeros((60, 90, 3), np.uint8)
    flag[:, :30], flag[:, 30:60], flag[:, 60:] = (0, 0, 255), (255, 255, 255), (255, 0, 0)
    found = colors.colors(flag)
    assert {one["name"] for one in found} == {"blue", "white", "red"}
    assert all(abs(one["fraction"] - 1 / 3) < 0.01 for one in found)
    assert {one["hex"] for one in found} == {"#0000ff", "#ffffff", "#ff0000"}


@pytest.mark.parametrize("different", [1, 2, 3, 5, 6, 7, 40])
def test_there_are_no_more_colours_than_in_the_picture(different: int) -> None:
    flat = np.arange(96 * 96, dtype=np.uint8).reshape(96, 96) % different
    found = colors.colors(np.dstack([flat * 6, flat * 5, 255 - flat * 4]))
    assert len(found) == min(different, 6)
    if different <= 6:
        assert len({one["hex"] for one in found}) == different


def test_colours_repeat_themselves_and_sum_to_one(pictures: Path) -> None:
    work = pixels(pictures / "coffee.png")
    first = colors.colors(work)
    assert first == colors.colors(work)
    assert abs(sum(one["fraction"] for one in first) - 1) < 0.001
    assert [one["fraction"] for one in first] == sorted(
        (c["fraction"] for c in first), reverse=True
    )


def test_a_blurred_copy_is_blurred_and_a_dark_one_dark(pictures: Path) -> None:
    with Image.open(pictures / "coffee.png") as coffee:
        sharp = coffee.convert("RGB")
    blurred = quality.quality(np.asarray(sharp.filter(ImageFilter.GaussianBlur(8))))
    plain = quality.quality(np.asarray(sharp))
    dark = quality.quality((np.asarray(sharp) // 10).astype(np.uint8))
    assert (plain["blurred"], blurred["blurred"]) == (False, True)
    assert dark["brightness"] < plain["brightness"] / 5
    assert quality.quality(np.full((8, 8, 3), 255, np.uint8))["clipped"] == 1.0
    for grey, clipped in ((0, 1.0), (2, 1.0), (3, 0.0), (20, 0.0), (252, 0.0), (253, 1.0)):
        assert quality.quality(np.full((8, 8, 3), grey, np.uint8))["clipped"] == clipped


def test_copies_have_near_hashes_and_other_pictures_far_ones(pictures: Path) -> None:
    def distance(one: str, other: str) -> int:
        return (int(one, 16) ^ int(other, 16)).bit_count()

    with Image.open(pictures / "coffee.png") as coffee:
        plain = coffee.convert("RGB")
    copy = decode(encoded(plain.resize((300, 200)), "JPEG", quality=40)).work
    original = hashes.hashes(np.asarray(plain))
    assert distance(original["phash"], hashes.hashes(copy)["phash"]) <= 10
    other = hashes.hashes(pixels(pictures / "astronaut.png"))
    assert distance(original["phash"], other["phash"]) > 10
    assert len(original["dhash"]) == 16


def test_metadata_keeps_the_camera_and_drops_the_person() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Canon", "EOS R5\x00 x", "Ada Lovelace"
    camera = exif.get_ifd(0x8769)
    camera[0x9003], camera[0x9011] = "2024:05:06 07:08:09", "+02:00"
    camera[0x829A], camera[0x829D], camera[0x8827], camera[0x920A] = 0.008, 2.8, 400, 50.0
    camera[0xA431] = "serial-123"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    found = metadata.metadata(decode(encoded(Image.new("RGB", (8, 8)), "JPEG", exif=exif)).exif)
    assert found == {
        "taken_at": "2024-05-06T07:08:09+02:00",
        "make": "Canon",
        "model": "EOS R5",
        "lens": None,
        "exposure_time": 0.008,
        "f_number": 2.8,
        "iso": 400,
        "focal_length": 50.0,
        "has_gps": True,
    }


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (2, 2), (5, 3)])
def test_every_operation_takes_the_smallest_pictures(size: tuple[int, int], tmp_path: Path) -> None:
    initialize(tmp_path)
    found = analyse(encoded(Image.new("RGB", size, "teal"), "PNG"), ALL)
    assert isinstance(found, Analysed)
    assert (found.parts["image"]["width"], found.parts["image"]["height"]) == size


def test_the_same_picture_gives_the_same_result(pictures: Path, models_dir: Path) -> None:
    initialize(models_dir)
    data = (pictures / "astronaut.png").read_bytes()
    first, second = analyse(data, ALL), analyse(data, ALL)
    assert isinstance(first, Analysed)
    assert isinstance(second, Analysed)
    assert (first.parts, first.preview) == (second.parts, second.preview)


def test_shrinking_never_enlarges() -> None:
    small = np.zeros((3, 5, 3), np.uint8)
    assert shrunk(small, 640) is small
