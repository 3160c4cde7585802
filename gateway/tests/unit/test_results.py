"""What clients are told of a result's shape."""

from recorded import result
from sightline_testing.results import departures


def test_a_recorded_result_is_as_promised() -> None:
    assert departures(result()) == []


def test_a_key_that_is_not_promised_is_a_departure() -> None:
    assert len(departures({**result(), "smiles": []})) == 1
    assert len(departures({**result(), "quality": {**result()["quality"], "noise": 1}})) == 1


def test_a_place_beyond_the_picture_is_a_departure() -> None:
    beyond = result()
    beyond["faces"][0]["box"]["left"] = 1.2
    (departure,) = departures(beyond)
    assert departure.startswith("/faces/0/box/left: 1.2 ")
