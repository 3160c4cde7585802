"""Which pacts a provider keeps, for the gate: `make verify` records it, any other run only tests.

To record, the pacts are those that the gate asks about: of the consumers in the repository, and of all
their versions that run somewhere.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from gate import pacts, records
from gate.git import Git
from sightline_testing.pacts import of_provider as committed_pacts

RECORD = "RECORD_VERIFICATIONS"
ROOT = Path(__file__).resolve().parents[2]
Verified = Callable[[Path], AbstractContextManager[None]]

_asked_about: dict[Path, pacts.Pact] = {}


def of_provider(provider: str) -> list[Path]:
    """The pacts to verify, as files."""
    if not os.environ.get(RECORD):
        return committed_pacts(provider)
    for pact in pacts.to_verify(Git(ROOT), provider):
        file = ROOT / ".cache" / "pacts" / pact.sha256 / pact.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pact.text, encoding="utf-8")
        _asked_about[file] = pact
    return list(_asked_about)


@pytest.fixture(scope="session")
def verified() -> Iterator[Verified]:
    """Around the verification of one pact; an exception says that it is not kept."""
    kept: dict[Path, bool] = {}

    @contextmanager
    def noting(pact: Path) -> Iterator[None]:
        kept[pact] = False
        yield
        kept[pact] = True

    yield noting
    if os.environ.get(RECORD) and kept:
        results = {_asked_about[file]: passed for file, passed in kept.items()}
        provider = next(iter(results)).provider
        records.write(Git(ROOT), provider, results)
