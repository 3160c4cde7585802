"""What is left of a request's time."""

import time

import pytest

from sightline_contracts import context


@pytest.mark.parametrize(
    ("ends_in_s", "least", "most"), [(100, 5, 5), (3, 2, 3), (0, 0, 0), (-7, 0, 0)]
)
def test_what_is_left_is_within_the_ceiling_and_never_less_than_nothing(
    ends_in_s: float, least: float, most: float
) -> None:
    token = context.deadline.set(time.monotonic() + ends_in_s)
    left = context.remaining(5)
    context.deadline.reset(token)
    assert least <= left <= most
