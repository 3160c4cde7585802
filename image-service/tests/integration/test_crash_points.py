"""A worker dies after each single step of an attempt; another ends the analysis, once."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Queue, until
from redis.exceptions import ConnectionError as RedisConnectionError

from image_service.wiring import Wiring

pytestmark = pytest.mark.both_servers
SUCCESS = ["start", "upload", "run", "put_outcome", "acknowledge"]
RETRY = ["start", "upload", "run", "delay", "promote"]


class Life:
    """A worker's, until it has done `last`; from then on nothing of it reaches the outside."""

    def __init__(self, wiring: Wiring, last: str | None) -> None:
        self.done: list[str] = []
        self._last = last
        for part, name in _public_methods(wiring):
            setattr(part, name, self._watched(name, getattr(part, name)))

    @property
    def dead(self) -> bool:
        return self._last in self.done

    def _watched(self, name: str, method: Any) -> Any:
        async def step(*given: Any, **named: Any) -> Any:
            if self.dead:
                raise RedisConnectionError
            answer = None
            try:
                answer = await method(*given, **named)
            finally:  # an attempt that fails is a step as well
                if name != "promote" or answer:
                    self.done.append(name)
                if self.dead:
                    raise RedisConnectionError
            return answer

        return step


def _public_methods(wiring: Wiring) -> Iterator[tuple[Any, str]]:
    for part in (wiring.ordinary.stream, wiring.results):
        for name in {*SUCCESS, *RETRY, "has_ended", "beat", "leave", "take_over", "read"}:
            if hasattr(part, name):
                yield part, name
    yield wiring.ordinary.instances, "run"


@pytest.fixture
def fails_once(pictures: Path) -> bytes:
    """What instances have seen outlives a run of the tests: its name is used once."""
    return (pictures / "coffee.png").read_bytes() + f"#fault-once-{uuid.uuid4().hex}".encode()


async def test_the_tables_name_every_step(queue: Queue, coffee: bytes, fails_once: bytes) -> None:
    for picture, steps in ((coffee, SUCCESS), (fails_once, RETRY + SUCCESS)):
        analysis_id = await queue.add(picture)
        async with queue.worker(function="poison") as wiring:
            life = Life(wiring, None)
            await queue.results.outcome(analysis_id)
            await until(lambda: life.done[-1] == "acknowledge")  # noqa: B023
            assert [one for one in life.done if one in steps] == steps


@pytest.mark.parametrize("last", SUCCESS)
async def test_an_attempt_dies(queue: Queue, coffee: bytes, last: str) -> None:
    analysis_id = await queue.add(coffee)
    await _first_worker_dies(queue, last)
    await _second_worker_ends(queue, analysis_id, attempts=1)


@pytest.mark.parametrize("last", RETRY)
async def test_a_retry_dies(queue: Queue, fails_once: bytes, last: str) -> None:
    analysis_id = await queue.add(fails_once)
    await _first_worker_dies(queue, last)
    # The failure that died with its worker was told to nobody, and burns no attempt.
    told = last in ("delay", "promote")
    seen = RETRY.index(last) >= RETRY.index("run")
    await _second_worker_ends(queue, analysis_id, attempts=2 if told or not seen else 1)


async def _first_worker_dies(queue: Queue, last: str) -> None:
    async with queue.worker(function="poison", drain_s=0) as wiring:
        life = Life(wiring, last)
        await until(lambda: life.dead)


async def _second_worker_ends(queue: Queue, analysis_id: str, attempts: int) -> None:
    async with queue.worker(function="poison"):
        outcome = await queue.results.outcome(analysis_id)
        await queue.until_empty()
    assert (outcome["status"], len(outcome["attempts"])) == ("succeeded", attempts)
    assert queue.results.reports == 1
