"""Parts are restarted, killed, stopped and filled up while work goes on."""

import contextlib
import time
from collections.abc import Callable

import pytest
from local.environments import SERVICES
from local.errors import StackError
from redis import Redis

from compose.load import Load
from conftest import User, until
from stack.compose import PARTS, ComposeStack

AWAY_S = 20
FILL_TMP = """
with open('/tmp/full', 'wb', buffering=0) as file:
    try:
        while True: file.write(bytes(65536))
    except OSError:
        pass
"""
CRASH = """
import os, signal
for process in os.listdir('/proc'):
    if process.isdigit() and int(process) not in (1, os.getpid()):
        os.kill(int(process), signal.SIGKILL)
"""


@pytest.mark.parametrize("part", PARTS)
def test_a_restart_loses_nothing(stack: ComposeStack, user: User, tiny: bytes, part: str) -> None:
    with Load(user, tiny, edge_dies=part == "static-cdn") as load:
        stack.compose("restart", part)
        stack.wait_until_ready()
        load.more(5)
    load.check()


@pytest.mark.parametrize("part", PARTS)
def test_a_kill_loses_nothing(stack: ComposeStack, user: User, tiny: bytes, part: str) -> None:
    with Load(user, tiny, edge_dies=part == "static-cdn") as load:
        stack.kill(part)
        time.sleep(1)  # so that requests find it gone
        stack.launch(part)
        stack.wait_until_ready()
        load.more(5)
    load.check()


def test_a_redis_that_forgets_everything_loses_nothing(
    stack: ComposeStack, user: User, tiny: bytes
) -> None:
    with Load(user, tiny) as load:
        for _ in range(3):
            with Redis.from_url(stack.redis_url) as redis:
                redis.flushall()
            load.more(5)
    load.check()


@pytest.mark.parametrize("store", ["s3", "dynamodb"])
def test_a_store_away_for_a_while_loses_nothing(
    stack: ComposeStack, user: User, tiny: bytes, store: str
) -> None:
    with Load(user, tiny) as load:
        stack.compose("stop", store)
        time.sleep(AWAY_S)
        assert load.refused
        refused = user.get("/v1/me" if store == "dynamodb" else "/v1/analyses")
        assert (refused.status_code, int(refused.headers["Retry-After"]) >= 1) == (503, True)
        stack.compose("start", store)
        stack.wait_until_ready()
        load.more(5)
    load.check()
    assert user.get("/v1/analyses").status_code == 200


def test_a_full_tmp_in_the_worker_stops_no_work(
    stack: ComposeStack, user: User, tiny: bytes
) -> None:
    stack.execute("image-service", "python", "-c", FILL_TMP)
    try:
        with Load(user, tiny) as load:
            load.more(10)
        load.check()
        left = stack.execute("image-service", "df", "--output=avail", "/tmp").split()[-1]
        assert left == "0"
    finally:
        stack.execute("image-service", "rm", "/tmp/full")


def test_everything_is_there_after_down_and_up(
    stack: ComposeStack, sign_up: Callable[[], User], tiny: bytes
) -> None:
    user = sign_up()
    ended = user.ended(user.submit_file(tiny)["id"])
    result = user.get(f"/v1/analyses/{ended['id']}/result").content
    stack.compose("stop", "image-service")
    queued = user.submit_file(tiny)["id"]
    stack.compose("down")
    stack.up()
    assert user.get("/v1/me").status_code == 200
    assert user.get(f"/v1/analyses/{ended['id']}/result").content == result
    assert user.ended(queued)["status"] == "succeeded"
    assert until(lambda: len(user.usage()["line_items"]) == 2 or None)


def test_setup_can_be_run_again_at_any_time(stack: ComposeStack, user: User, tiny: bytes) -> None:
    with Load(user, tiny) as load:
        for setup in ("secrets", "user-setup", "result-setup", "image-setup"):
            stack.compose("run", "--rm", "--no-deps", setup)
        load.more(5)
    load.check()
    assert not load.refused


@pytest.mark.parametrize("part", SERVICES)
def test_a_service_that_crashes_is_started_again_by_docker(
    stack: ComposeStack, user: User, part: str
) -> None:
    before = stack.inspect(part)["State"]["StartedAt"]
    with contextlib.suppress(StackError):  # the container ends under the command
        stack.execute(part, "python", "-c", CRASH)
    until(lambda: stack.inspect(part)["State"]["StartedAt"] != before or None)
    stack.wait_until_ready()
    assert user.get("/v1/me").status_code == 200
