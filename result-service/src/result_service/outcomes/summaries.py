"""Summaries of results for lists: counts and the first names, small enough for an object's metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

from result_service.models.analyses import Summary

MAX_NAMES = 10
MAX_BYTES = 440
"""Bytes of a summary as JSON. Names that do not fit are left out, the last first."""


def of(result: Mapping[str, Any]) -> Summary:
    """The summary of a result as image-service reports it. A missing part counts as empty."""
    image = result.get("image") or {}
    summary = Summary(
        faces=len(_items(result, "faces")),
        text_lines=sum(item.get("kind", "line") == "line" for item in _items(result, "text")),
        labels=_names(_items(result, "labels"), "name"),
        codes=len(_items(result, "codes")),
        explicit=next(
            (
                item.get("confidence")
                for item in _items(result, "moderation")
                if item.get("name") == "explicit"
            ),
            None,
        ),
        colors=_names(_items(result, "colors"), "hex"),
        width=image.get("width"),
        height=image.get("height"),
    )
    while len(summary.model_dump_json().encode()) > MAX_BYTES:
        longest = max(summary.labels, summary.colors, key=lambda names: len("".join(names)))
        longest.pop()
    return summary


def _items(result: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return [item for item in result.get(name) or () if isinstance(item, Mapping)]


def _names(items: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return [str(item[key]) for item in items[:MAX_NAMES] if key in item]
