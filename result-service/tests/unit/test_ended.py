"""What is kept of ended analyses, how much, and for how long."""

import pytest

from result_service.outcomes.ended import (
    ALONE_S,
    DELETED_KEPT_S,
    HEARD_S,
    LIFE_S,
    OVERHEAD_BYTES,
    EndedAnalyses,
)

BODY = b"{}"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ended(clock: Clock) -> EndedAnalyses:
    return EndedAnalyses(100_000, clock)


def kept(ended: EndedAnalyses, analysis_id: str = "a", *, whole: bool = True) -> bool:
    return ended.get("u", analysis_id, whole=whole) is not None


def keep(ended: EndedAnalyses, clock: Clock, analysis_id: str = "a", body: bytes = BODY) -> None:
    ended.keep("u", analysis_id, body, clock.now, whole=True)


def test_who_hears_of_deletions_keeps_it_longer(ended: EndedAnalyses, clock: Clock) -> None:
    ended.listen()
    keep(ended, clock)
    clock.now += LIFE_S
    ended.heard(clock.now - HEARD_S)
    assert kept(ended)
    clock.now += 0.001
    ended.heard(clock.now)
    assert not kept(ended)


def test_who_hears_nothing_any_more_keeps_it_shortly(ended: EndedAnalyses, clock: Clock) -> None:
    ended.listen()
    ended.heard(clock.now)
    keep(ended, clock)
    clock.now += max(ALONE_S, HEARD_S) + 0.001
    assert not kept(ended)


def test_what_was_read_before_it_listened_lives_shortly(ended: EndedAnalyses, clock: Clock) -> None:
    keep(ended, clock)
    clock.now += ALONE_S + 0.001
    ended.listen()
    ended.heard(clock.now)
    assert not kept(ended)


def test_a_lost_connection_makes_what_was_kept_before_live_shortly(
    ended: EndedAnalyses, clock: Clock
) -> None:
    ended.listen()
    keep(ended, clock)
    clock.now += ALONE_S + 0.001
    ended.turn_deaf()
    ended.listen()
    ended.heard(clock.now)
    assert not kept(ended)


def test_a_read_that_began_before_a_deletion_is_not_kept(
    ended: EndedAnalyses, clock: Clock
) -> None:
    ended.forget("u", "a")
    keep(ended, clock)
    keep(ended, clock, "b")
    assert (kept(ended), kept(ended, "b")) == (False, True)
    ended.forget("u", "")
    keep(ended, clock, "c")
    assert (kept(ended, "b"), kept(ended, "c")) == (False, False)
    clock.now += DELETED_KEPT_S + 1
    keep(ended, clock, "c")
    assert kept(ended, "c")


def test_both_forms_are_forgotten(ended: EndedAnalyses, clock: Clock) -> None:
    for whole in (True, False):
        ended.keep("u", "a", BODY, clock.now, whole=whole)
    ended.keep("other", "a", BODY, clock.now, whole=True)
    ended.forget("u", "a")
    assert not kept(ended, whole=True)
    assert not kept(ended, whole=False)
    assert len(ended) == 1


def test_it_keeps_within_its_budget_what_was_read_last(clock: Clock) -> None:
    entry = 1000 + OVERHEAD_BYTES
    ended = EndedAnalyses(10 * entry, clock)
    for number in range(12):
        keep(ended, clock, str(number), bytes(1000))
        assert kept(ended, "0")
    assert [number for number in range(12) if kept(ended, str(number))] == [0, *range(3, 12)]


def test_what_is_large_displaces_nothing(clock: Clock) -> None:
    ended = EndedAnalyses(8000, clock)
    keep(ended, clock, body=bytes(1001 - OVERHEAD_BYTES))
    assert not kept(ended)
    keep(ended, clock, body=bytes(1000 - OVERHEAD_BYTES))
    assert kept(ended)


def test_without_a_budget_nothing_is_kept(clock: Clock) -> None:
    ended = EndedAnalyses(0, clock)
    keep(ended, clock)
    assert not kept(ended)
