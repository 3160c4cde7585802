"""An embedding lies beside its outcome, is no part of the result, and goes with its analysis."""

import base64

import pytest
from conftest import Service, report
from sightline_contracts import ids

from result_service.models.analyses import VECTOR_AT_MOST
from result_service.store import keys

VECTOR = bytes([0, 127, 129, 3])
EMBEDDING = {"model": "a-model-1", "vector": base64.b64encode(VECTOR).decode()}


async def test_it_is_kept_beside_the_outcome_and_shown_nowhere(service: Service) -> None:
    analysis_id = await service.accept()
    await service.finish(analysis_id, embedding=EMBEDDING)
    stored = await service.bucket.get(keys.embedding(service.user_id, analysis_id))
    assert stored is not None
    assert (stored.body, stored.metadata["model"]) == (VECTOR, "a-model-1")
    analysis = (await service.client.get(service.url(analysis_id))).text
    result = (await service.client.get(service.url(analysis_id, "/result"))).text
    assert "embedding" not in analysis + result


async def test_it_goes_with_its_analysis_and_with_the_account(service: Service) -> None:
    first, second = await service.accept(), await service.accept()
    for analysis_id in (first, second):
        await service.finish(analysis_id, embedding=EMBEDDING)
    await service.client.delete(service.url(first))
    left = {key for key in service.left() if key.startswith("embeddings/")}
    assert left == {keys.embedding(service.user_id, second)}
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert not service.left()


async def test_a_result_that_is_taken_over_takes_the_embedding_along(service: Service) -> None:
    earlier, again, other = [await service.accept() for _ in range(3)]
    await service.finish(earlier, embedding=EMBEDDING)
    for analysis_id, source in ((again, earlier), (other, ids.new_id("an"))):
        result = {"analysis_id": analysis_id, "reused_from": source}
        await service.finish(analysis_id, result=result)
    find = service.wiring.embeddings.find
    copied = await find(service.user_id, again)
    assert copied is not None
    assert (copied.model, copied.vector) == ("a-model-1", VECTOR)
    assert await find(service.user_id, other) is None


@pytest.mark.parametrize(
    "embedding",
    [
        {**EMBEDDING, "model": ""},
        {**EMBEDDING, "vector": base64.b64encode(bytes(VECTOR_AT_MOST + 1)).decode()},
        {**EMBEDDING, "vector": "?"},
    ],
)
async def test_one_that_is_none_is_refused(service: Service, embedding: dict[str, str]) -> None:
    analysis_id = await service.accept()
    answer = await service.finish(analysis_id, embedding=embedding)
    assert answer.status_code == 422
    assert (
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    ).status_code == 201
