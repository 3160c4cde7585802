"""What workers of other versions publish is read as far as it can be."""

import pytest

from sightline_contracts import queue_state
from sightline_contracts.queue_state import Worker

NOTHING = Worker("", 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("told", "at", "worker"),
    [
        (
            '{"at": 2.5, "queue": "text", "slots": 1, "warm": 0, "busy": 1, "cold_starts": 3}',
            2.5,
            Worker("text", 1, 0, 1, 3),
        ),
        # Before there were a queue and slots in it, and after something else may be.
        ('{"warm": 1, "busy": 0, "cold_starts": 4, "at": 2}', 2, Worker("", 0, 1, 0, 4)),
        ('{"at": 1, "queue": 7, "slots": "many", "warm": null, "more": []}', 1, NOTHING),
        ("{}", 0, NOTHING),
        ("[]", 0, NOTHING),
        ("warm", 0, NOTHING),
    ],
)
def test_what_a_worker_tells_is_read(told: str, at: float, worker: Worker) -> None:
    assert queue_state._told(told) == (at, worker)
