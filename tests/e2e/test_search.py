"""What was seen in one's own pictures is found again, and nothing of anybody else's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import User

pytestmark = pytest.mark.one_version


def test_what_was_seen_is_found_until_it_is_deleted(
    sign_up: Callable[[], User], pictures: Path
) -> None:
    user, other = sign_up(), sign_up()
    wanted = {"operations": ["faces", "labels", "hash"], "metadata": '{"album": "Été 2026"}'}

    def sent(name: str) -> str:
        analysis = user.ended(user.submit_file(pictures / name, data=wanted)["id"])
        assert analysis["status"] == "succeeded", analysis["error"]
        return str(analysis["id"])

    astronaut, coffee = sent("astronaut.png"), sent("coffee.png")

    def found(who: User = user, **query: str) -> list[str]:
        answer = who.get("/v1/analyses", params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert found(label="Portrait") == [astronaut]
    assert found(face_count="1..") == [astronaut]
    assert found(face_count="0", has_code="false") == [coffee]
    assert found(q="ete") == [coffee, astronaut]
    assert found(q="ete", limit="1") == [coffee]
    assert found(q="ete portr") == [astronaut]
    assert found(text="anything") == []
    assert found(other, q="ete") == []

    def similar(analysis_id: str) -> list[tuple[str, bool]]:
        items = user.get(f"/v1/analyses/{analysis_id}/similar").json()["items"]
        return [(one["analysis"]["id"], one["near_duplicate"]) for one in items]

    assert similar(coffee) == []
    again = sent("coffee.png")
    assert similar(coffee) == [(again, True)]
    assert other.get(f"/v1/analyses/{coffee}/similar").status_code == 404
    assert user.delete(astronaut) == 204
    assert found(label="portrait") == []
    assert user.delete(again) == 204
    assert similar(coffee) == []
