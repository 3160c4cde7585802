"""A stub in the place of the system; no pause takes its time."""

from collections.abc import Iterator

import pytest
from stub import Stub, serving

from sightline import sending


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as one:
        yield one


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "pause_s", lambda _attempt: 0.0)
