"""What was tried and what became of it: a row per promise, printed at the end of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(frozen=True)
class Row:
    what: str
    tried: int
    outcome: str
    good: bool

    def __str__(self) -> str:
        return f"{self.what:66} {self.tried:>7}  {self.outcome}{'' if self.good else '  WRONG'}"


HEADING = f"{'what':66} {'tried':>7}  outcome"


@dataclass
class Ledger:
    rows: list[Row] = field(default_factory=list)

    def none(self, what: str, tried: int, word: str, wrong: Sequence[object]) -> None:
        """None of what was tried is to be `word`: accepted, leaked, lost. `wrong` are those that
        are. Nothing tried is wrong as well: it proves nothing."""
        good = not wrong and tried > 0
        self.rows.append(Row(what, tried, f"{len(wrong)} {word}", good))
        assert tried > 0, f"{what}: nothing was tried"
        assert not wrong, f"{what}: {len(wrong)} of {tried} {word}: {list(wrong)[:10]}"

    def measured(self, what: str, tried: int, outcome: str, *, good: bool) -> None:
        self.rows.append(Row(what, tried, outcome, good))
        assert good, f"{what}: {outcome}"

    def said(self, what: str, outcome: str) -> None:
        """What could not be tried, and why."""
        self.rows.append(Row(what, 0, outcome, good=True))


LEDGER = pytest.StashKey[Ledger]()


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """One for the whole run."""
    return request.config.stash.setdefault(LEDGER, Ledger())


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = config.stash.get(LEDGER, None)
    if found is None:
        return
    terminalreporter.section("security")
    for line in (HEADING, *found.rows):
        terminalreporter.write_line(str(line))
    wrong = sum(not row.good for row in found.rows)
    tried = sum(row.tried for row in found.rows)
    terminalreporter.write_line(f"{tried} tried, {len(found.rows)} rows, {wrong} wrong")
