"""What an instance gives back, as it crosses between processes: JSON and the preview's bytes.

No pickle: a child that a hostile picture has taken over can lie in its answer, and no more.
"""

import base64
from dataclasses import dataclass
from typing import Any

from image_service.errors import TITLES
from image_service.instances import frames

MODEL_NAME_AT_MOST, VECTOR_AT_MOST = 100, 4096
"""Characters of the model's name and numbers of the vector, as result-service takes them."""


@dataclass(frozen=True)
class Analysed:
    """`parts` are the keys of a result that the picture decides, `preview` is a JPEG. `embedding`: `model` and
    `vector` (int8 numbers in base64), as result-service takes it; None where no model made one."""

    parts: dict[str, Any]
    preview: bytes
    embedding: dict[str, str] | None = None


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


def read(fields: dict[str, Any], preview: bytes) -> Ran:
    """What an instance has sent. Raises BadFrame: whoever has taken an instance over says what it likes."""
    answer: Analysed | NotAnalysed
    try:
        if "refused" in fields:
            refused = fields["refused"]
            if refused["code"] not in TITLES:
                raise frames.BadFrame
            answer = NotAnalysed(refused["code"], str(refused["detail"]))
        else:
            answer = Analysed(dict(fields["parts"]), preview, _embedding(fields.get("embedding")))
        return Ran(
            answer,
            float(fields["run_ms"]),
            float(fields["init_ms"]),
            float(fields["max_memory_mb"]),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise frames.BadFrame from error


def _embedding(given: Any) -> dict[str, str] | None:
    """Raises LookupError, TypeError or ValueError unless result-service will take it."""
    if given is None:
        return None
    model, vector = given["model"], given["vector"]
    if not 0 < len(model) <= MODEL_NAME_AT_MOST:
        raise ValueError
    if not 0 < len(base64.b64decode(vector, validate=True)) <= VECTOR_AT_MOST:
        raise ValueError
    return {"model": str(model), "vector": str(vector)}
