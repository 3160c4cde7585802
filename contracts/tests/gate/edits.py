"""Small edits of a document, each by the way to the place: keys and indices."""

from collections.abc import Callable
from typing import Any

Edit = Callable[[Any], None]
Key = str | int


def _parent(document: Any, way: tuple[Key, ...]) -> Any:
    for key in way[:-1]:
        document = document[key]
    return document


def drop(*way: Key) -> Edit:
    """Remove what is there. Raises KeyError at the edit where nothing is."""

    def edit(document: Any) -> None:
        del _parent(document, way)[way[-1]]

    return edit


def put(value: Any, *way: Key) -> Edit:
    """Set it, over what was there."""

    def edit(document: Any) -> None:
        _parent(document, way)[way[-1]] = value

    return edit


def add(value: Any, *way: Key) -> Edit:
    """Append to the list there, which may be a new one."""

    def edit(document: Any) -> None:
        _parent(document, way).setdefault(way[-1], []).append(value)

    return edit


def take(value: Any, *way: Key) -> Edit:
    """Remove from the list there. Raises ValueError at the edit where it is not."""

    def edit(document: Any) -> None:
        _parent(document, way)[way[-1]].remove(value)

    return edit


def rename(new: str, *way: Key) -> Edit:
    """The same under another name, in a list of required fields beside it as well."""

    def edit(document: Any) -> None:
        parent = _parent(document, way)
        parent[new] = parent.pop(way[-1])
        required = _parent(document, way[:-1]).get("required", [])
        if way[-1] in required:
            required[required.index(way[-1])] = new

    return edit


def both(*edits: Edit) -> Edit:
    """One after the other."""

    def edit(document: Any) -> None:
        for one in edits:
            one(document)

    return edit
