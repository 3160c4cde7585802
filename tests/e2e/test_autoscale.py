"""How many workers there are to be: decided from the queues alone, at any time of the clock."""

import pytest
from autoscale import UP_S, Policy, Queue

DOWN_S = 60.0


def ordinary(messages: int, workers: int = 1) -> list[Queue]:
    return [Queue("ordinary", messages, workers, 2 * workers)]


def decided(policy: Policy, workers: int, messages: list[int], since: float = 0.0) -> list[int]:
    """The number after each second in which so many messages waited or ran."""
    numbers = []
    for second, count in enumerate(messages):
        before = workers
        workers, reason = policy.decide(since + second, workers, ordinary(count, workers))
        assert bool(reason) == (workers != before)
        if reason:
            policy.forget()
        numbers.append(workers)
    return numbers


def test_one_lonely_message_starts_the_first_worker_at_once() -> None:
    policy = Policy(0, 4, DOWN_S, {"ordinary": 2})
    assert decided(policy, 0, [0, 0, 1]) == [0, 0, 1]


def test_a_burst_gets_as_many_as_allowed_once_it_has_lasted() -> None:
    policy = Policy(1, 4, DOWN_S)
    numbers = decided(policy, 1, [200] * 5)
    assert numbers == [1, 1, 1, 4, 4]
    assert UP_S == 3


def test_what_lasts_a_moment_changes_nothing() -> None:
    policy = Policy(1, 4, DOWN_S)
    assert set(decided(policy, 1, [200, 200, 0] * 40)) == {1}


def test_a_worker_goes_when_it_has_not_been_needed_for_long_and_as_many_stay_as_were() -> None:
    policy = Policy(0, 4, DOWN_S)
    messages = [3] * 50 + [0] * 200
    numbers = decided(policy, 4, messages)
    assert numbers[:60] == [4] * 60
    assert numbers[60] == 2, "3 messages have needed two workers"
    assert numbers[-1] == 0
    assert numbers.index(0) == 121


def test_ups_and_downs_within_the_time_change_nothing() -> None:
    policy = Policy(1, 4, DOWN_S)
    assert set(decided(policy, 4, [8, 0, 0, 0, 0, 0, 0, 0, 0, 0] * 30)) == {4}


def test_the_queue_that_needs_the_most_decides() -> None:
    policy = Policy(0, 9, DOWN_S)
    queues = [Queue("ordinary", 4, 1, 2), Queue("text", 3, 1, 1)]
    assert policy.needed(queues) == 3
    assert policy.needed([Queue("ordinary", 9, 0, 0), Queue("text", 0, 0, 0)]) == 5


def test_fewer_than_at_least_are_made_up_for() -> None:
    policy = Policy(2, 4, DOWN_S)
    assert policy.decide(0, 0, ordinary(0))[0] == 2


@pytest.mark.parametrize(("messages", "workers"), [(0, 1), (1, 1), (2, 1), (3, 2), (8, 4), (99, 4)])
def test_everything_that_waits_or_runs_has_a_slot_within_the_bounds(
    messages: int, workers: int
) -> None:
    assert Policy(1, 4, DOWN_S).needed(ordinary(messages)) == workers
