"""What an instance sends is believed where result-service will take it."""

import base64
from typing import Any

import pytest

from image_service.instances import answers
from image_service.instances.answers import VECTOR_AT_MOST, Analysed
from image_service.instances.frames import BadFrame

SENT = {"parts": {"faces": []}, "run_ms": 1, "init_ms": 0, "max_memory_mb": 9}
EMBEDDING = {"model": "m", "vector": base64.b64encode(b"\x00\x7f").decode()}


def test_an_embedding_crosses_beside_the_parts() -> None:
    ran = answers.read({**SENT, "embedding": EMBEDDING}, b"jpeg")
    assert ran.answer == Analysed({"faces": []}, b"jpeg", EMBEDDING)


@pytest.mark.parametrize("fields", [SENT, {**SENT, "embedding": None}])
def test_there_may_be_none(fields: dict[str, Any]) -> None:
    assert answers.read(fields, b"").answer == Analysed({"faces": []}, b"", None)


@pytest.mark.parametrize(
    "embedding",
    [
        {"model": "m"},
        {**EMBEDDING, "model": "m" * 101},
        {**EMBEDDING, "model": ""},
        {**EMBEDDING, "model": 7},
        {**EMBEDDING, "vector": "not base64!"},
        {**EMBEDDING, "vector": ""},
        {**EMBEDDING, "vector": base64.b64encode(bytes(VECTOR_AT_MOST + 1)).decode()},
        "text",
    ],
)
def test_one_that_result_service_would_refuse_is_no_answer(embedding: Any) -> None:
    with pytest.raises(BadFrame):
        answers.read({**SENT, "embedding": embedding}, b"")
