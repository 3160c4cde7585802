"""An admin stops the function and lets it go on; nothing is lost meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import User, until


@pytest.fixture
def stopped(admin: User) -> Iterator[None]:
    """Reserved concurrency 0, taken up by every worker. Whatever happens it goes on afterwards: other
    tests use the same system."""

    def is_stopped() -> bool | None:
        # A worker that finds a connection closed by a Redis of before says 503, once.
        answer = admin.get("/v1/function")
        assert answer.status_code in (200, 503), answer.text
        return (answer.status_code == 200 and answer.json()["reserved_concurrency"] == 0) or None

    try:
        answer = admin.request("PATCH", "/v1/function", json={"reserved_concurrency": 0})
        assert (answer.status_code, answer.json()["reserved_concurrency"]) == (200, 0)
        until(is_stopped)
        time.sleep(1.2)  # a read that was waiting comes to its end
        yield
    finally:
        admin.request("PATCH", "/v1/function", json={"reserved_concurrency": None})


def test_a_stopped_function_waits_and_loses_nothing(
    admin: User, user: User, stopped: None, pictures: Path
) -> None:
    accepted = [user.submit_file(pictures / "coffee.png")["id"] for _ in range(3)]
    assert {user.get(f"/v1/analyses/{one}?wait=1").json()["status"] for one in accepted} == {
        "queued"
    }
    assert admin.get("/v1/function").json()["live"]["queue_depth"] >= 3
    admin.request("PATCH", "/v1/function", json={"reserved_concurrency": None})
    assert {user.ended(one)["status"] for one in accepted} == {"succeeded"}
    assert admin.get("/v1/function").json()["live"]["cold_starts"] >= 1


def test_only_an_admin_sees_it(user: User) -> None:
    assert user.get("/v1/function").status_code == 403
