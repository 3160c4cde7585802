"""What is left to be read for an index."""

import pytest

from result_service.index.progress import Gap, left

HIGH, MIDDLE, LOW = Gap(90, "a", 80), Gap(60, "b", 40), Gap(30, "c", 0)


@pytest.mark.parametrize(
    ("standing", "looked", "more", "rest"),
    [
        (None, None, None, None),
        (LOW, None, None, LOW),
        (None, HIGH, None, HIGH),
        (None, None, MIDDLE, MIDDLE),
        (LOW, HIGH, None, Gap(90, "a", 0)),
        (HIGH, MIDDLE, None, Gap(60, "b", 40)),
        (HIGH, None, LOW, Gap(90, "a", 0)),
        (LOW, None, HIGH, Gap(90, "a", 0)),
        (HIGH, LOW, MIDDLE, Gap(60, "b", 0)),
    ],
)
def test_nothing_is_forgotten_that_may_be_missing(
    standing: Gap | None, looked: Gap | None, more: Gap | None, rest: Gap | None
) -> None:
    assert left(standing, looked, more) == rest
