"""Failures of single objects, which hold back no other object."""

import contextlib
from collections.abc import Iterator

from sightline_contracts.problems import Unavailable


class Failures:
    """One object may fail each time, and comes first each time: the others are tried before its failure counts."""

    def __init__(self) -> None:
        self._first: Unavailable | None = None

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the failure of what is tried inside."""
        try:
            yield
        except Unavailable as error:
            self._first = self._first or error

    def raise_first(self) -> None:
        """Raises Unavailable where anything failed."""
        if self._first is not None:
            raise self._first
