"""What requests hold of bodies comes out of one budget, and goes back to it."""

import contextlib

import pytest

from sightline_contracts import memory
from sightline_contracts.problems import Overloaded


def test_a_request_gives_back_what_it_took() -> None:
    budget = memory.Budget(100)
    for _ in range(3):
        with budget.lease():
            memory.take(60)
            memory.take(40)


def test_one_that_fails_gives_back_too() -> None:
    budget = memory.Budget(100)
    for _ in range(3):
        with contextlib.suppress(ValueError), budget.lease():
            memory.take(100)
            raise ValueError


def test_what_is_refused_is_not_taken() -> None:
    budget = memory.Budget(100)
    with budget.lease():
        with pytest.raises(Overloaded):
            memory.take(101)
        memory.take(100)
        with pytest.raises(Overloaded):
            memory.take(1)


def test_who_is_refused_gives_nothing_back_at_the_end() -> None:
    budget = memory.Budget(100)
    with budget.lease() as other:
        other.take(60)
        with budget.lease() as refused, pytest.raises(Overloaded):
            refused.take(41)
        other.take(40)
        with pytest.raises(Overloaded):
            other.take(1)


def test_requests_share_the_budget() -> None:
    budget = memory.Budget(100)
    with budget.lease() as other:
        other.take(70)
        with budget.lease(), pytest.raises(Overloaded):
            memory.take(31)


def test_a_moment_gives_back_before_the_request_ends() -> None:
    budget = memory.Budget(100)
    with budget.lease():
        for _ in range(3):
            with memory.for_a_moment():
                memory.take(100)
        memory.take(100)


def test_without_a_request_nothing_is_counted() -> None:
    memory.take(1 << 40)
    with memory.for_a_moment():
        memory.take(1 << 40)
