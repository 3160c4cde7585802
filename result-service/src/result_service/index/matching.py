"""Filters in SQL and in the language of FTS5."""

from result_service.index.filters import Filters
from result_service.index.words import all_of, label_word


def expression(filters: Filters) -> str | None:
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


def conditions(filters: Filters) -> tuple[list[str], list[object]]:
    """Of the table `pictures`, and the values in their places."""
    wanted: list[str] = []
    given: list[object] = []
    if filters.status is not None:
        wanted.append("pictures.status = ?")
        given.append(filters.status)
    if filters.has_code is not None:
        wanted.append("pictures.codes > 0" if filters.has_code else "pictures.codes = 0")
    faces = filters.face_count
    if faces is not None and faces.least > 0:
        wanted += ["pictures.faces > 0", "pictures.faces >= ?"]  # the first names the index
        given.append(faces.least)
    if faces is not None and faces.most is not None:
        wanted.append("pictures.faces <= ?")
        given.append(faces.most)
    return wanted, given
