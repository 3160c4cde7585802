"""Each member of a batch is accepted or rejected by itself."""

from typing import Any

from conftest import Gateway

GOOD = {"image_url": "http://pictures.test/a.png"}


async def submit(gateway: Gateway, items: list[Any], **headers: str) -> Any:
    return await gateway.client.post(
        "/v1/batches", json={"items": items}, headers={**gateway.auth(), **headers}
    )


async def test_a_member_outside_the_contract_does_not_hold_up_the_others(gateway: Gateway) -> None:
    answer = await submit(gateway, [GOOD, {"image_url": 7}, {}, {**GOOD, "surprise": 1}, GOOD])
    assert answer.status_code == 202
    members = answer.json()["items"]
    assert [one["analysis_id"] is not None for one in members] == [True, False, False, False, True]
    assert {one["error"]["type"] for one in members[1:4]} == {"/problems/invalid-request"}
    assert {one for _, one in gateway.results.analyses} == {
        members[0]["analysis_id"],
        members[4]["analysis_id"],
    }


async def test_what_the_quota_does_not_hold_is_rejected_alone(gateway: Gateway) -> None:
    gateway.users.quota = 2
    members = (await submit(gateway, [GOOD] * 5)).json()["items"]
    rejected = [one for one in members if one["analysis_id"] is None]
    assert len(rejected) == 3
    assert {one["error"]["type"] for one in rejected} == {"/problems/quota-exceeded"}
    assert len(gateway.results.analyses) == 2


async def test_the_same_key_and_body_make_one_batch(gateway: Gateway) -> None:
    key = {"Idempotency-Key": "k"}
    first, second = [await submit(gateway, [GOOD] * 3, **key) for _ in range(2)]
    assert first.headers["Location"] == second.headers["Location"]
    assert len(gateway.results.analyses) == 3


async def test_a_batch_that_was_begun_before_a_crash_is_taken_up(gateway: Gateway) -> None:
    key = {"Idempotency-Key": "k"}
    gateway.users.quota = 0
    first = await submit(gateway, [GOOD], **key)
    (batch_id,) = gateway.results.batches
    # As if the gateway had died after it began: the member has an id, and no analysis.
    begun = {"index": 0, "analysis_id": "an_01k00000000000000000000000", "error": None}
    gateway.results.batches[batch_id] = {"members": [begun]}
    gateway.users.quota = 10
    second = await submit(gateway, [GOOD], **key)
    assert first.headers["Location"] == second.headers["Location"]
    assert [one for _, one in gateway.results.analyses] == [begun["analysis_id"]]
