"""What can be searched of an analysis that has ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from result_service.index.words import label_word, spaced
from result_service.models.analyses import Embedding, EndStatus, Intent
from result_service.outcomes.outcome import Outcome

CHARACTERS_AT_MOST = 20_000
"""Characters of each kind of text: some six pages of a book."""
LARGEST = (1 << 63) - 1


@dataclass(frozen=True)
class Document:
    """`labels`: names and aliases, each as one word. `said`: those and the values of the submitter's metadata, as text;
    `text` and `code_text` were read in the picture. `phash`: 64 bits as SQLite's signed number, None without."""

    analysis_id: str
    status: EndStatus
    faces: int
    codes: int
    labels: str
    said: str
    text: str
    code_text: str
    phash: int | None
    embedding: Embedding | None


def document(intent: Intent, outcome: Outcome, embedding: Embedding | None) -> Document:
    """`outcome` has its body. A part that another version left out counts as empty."""
    result = outcome.result or {}
    names = list(_names(_items(result, "labels")))
    return Document(
        analysis_id=intent.analysis_id,
        status=outcome.status,
        faces=len(_items(result, "faces")),
        codes=len(_items(result, "codes")),
        labels=" ".join(map(label_word, names)),
        said=_joined([*names, *_values(intent.input.metadata)]),
        text=_joined([str(item.get("text") or "") for item in _items(result, "text")]),
        code_text=_joined([str(item.get("text") or "") for item in _items(result, "codes")]),
        phash=_phash(result.get("hash")),
        embedding=embedding,
    )


def _items(result: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return [item for item in result.get(name) or () if isinstance(item, Mapping)]


def _names(labels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for label in labels:
        yield str(label.get("name") or "")
        yield from map(str, label.get("aliases") or ())


def _values(value: Any) -> Iterator[str]:
    """The values in JSON, without the names of members."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    elif value is not None:
        yield str(value)


def _joined(parts: Sequence[str]) -> str:
    return spaced("\n".join(parts)[:CHARACTERS_AT_MOST])


def _phash(hashes: Any) -> int | None:
    try:
        bits = int(hashes["phash"], 16)
    except (LookupError, TypeError, ValueError):
        return None
    return bits - (1 << 64) if bits > LARGEST else bits
