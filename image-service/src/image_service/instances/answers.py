"""What an instance gives back, as it crosses between processes: JSON and the preview's bytes.

No pickle: a child that a hostile picture has taken over can lie in its answer, and no more.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Analysed:
    """`parts` are the keys of a result that the picture decides, `preview` is a JPEG."""

    parts: dict[str, Any]
    preview: bytes


@dataclass(frozen=True)
class NotAnalysed:
    """The image will never do."""

    code: str
    detail: str


@dataclass(frozen=True)
class Ran:
    """One picture in an instance. `run_ms` is the time that it took, `init_ms` that of starting the
    instance, for its first picture; `max_memory_mb` is the instance's high-water mark;
    `engine_calls`: answers of vendors, which cost money; `reused_from`: the analysis whose result this
    is, so that nothing was run."""

    answer: Analysed | NotAnalysed
    run_ms: float
    init_ms: float
    max_memory_mb: float
    engine_calls: int = 0
    reused_from: str | None = None
