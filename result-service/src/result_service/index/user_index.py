"""The search index of one user: an SQLite file with FTS5, derived from the bucket and good for nothing else.

A row's number is its place in the list, so that the newest matches are the last rows: a page is read from the end and
stops when it is full, however many matches there are. Source: SQLite, "FTS5 Extension".
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from result_service.index import likeness, marks, matching, places, vectors
from result_service.index.documents import Document
from result_service.index.filters import Filters
from result_service.index.likeness import Likeness, Look
from result_service.index.progress import Gap, Progress, Remade, left
from result_service.index.schema import (
    BEGINNING,
    ERASES_WORDS,
    SCHEMA,
    TABLES,
    VERSION,
)

BUSY_S = 3.0
"""Seconds for which a call waits while another process writes."""


class UserIndex:
    """For one thread, and for as long as one call. Raises sqlite3.Error."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)
        self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA secure_delete = ON")
        (made,) = run("PRAGMA user_version").fetchone()
        if made == VERSION:
            return
        run("PRAGMA auto_vacuum = FULL")
        run("PRAGMA journal_mode = WAL")
        self._database.executescript(SCHEMA)
        run(BEGINNING)
        if ERASES_WORDS:
            run("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)")
        run(f"PRAGMA user_version = {VERSION}")

    def add(self, made: str, documents: Sequence[Document]) -> None:
        """Each takes the place of an earlier one of the same analysis. Raises Remade where this is no longer the index
        that `made` names."""
        with self._transaction():
            self._require(made)
            for document in documents:
                self._remove(document.analysis_id)
                self._add(document)

    def _add(self, document: Document) -> None:
        place = self._free(places.of(document.analysis_id))
        mark = self._mark(place, document)
        counts = (document.status, document.faces, document.codes, mark)
        self._database.execute(
            "INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?)",
            (place, document.analysis_id, *counts),
        )
        words = (document.labels, document.said, document.text, document.code_text)
        self._database.execute(
            "INSERT INTO words (rowid, label, said, text, code) VALUES (?, ?, ?, ?, ?)",
            (place, *words),
        )

    def _mark(self, place: int, document: Document) -> int:
        embedding, phash = document.embedding, document.phash
        if embedding is None:
            return marks.add(self._database, place, phash, 0, bytes(vectors.CODE_BYTES))
        self._database.execute("INSERT OR IGNORE INTO models (name) VALUES (?)", (embedding.model,))
        row = self._row("SELECT number FROM models WHERE name = ?", embedding.model)
        assert row is not None, "it has just been named"
        vector = (place, row[0], embedding.vector)
        self._database.execute("INSERT INTO vectors VALUES (?, ?, ?)", vector)
        return marks.add(self._database, place, phash, row[0], vectors.code(embedding.vector))

    def _free(self, place: int) -> int:
        """That place, or the next older one that nobody has."""
        while self._row("SELECT 1 FROM pictures WHERE place = ?", place) is not None:
            place -= 1
        return place

    def remove(self, analysis_ids: Sequence[str]) -> None:
        """Leave nothing of these analyses in the file."""
        with self._transaction():
            for analysis_id in analysis_ids:
                self._remove(analysis_id)
            if not ERASES_WORDS:
                self._database.execute("INSERT INTO words (words) VALUES ('optimize')")

    def _remove(self, analysis_id: str) -> None:
        row = self._row("SELECT place, mark FROM pictures WHERE analysis_id = ?", analysis_id)
        if row is not None:
            place, mark = row
            marks.remove(self._database, mark, place)
            self._database.execute("DELETE FROM words WHERE rowid = ?", (place,))
            self._database.execute("DELETE FROM vectors WHERE place = ?", (place,))
            self._database.execute("DELETE FROM pictures WHERE place = ?", (place,))

    def empty(self) -> None:
        """Leave nothing of the user in the file."""
        with self._transaction():
            for table in TABLES:
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            self._database.execute("INSERT INTO words (words) VALUES ('rebuild')")
            self._database.execute(BEGINNING)
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def has(self, analysis_ids: Iterable[str]) -> set[str]:
        """Those of them that are in the index."""
        one = "SELECT 1 FROM pictures WHERE analysis_id = ?"
        return {each for each in analysis_ids if self._row(one, each) is not None}

    def find(
        self, filters: Filters, before: str | None, limit: int
    ) -> tuple[list[str], Gap | None]:
        """Ids of matches, newest first, older than the analysis `before` and above the gap; and that gap. Raises Remade
        where nobody has brought the index up to date since it was made."""
        self._database.execute("BEGIN")  # the gap and the matches of one moment
        try:
            gap = self._gap_of_begun()
            return self._matches(filters, before, gap, limit), gap
        finally:
            self._database.execute("COMMIT")

    def _matches(
        self, filters: Filters, before: str | None, gap: Gap | None, limit: int
    ) -> list[str]:
        expression = matching.expression(filters)
        if expression == "":
            return []
        conditions, given = matching.conditions(filters)
        source = "pictures"
        if expression is not None:
            source = "words CROSS JOIN pictures ON pictures.place = words.rowid"
            conditions, given = ["words MATCH ?", *conditions], [expression, *given]
        place = "words.rowid" if expression is not None else "pictures.place"
        for condition, value in self._bounds(filters, before, gap):
            conditions.append(f"{place} {condition}")
            given.append(value)
        rows = self._database.execute(
            f"SELECT pictures.analysis_id FROM {source} WHERE {' AND '.join(conditions)}"  # noqa: S608  # values are bound
            f" ORDER BY {place} DESC LIMIT ?",
            (*given, limit),
        )
        return [analysis_id for (analysis_id,) in rows]

    def _bounds(
        self, filters: Filters, before: str | None, gap: Gap | None
    ) -> Iterator[tuple[str, int]]:
        yield "> ?", -1 if gap is None else gap.top
        if filters.since is not None:
            yield "> ?", places.end_of(filters.since - 1)
        if filters.until is not None:
            yield "<= ?", places.end_of(filters.until - 1)
        if before is not None:
            row = self._row("SELECT place FROM pictures WHERE analysis_id = ?", before)
            yield "< ?", places.of(before) if row is None else row[0]

    def alike(self, look: Look, besides: str, at_most: int) -> tuple[list[Likeness], Gap | None]:
        """Pictures that look alike, but for the one of the analysis `besides`; and the gap. Raises Remade as `find`."""
        gap = self._gap_of_begun()
        return likeness.alike(self._database, look, besides, at_most), gap

    def progress(self) -> Progress:
        made, until, *gap = self._state()
        waiting = self._database.execute("SELECT analysis_id FROM waiting")
        ids = frozenset(each for (each,) in waiting)
        return Progress(made, until, ids, None if gap[0] is None else Gap(*gap))

    def gap(self) -> Gap | None:
        _, _, *gap = self._state()
        return None if gap[0] is None else Gap(*gap)

    def _gap_of_begun(self) -> Gap | None:
        _, until, *gap = self._state()
        if until == 0:
            raise Remade
        return None if gap[0] is None else Gap(*gap)

    def _state(self) -> tuple[Any, ...]:
        row = self._row("SELECT made, until, gap_top, gap_after, gap_bottom FROM progress")
        assert row is not None, "it is made with the file, and emptied to a beginning"
        return row

    def _require(self, made: str) -> None:
        if self._state()[0] != made:
            raise Remade

    def set_progress(
        self,
        made: str,
        until: int,
        waiting: frozenset[str],
        looked: Gap | None,
        more: Gap | None = None,
    ) -> Gap | None:
        """Note a look, and return the gap that is left: see `progress.left`. Raises Remade as `add`."""
        with self._transaction():
            self._require(made)
            standing = self.progress()
            gap = left(standing.gap, looked, more)
            gone, new = standing.waiting - waiting, waiting - standing.waiting
            self._database.execute(
                "UPDATE progress SET until = ?, gap_top = ?, gap_after = ?, gap_bottom = ?",
                (until, *((None, None, None) if gap is None else (gap.top, gap.after, gap.bottom))),
            )
            run = self._database.executemany
            run("DELETE FROM waiting WHERE analysis_id = ?", [(each,) for each in gone])
            run("INSERT INTO waiting VALUES (?)", [(each,) for each in new])
        return gap

    def fill(self, made: str, gap: Gap, documents: Sequence[Document], rest: Gap | None) -> None:
        """Add what was read of the gap's beginning, and leave the rest of it; where another process has changed the gap
        meanwhile, only add. Raises Remade as `add`."""
        self.add(made, documents)
        kept = (None, None, None) if rest is None else (rest.top, rest.after, rest.bottom)
        self._database.execute(
            "UPDATE progress SET gap_top = ?, gap_after = ?, gap_bottom = ? WHERE made = ? AND gap_after = ? AND gap_bottom = ?",
            (*kept, made, gap.after, gap.bottom),
        )

    def _row(self, query: str, *given: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(query, given).fetchone()
        return row

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._database)


class _Transaction:
    """One that writes from its beginning on, so that it never has to give way in its middle."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")
