"""What goes to which queue."""

import pytest

from sightline_contracts import events, work_queue
from sightline_contracts.work_queue import ORDINARY, TEXT, Queue


@pytest.mark.parametrize(
    ("operations", "queue"),
    [(["faces", "hash"], ORDINARY), (["text"], TEXT), (["faces", "text"], TEXT), ([], ORDINARY)],
)
def test_an_analysis_with_text_stands_whole_in_the_queue_for_text(
    operations: list[str], queue: Queue
) -> None:
    assert work_queue.of(operations) == queue


def test_no_key_belongs_to_two_queues() -> None:
    kept = [_keys(queue) for queue in work_queue.QUEUES]
    assert len(set().union(*kept)) == sum(map(len, kept))
    # Where work has stood since before there were two.
    assert ORDINARY.stream == events.REQUESTED


def _keys(queue: Queue) -> set[str]:
    kept = {queue.stream, queue.lined_up, queue.turns, queue.taken, queue.delayed}
    return kept | {queue.line("us_1"), queue.line("")}
