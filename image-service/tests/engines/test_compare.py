"""Several engines' findings of one picture, side by side."""

from pathlib import Path

import pytest
from sightline_testing.vendors import clarifai, rekognition
from sightline_testing.vendors.clarifai import clarifai_stub
from sightline_testing.vendors.rekognition import rekognition_stub

from image_service.commands.cli import main
from image_service.commands.compare import overlaps

IMAGE = "astronaut.png"


@pytest.fixture(autouse=True)
def accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "CLARIFAI_KEY": clarifai.KEY,
        "REKOGNITION_REGION": rekognition.REGION,
        "REKOGNITION_ACCESS_KEY_ID": rekognition.ACCESS_KEY_ID,
        "REKOGNITION_SECRET_ACCESS_KEY": rekognition.SECRET_ACCESS_KEY,
    }.items():
        monkeypatch.setenv(f"ENGINE_{name}", value)


def test_what_each_found_and_where_they_agree(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with clarifai_stub() as one, rekognition_stub() as other:
        monkeypatch.setenv("ENGINE_CLARIFAI_BASE_URL", one.url)
        monkeypatch.setenv("ENGINE_REKOGNITION_ENDPOINT_URL", other.url)
        engines = "local,clarifai,rekognition"
        assert main(["compare", str(pictures / IMAGE), engines, "faces,labels,colors"]) == 0
        one.always(clarifai.error("CONN_KEY_NOT_FOUND"))
        assert main(["compare", str(pictures / IMAGE), "clarifai", "faces"]) == 0
    printed = capsys.readouterr().out
    assert "clarifai     face-detection: 2 (0.43 0.26 0.14x0.24 1.00" in printed
    assert "rekognition  DetectLabels: 5 (Car 0.99" in printed
    assert "clarifai and rekognition: 1 the same of 20 and 5: city" in printed
    assert "2 the same of 3 and 3: firebrick, wheat" in printed
    assert "clarifai     It answers 11009 (401)." in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.png", "local"], "No such file"),
        ([IMAGE, "local,magic"], "magic: there are no credentials"),
        ([IMAGE, "local", "hash"], "hash: only faces"),
        (["../../../pyproject.toml", "local", "faces"], "No such file"),
    ],
)
def test_what_cannot_be_compared_is_said(
    pictures: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    image, *rest = arguments
    assert main(["compare", str(pictures / image), *rest]) == 1
    assert said in capsys.readouterr().err


def test_a_box_is_in_one_pair_at_the_most() -> None:
    def at(left: float) -> dict[str, object]:
        return {"box": {"left": left, "top": 0.0, "width": 0.2, "height": 0.2}}

    assert overlaps([at(0.0), at(0.02)], [at(0.0)]) == [1.0]
    assert overlaps([at(0.0)], [at(0.5)]) == []
    assert len(overlaps([at(0.0), at(0.5)], [at(0.51), at(0.01)])) == 2
