"""The tables of an index."""

import sqlite3

VERSION = 1
"""The version of SCHEMA; it is part of the file's name."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS pictures (
    place INTEGER PRIMARY KEY, analysis_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, faces INTEGER NOT NULL,
    codes INTEGER NOT NULL, mark INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_status ON pictures (status, place);
CREATE INDEX IF NOT EXISTS with_faces ON pictures (place, faces) WHERE faces > 0;
CREATE INDEX IF NOT EXISTS with_codes ON pictures (place, codes) WHERE codes > 0;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    label, said, text, code, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0, prefix = '1 2 3');
CREATE TABLE IF NOT EXISTS marks (number INTEGER PRIMARY KEY, held BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS models (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS vectors (place INTEGER PRIMARY KEY, model INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), made TEXT NOT NULL, until INTEGER NOT NULL, gap_top INTEGER,
    gap_after TEXT, gap_bottom INTEGER);
CREATE TABLE IF NOT EXISTS waiting (analysis_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
BEGINNING = (
    "INSERT OR IGNORE INTO progress VALUES (1, lower(hex(randomblob(8))), 0, NULL, NULL, NULL)"
)
"""The progress of an index that holds nothing; the second value names it."""
TABLES = ("pictures", "marks", "models", "vectors", "words", "progress", "waiting")
ERASES_WORDS = sqlite3.sqlite_version_info >= (3, 42)
"""Before that version FTS5 keeps the words of a deleted row in its file until it merges them away."""
