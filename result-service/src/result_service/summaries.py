"""What a list says of a result: counts and the first names, small enough for an object's metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

from result_service.models import Summary

NAMES_AT_MOST = 10
BYTES_AT_MOST = 440
"""Of a summary as JSON. Names that do not fit are left out, the last first."""


def of(result: Mapping[str, Any]) -> Summary:
    """The summary of a result as image-service reports it. What is missing counts as not found."""
    image = result.get("image") or {}
    summary = Summary(
        faces=len(_items(result, "faces")),
        text_lines=sum(one.get("kind", "line") == "line" for one in _items(result, "text")),
        labels=_names(_items(result, "labels"), "name"),
        codes=len(_items(result, "codes")),
        explicit=next(
            (
                one.get("confidence")
                for one in _items(result, "moderation")
                if one.get("name") == "explicit"
            ),
            None,
        ),
        colors=_names(_items(result, "colors"), "hex"),
        width=image.get("width"),
        height=image.get("height"),
    )
    while len(summary.model_dump_json().encode()) > BYTES_AT_MOST:
        longest = max(summary.labels, summary.colors, key=lambda names: len("".join(names)))
        longest.pop()
    return summary


def _items(result: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return [one for one in result.get(name) or () if isinstance(one, Mapping)]


def _names(items: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return [str(one[key]) for one in items[:NAMES_AT_MOST] if key in one]
