"""What pictures are compared by at first, packed many to a row: 10⁵ rows would take longer to fetch than to compare.

A mark has the picture's place, its perceptual hash, and its embedding's model and code.
"""

import sqlite3
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from result_service.index.vectors import CODE_BYTES

MARK = np.dtype(
    [
        ("place", "<i8"),
        ("has_hash", "?"),
        ("hash", "<u8"),
        ("model", "<u2"),
        ("code", "u1", (CODE_BYTES,)),
    ]
)
"""`model` is 0 where there is no embedding."""
MARKS_A_ROW = 256
ROWS_TOGETHER = 16
Marks = NDArray[np.void]


def add(
    database: sqlite3.Connection, place: int, phash: int | None, model: int, code: bytes
) -> int:
    """Add a picture's mark, and return the number of its row. `phash` is signed, as SQLite's numbers are."""
    mark = np.zeros(1, MARK)
    bits = 0 if phash is None else phash & ((1 << 64) - 1)
    mark[0] = (place, phash is not None, bits, model, np.frombuffer(code, np.uint8))
    last = database.execute(
        "SELECT number, held FROM marks ORDER BY number DESC LIMIT 1"
    ).fetchone()
    number, held = last or (1, b"")
    if len(held) >= MARKS_A_ROW * MARK.itemsize:
        number, held = number + 1, b""
    row = (number, held + mark.tobytes())
    database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", row)
    return int(number)


def remove(database: sqlite3.Connection, number: int, place: int) -> None:
    """Remove the mark of that place from its row."""
    (held,) = database.execute("SELECT held FROM marks WHERE number = ?", (number,)).fetchone()
    marks = np.frombuffer(held, MARK)
    kept = marks[marks["place"] != place].tobytes()
    if kept:
        database.execute("UPDATE marks SET held = ? WHERE number = ?", (kept, number))
    else:
        database.execute("DELETE FROM marks WHERE number = ?", (number,))


def together(database: sqlite3.Connection) -> Iterator[Marks]:
    """All marks, a few thousand at a time, so that memory does not grow with the index."""
    rows = database.execute("SELECT held FROM marks")
    while read := rows.fetchmany(ROWS_TOGETHER):
        yield np.frombuffer(b"".join(held for (held,) in read), MARK)
