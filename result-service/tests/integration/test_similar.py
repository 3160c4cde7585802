"""Pictures that look like a given one."""

import base64
from typing import Any

import numpy as np
from conftest import Service, report
from searching import seen
from sightline_contracts import ids

MODEL = "a-model-1"
RNG = np.random.default_rng(7)


def vector(*, like: np.ndarray | None = None, share: float = 1.0) -> np.ndarray:
    """Numbers as the classifier gives them; with `like`, a mixture."""
    fresh = RNG.gamma(0.35, 1.0, 1280)
    return fresh if like is None else share * like + (1 - share) * fresh


def embedding(numbers: np.ndarray, model: str = MODEL) -> dict[str, str]:
    scaled = np.rint(numbers * (127 / numbers.max())).astype(np.int8)
    return {"model": model, "vector": base64.b64encode(scaled.tobytes()).decode()}


async def looked_at(
    service: Service,
    numbers: np.ndarray | None = None,
    phash: int | None = None,
    model: str = MODEL,
) -> str:
    analysis_id = await service.accept(operations=["labels", "hash"])
    result: dict[str, Any] = {"analysis_id": analysis_id}
    if phash is not None:
        result["hash"] = {"phash": f"{phash:016x}"}
    given = {} if numbers is None else {"embedding": embedding(numbers, model)}
    await service.finish(analysis_id, result=result, **given)
    return analysis_id


async def similar(
    service: Service, analysis_id: str, **query: Any
) -> list[tuple[str, float, bool]]:
    answer = await service.client.get(service.url(analysis_id, "/similar"), params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["complete"] is True
    return [
        (one["analysis"]["id"], one["similarity"], one["near_duplicate"])
        for one in answer.json()["items"]
    ]


async def test_near_duplicates_come_first_then_the_most_alike(service: Service) -> None:
    numbers, bits = vector(), 0x8123_4567_89AB_CDEF
    asked = await looked_at(service, numbers, bits)
    close = await looked_at(service, vector(like=numbers, share=0.9), bits ^ (0xFFFF << 20))
    duplicate = await looked_at(service, vector(like=numbers, share=0.6), bits ^ 0xFF)
    copy = await looked_at(service, numbers, bits)
    unrelated = await looked_at(service, vector(), ~bits & ((1 << 64) - 1))
    found = await similar(service, asked)
    assert [(one, twin) for one, _, twin in found] == [
        (copy, True),
        (duplicate, True),
        (close, False),
    ]
    assert unrelated not in {one for one, *_ in found}
    similarities = {one: similarity for one, similarity, _ in found}
    assert similarities[copy] == 1.0
    assert 0.95 < similarities[close] < 1.0
    assert 0.5 < similarities[duplicate] < similarities[close]
    assert await similar(service, asked, limit=2) == found[:2]


async def test_eight_bits_of_a_hash_are_a_duplicate_and_nine_are_none(service: Service) -> None:
    asked = await looked_at(service, phash=1 << 63)
    near = await looked_at(service, phash=0x7F)
    await looked_at(service, phash=0xFF)
    assert await similar(service, asked) == [(near, 0.875, True)]


async def test_embeddings_of_two_models_are_not_compared(service: Service) -> None:
    numbers = vector()
    asked = await looked_at(service, numbers)
    await looked_at(service, numbers, model="another")
    await looked_at(service, numbers[:640])
    assert await similar(service, asked) == []


async def test_what_is_gone_is_not_similar_any_more(service: Service) -> None:
    numbers = vector()
    asked, first, second = [await looked_at(service, numbers) for _ in range(3)]
    assert {one for one, *_ in await similar(service, asked)} == {first, second}
    await service.client.delete(service.url(first))
    assert [one for one, *_ in await similar(service, asked, limit=1)] == [second]


async def test_others_pictures_are_never_similar(service: Service) -> None:
    numbers = vector()
    asked, theirs = await looked_at(service, numbers), service.user_id
    service.user_id = ids.new_id("us")
    mine = await looked_at(service, numbers)
    assert await similar(service, mine) == []
    assert (await service.client.get(service.url(asked, "/similar"))).status_code == 404
    assert theirs != service.user_id


async def test_without_anything_to_compare_by_it_says_so(service: Service) -> None:
    queued = await service.accept()
    plain = await seen(service, faces=[])
    failed = await service.accept()
    error = {"code": "timeout", "title": "Slow", "detail": "Slow.", "attempts": 3}
    await service.finish(failed, status="failed", result=None, error=error)
    for analysis_id in (queued, plain, failed):
        answer = await service.client.get(service.url(analysis_id, "/similar"))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-compare")
    never = await service.client.get(service.url(ids.new_id("an"), "/similar"))
    assert never.status_code == 404


async def test_a_hash_that_is_none_counts_as_none(service: Service) -> None:
    analysis_id = await service.accept()
    result = {**report(analysis_id)["result"], "hash": {"phash": "no hash"}}  # type: ignore[dict-item]
    await service.finish(analysis_id, result=result)
    answer = await service.client.get(service.url(analysis_id, "/similar"))
    assert answer.status_code == 409
