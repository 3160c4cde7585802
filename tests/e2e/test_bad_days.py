"""Parts die, are frozen or forget; what was accepted ends, once."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from redis import Redis

from conftest import User, until
from stack.system import System

pytestmark = pytest.mark.one_version

JOBS = 20


def submit(user: User, pictures: Path) -> list[str]:
    return [user.submit_file(pictures / "astronaut.png")["id"] for _ in range(JOBS)]


def all_end_once(user: User, accepted: list[str]) -> None:
    """Each has succeeded, with one outcome and one line in the bill."""
    assert [user.ended(one)["status"] for one in accepted] == ["succeeded"] * len(accepted)

    def billed() -> list[str] | None:
        lines = [line["analysis_id"] for line in user.usage()["line_items"]]
        return lines if len(lines) >= len(accepted) else None

    assert sorted(until(billed)) == sorted(accepted)
    listed = user.get("/v1/analyses?limit=100").json()["items"]
    assert sorted(item["id"] for item in listed) == sorted(accepted)
    quota = user.usage()["quota"]
    assert (quota["used"], quota["reserved"]) == (len(accepted), 0)


def test_a_killed_worker_loses_nothing(user: User, pictures: Path, stack: System) -> None:
    accepted = submit(user, pictures)
    time.sleep(random.uniform(0, 0.5))  # a random moment is the point
    stack.kill("image-service")
    stack.launch("image-service")
    all_end_once(user, accepted)


def test_a_redis_that_forgets_everything_loses_nothing(
    user: User, pictures: Path, stack: System
) -> None:
    stack.pause("image-service")  # so that all 20 are still queued
    try:
        accepted = submit(user, pictures)
        with Redis.from_url(stack.redis_url) as redis:
            redis.flushall()
    finally:
        stack.resume("image-service")
    all_end_once(user, accepted)


def test_without_redis_work_is_accepted_and_done_when_it_is_back(
    user: User, pictures: Path, stack: System
) -> None:
    stack.kill("redis")
    answer = user.post(
        "/v1/analyses", files={"image": ("c.png", (pictures / "coffee.png").read_bytes())}
    )
    assert answer.status_code == 202
    assert user.get(f"/v1/analyses/{answer.json()['id']}").json()["status"] == "queued"
    stack.launch("redis")
    all_end_once(user, [answer.json()["id"]])


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        503,
        "application/problem+json",
    ), answer.text
    assert int(answer.headers["Retry-After"]) >= 1


def test_without_the_bucket_nothing_is_accepted(user: User, stack: System) -> None:
    stack.pause("s3")
    try:
        refused(user.post("/v1/analyses", json={"image_url": "http://pictures.test/a.png"}))
        refused(user.get("/v1/analyses"))
    finally:
        stack.resume("s3")
    stack.wait_until_ready()

    def whole() -> bool | None:
        """What reached the bucket all the same, when it thawed, is whole: it ends, and holds no
        unit for ever."""
        listed = user.get("/v1/analyses").json()["items"]
        return True if all(item["finished_at"] for item in listed) else None

    assert until(whole)
    assert until(lambda: user.usage()["quota"]["reserved"] == 0 or None)


def test_without_the_table_nothing_is_accepted(
    user: User, stack: System, sign_up: Callable[[], User], pictures: Path
) -> None:
    stack.pause("dynamodb")
    try:
        refused(user.post("/v1/analyses", json={"image_url": "http://pictures.test/a.png"}))
        refused(user.get("/v1/me"))
        assert user.get("/v1/analyses").json()["items"] == []
    finally:
        stack.resume("dynamodb")
    stack.wait_until_ready()
    other = sign_up()
    all_end_once(other, [other.submit_file(pictures / "coffee.png")["id"]])


def test_user_service_away_at_the_end_bills_later(
    user: User, pictures: Path, stack: System
) -> None:
    stack.pause("image-service")
    accepted = user.submit_file(pictures / "coffee.png")["id"]
    stack.kill("user-service")
    stack.resume("image-service")
    assert user.ended(accepted)["status"] == "succeeded"
    stack.launch("user-service")
    stack.wait_until_ready()
    all_end_once(user, [accepted])
