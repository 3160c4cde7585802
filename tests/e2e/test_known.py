"""The same picture of the same user again, as the system is when nobody has changed its settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import User, until
from stack.system import System

pytestmark = pytest.mark.one_version


@pytest.fixture
def reusing(stack: System) -> Iterator[None]:
    """With the switch on, which the other tests have off."""
    stack.reconfigure("image-service", REUSE_FOR_S="86400")
    stack.wait_until_ready()
    yield
    stack.reconfigure("image-service")
    stack.wait_until_ready()


def test_it_is_answered_at_no_cost_until_it_is_deleted(
    reusing: None, sign_up: Callable[[], User], pictures: Path
) -> None:
    user, other = sign_up(), sign_up()

    def ended(who: User) -> Any:
        return who.ended(
            who.submit_file(pictures / "coffee.png", data={"operations": "hash"})["id"]
        )

    # Which engine it is a worker knows when it has run it.
    first, again = ended(user), ended(user)
    assert first["result"]["reused_from"] is None
    assert again["result"]["reused_from"] == first["id"]
    assert again["result"]["hash"] == first["result"]["hash"]
    assert again["result"]["attempts"][0]["outcome"] == "reused"
    preview = user.get(again["links"]["preview"])
    assert (preview.status_code, preview.content[:2]) == (200, b"\xff\xd8")
    assert ended(other)["result"]["reused_from"] is None

    def billed() -> Any:
        lines = {one["analysis_id"]: one for one in user.usage()["line_items"]}
        return lines if len(lines) == 2 else None

    lines = until(billed)
    assert lines[first["id"]]["billed_ms"] > 0
    assert (lines[again["id"]]["billed_ms"], lines[again["id"]]["amount"]) == (0, "0.0000")
    assert user.delete(first["id"]) == 204
    assert ended(user)["result"]["reused_from"] is None
