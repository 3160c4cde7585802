"""The search index of one user: an SQLite file with FTS5, derived from the bucket and good for nothing else.

A row's number is its place in the list, so that the newest matches are the last rows: a page is read from the end and
stops when it is full, however many matches there are. Source: SQLite, "FTS5 Extension".
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from result_service.index import places
from result_service.index.documents import Document
from result_service.index.filters import Filters
from result_service.index.words import all_of, label_word

VERSION = 1
"""The version of SCHEMA; it is part of the file's name."""
BUSY_S = 3.0
"""Seconds for which a call waits while another process writes."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS pictures (
    place INTEGER PRIMARY KEY, analysis_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, faces INTEGER NOT NULL,
    codes INTEGER NOT NULL, phash INTEGER);
CREATE INDEX IF NOT EXISTS by_status ON pictures (status, place);
CREATE INDEX IF NOT EXISTS with_faces ON pictures (place, faces) WHERE faces > 0;
CREATE INDEX IF NOT EXISTS with_codes ON pictures (place, codes) WHERE codes > 0;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    label, said, text, code, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0, prefix = '1 2 3');
CREATE TABLE IF NOT EXISTS progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), until INTEGER NOT NULL, gap_top INTEGER, gap_after TEXT, gap_bottom INTEGER);
CREATE TABLE IF NOT EXISTS waiting (analysis_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
TABLES = ("pictures", "words", "progress", "waiting")
ERASES_WORDS = sqlite3.sqlite_version_info >= (3, 42)
"""Before that version FTS5 keeps the words of a deleted row in its file until it merges them away."""


@dataclass(frozen=True)
class Gap:
    """Outcomes that are not in the index yet: those listed after the key `after`, down to those that were accepted by
    `bottom` (milliseconds since the epoch). All that have a larger place than `top` are there."""

    top: int
    after: str
    bottom: int


@dataclass(frozen=True)
class Progress:
    """All that was accepted by `until` (milliseconds since the epoch) and has ended is in the index, but for what lies
    in the gap and those of `waiting` that have ended since."""

    until: int
    waiting: frozenset[str]
    gap: Gap | None


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
        if ERASES_WORDS:
            run("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)")
        run(f"PRAGMA user_version = {VERSION}")

    def add(self, documents: Sequence[Document]) -> None:
        """Each takes the place of an earlier one of the same analysis."""
        with self._transaction():
            for document in documents:
                self._remove(document.analysis_id)
                self._add(document)

    def _add(self, document: Document) -> None:
        place = self._free(places.of(document.analysis_id))
        counts = (document.status, document.faces, document.codes, document.phash)
        self._database.execute(
            "INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?)",
            (place, document.analysis_id, *counts),
        )
        words = (document.labels, document.said, document.text, document.code_text)
        self._database.execute(
            "INSERT INTO words (rowid, label, said, text, code) VALUES (?, ?, ?, ?, ?)",
            (place, *words),
        )

    def _free(self, place: int) -> int:
        """That place, or the next older one that nobody has."""
        while self._row("SELECT 1 FROM pictures WHERE place = ?", place) is not None:
            place -= 1
        return place

    def remove(self, analysis_ids: Sequence[str]) -> None:
        with self._transaction():
            for analysis_id in analysis_ids:
                self._remove(analysis_id)

    def _remove(self, analysis_id: str) -> None:
        row = self._row("SELECT place FROM pictures WHERE analysis_id = ?", analysis_id)
        if row is not None:
            self._database.execute("DELETE FROM words WHERE rowid = ?", row)
            self._database.execute("DELETE FROM pictures WHERE place = ?", row)

    def empty(self) -> None:
        """Leave nothing of the user in the file."""
        with self._transaction():
            for table in TABLES:
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            self._database.execute("INSERT INTO words (words) VALUES ('rebuild')")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def has(self, analysis_ids: Iterable[str]) -> set[str]:
        """Those of them that are in the index."""
        one = "SELECT 1 FROM pictures WHERE analysis_id = ?"
        return {each for each in analysis_ids if self._row(one, each) is not None}

    def find(
        self, filters: Filters, before: str | None, limit: int
    ) -> tuple[list[str], Gap | None]:
        """Ids of matches, newest first, older than the analysis `before` and above the gap; and that gap."""
        self._database.execute("BEGIN")  # the gap and the matches of one moment
        try:
            gap = self.gap()
            return self._matches(filters, before, gap, limit), gap
        finally:
            self._database.execute("COMMIT")

    def _matches(
        self, filters: Filters, before: str | None, gap: Gap | None, limit: int
    ) -> list[str]:
        expression = _expression(filters)
        if expression == "":
            return []
        conditions, given = _conditions(filters)
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

    def progress(self) -> Progress:
        row = self._row("SELECT until FROM progress")
        waiting = self._database.execute("SELECT analysis_id FROM waiting")
        ids = frozenset(each for (each,) in waiting)
        return Progress(0 if row is None else row[0], ids, self.gap())

    def gap(self) -> Gap | None:
        row = self._row("SELECT gap_top, gap_after, gap_bottom FROM progress")
        return None if row is None or row[0] is None else Gap(*row)

    def set_progress(self, until: int, waiting: frozenset[str], gap: Gap | None) -> Gap | None:
        """`gap` is joined with one that is there already, and returned: what is in the index is passed over when it
        is filled."""
        with self._transaction():
            standing = self.progress()
            gap = _joined(standing.gap, gap)
            gone, new = standing.waiting - waiting, waiting - standing.waiting
            self._database.execute(
                "INSERT OR REPLACE INTO progress VALUES (1, ?, ?, ?, ?)",
                (until, *((None, None, None) if gap is None else (gap.top, gap.after, gap.bottom))),
            )
            run = self._database.executemany
            run("DELETE FROM waiting WHERE analysis_id = ?", [(each,) for each in gone])
            run("INSERT INTO waiting VALUES (?)", [(each,) for each in new])
        return gap

    def fill(self, gap: Gap, documents: Sequence[Document], rest: Gap | None) -> None:
        """Add what was read of the gap's beginning, and leave the rest of it; only that, where another process has
        changed the gap meanwhile."""
        self.add(documents)
        left = (None, None, None) if rest is None else (rest.top, rest.after, rest.bottom)
        self._database.execute(
            "UPDATE progress SET gap_top = ?, gap_after = ?, gap_bottom = ? WHERE gap_after = ? AND gap_bottom = ?",
            (*left, gap.after, gap.bottom),
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


def _joined(one: Gap | None, other: Gap | None) -> Gap | None:
    if one is None or other is None:
        return one or other
    upper = max(one, other, key=lambda gap: gap.top)
    return Gap(upper.top, upper.after, min(one.bottom, other.bottom))


def _expression(filters: Filters) -> str | None:
    """FTS5's query; None where no word is asked for, empty where nothing can match."""
    asked = [
        ("label", None if filters.label is None else _label(filters.label)),
        ("text", None if filters.text is None else all_of(filters.text) or ""),
        ("{said text code}", None if filters.q is None else all_of(filters.q, typing=True) or ""),
    ]
    wanted = [(column, words) for column, words in asked if words is not None]
    if not wanted:
        return None
    if any(not words for _, words in wanted):
        return ""
    return " AND ".join(f"{column} : ({words})" for column, words in wanted)


def _label(name: str) -> str:
    word = label_word(name)
    return f'"{word}"' if word else ""


def _conditions(filters: Filters) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    given: list[object] = []
    if filters.status is not None:
        conditions.append("pictures.status = ?")
        given.append(filters.status)
    if filters.has_code is not None:
        conditions.append("pictures.codes > 0" if filters.has_code else "pictures.codes = 0")
    faces = filters.face_count
    if faces is not None and faces.least > 0:
        conditions += ["pictures.faces > 0", "pictures.faces >= ?"]  # the first names the index
        given.append(faces.least)
    if faces is not None and faces.most is not None:
        conditions.append("pictures.faces <= ?")
        given.append(faces.most)
    return conditions, given
