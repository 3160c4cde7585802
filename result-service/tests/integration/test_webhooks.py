"""Webhooks that are owed: received, tried again, given up, and never lost between two steps."""

import asyncio
import json
import math
from contextvars import ContextVar
from typing import Any

import pytest
from conftest import Service, submission
from sightline_contracts import ids

from result_service.deliveries.webhooks import Webhooks
from result_service.models.deliveries import WebhookMessage
from result_service.settings import Settings
from result_service.store import keys
from result_service.store.bucket import Bucket, StoredObject

HOOK = "http://hook.test/there"


async def accept(service: Service, **given: Any) -> str:
    analysis_id = ids.new_id("an")
    body = {**submission(), "webhook_url": HOOK, **given}
    answer = await service.client.put(service.url(analysis_id), json=body)
    assert answer.status_code == 201, answer.text
    return analysis_id


async def ended(service: Service, **given: Any) -> str:
    analysis_id = await accept(service, **given)
    await finish(service, analysis_id)
    return analysis_id


async def finish(service: Service, analysis_id: str) -> None:
    answer = await service.finish(analysis_id)
    assert answer.status_code == 201, answer.text


async def receive(service: Service, limit: int = 10) -> list[dict[str, Any]]:
    answer = await service.client.post(f"/v1/webhook-deliveries/receive?limit={limit}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


def make_due(service: Service) -> None:
    """Let the time until the next try pass."""
    objects = service.bucket.objects
    for key in [key for key in objects if key.startswith("webhooks/")]:
        objects["webhooks/" + "0" * 15 + key[len("webhooks/") + 15 :]] = objects.pop(key)


async def test_a_message_holds_the_analysis_as_it_is_read_and_a_signature(service: Service) -> None:
    analysis_id = await ended(service)
    [message] = await receive(service)
    assert message["url"] == HOOK
    body, headers = json.loads(message["body"]), message["headers"]
    shown = (await service.client.get(service.url(analysis_id))).json()
    message_id = ids.sibling("msg", analysis_id)
    assert body == {
        "type": "analysis.completed",
        "id": message_id,
        "time": shown["finished_at"],
        "data": shown,
    }
    assert headers["webhook-id"] == message_id
    expected = await service.accounts.sign(
        service.user_id, message_id, int(headers["webhook-timestamp"]), message["body"].encode()
    )
    assert headers["webhook-signature"] == expected


async def test_without_an_address_or_an_end_there_is_none(service: Service) -> None:
    await ended(service, webhook_url=None)
    await accept(service)
    assert await receive(service) == []


async def test_a_cancel_is_told_too(service: Service) -> None:
    analysis_id = await accept(service)
    await service.client.post(service.url(analysis_id, "/cancel"))
    await service.wiring.completion.flush()
    [message] = await receive(service)
    assert json.loads(message["body"])["data"]["status"] == "canceled"


async def test_what_is_not_deleted_comes_again_five_times_in_all(service: Service) -> None:
    await ended(service)
    bodies = set()
    for _ in range(5):
        [message] = await receive(service)
        bodies.add(message["body"])
        assert await receive(service) == []  # not before its time
        make_due(service)
    assert await receive(service) == []
    assert len(bodies) == 1
    assert not [key for key in service.bucket.objects if key.startswith("webhooks/")]


async def test_what_is_deleted_does_not_come_again(service: Service) -> None:
    await ended(service)
    [message] = await receive(service)
    answer = await service.client.delete(f"/v1/webhook-deliveries/{message['delivery_id']}")
    assert answer.status_code == 204
    make_due(service)
    assert await receive(service) == []


async def test_nobody_else_gets_it_at_the_same_moment(service: Service) -> None:
    for _ in range(8):
        await ended(service)
    received = await asyncio.gather(*(receive(service) for _ in range(4)))
    told = [message["headers"]["webhook-id"] for messages in received for message in messages]
    assert len(told) == len(set(told)) == 8


async def test_the_limit_and_the_order_hold(service: Service) -> None:
    made = [await ended(service) for _ in range(3)]
    told = [message for _ in range(3) for message in await receive(service, 1)]
    assert {message["headers"]["webhook-id"] for message in told} == {
        ids.sibling("msg", analysis_id) for analysis_id in made
    }


async def test_of_a_deleted_analysis_nothing_is_told(service: Service) -> None:
    analysis_id = await ended(service)
    await service.client.delete(service.url(analysis_id))
    assert await receive(service) == []
    assert not [key for key in service.bucket.objects if key.startswith("webhooks/")]


async def test_without_user_service_no_try_is_burnt(service: Service) -> None:
    await ended(service)
    service.accounts.down = True
    assert await receive(service) == []
    service.accounts.down = False
    assert len(await receive(service)) == 1


async def test_a_repetition_is_told_where_the_first_was(service: Service) -> None:
    first = await ended(service)
    await receive(service)
    await ended(service, webhook_url=None, retry_of=first)
    [message] = await receive(service)
    assert message["url"] == HOOK


@pytest.mark.parametrize("delivery_id", ["x", "1-an_1", "../intents", f"1-{ids.new_id('an')}"])
async def test_only_deliveries_can_be_deleted(service: Service, delivery_id: str) -> None:
    answer = await service.client.delete(f"/v1/webhook-deliveries/{delivery_id}")
    assert answer.status_code in (404, 422)


async def test_a_store_lets_one_of_them(service: Service, s3_bucket: Bucket) -> None:
    """Against the stores themselves: the put-off is a conditional write."""
    analysis_id = await ended(service)
    for key, (stored, _) in service.bucket.objects.items():
        if key.startswith("webhooks/"):
            await s3_bucket.put(key, stored.body)
    both = [Webhooks(s3_bucket, service.wiring.lookup.find, service.accounts, (15,)) for _ in "ab"]
    received = await asyncio.gather(*(webhooks.receive(10) for webhooks in both))
    told = [message.headers["webhook-id"] for messages in received for message in messages]
    assert told == [ids.sibling("msg", analysis_id)]


async def test_a_delivery_that_cannot_be_read_holds_up_no_other(service: Service) -> None:
    await ended(service)
    (key,) = [key for key in service.bucket.objects if key.startswith("webhooks/")]
    broken = keys.webhook(keys.due_in(key) - 1, ids.new_id("an"))
    await service.bucket.put(broken, b'{"written": "by nobody"}')
    (message,) = await service.wiring.webhooks.receive(10)
    assert message.url.startswith("http")
    # It is neither lost nor in the way: it is due again in an hour.
    assert broken not in service.bucket.objects
    (aside,) = [key for key in service.bucket.objects if keys.analysis_id_in(broken) in key]
    assert keys.due_in(aside) == pytest.approx(keys.due_in(broken) + 3600)


async def test_a_delivery_that_was_misread_once_is_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library may have no error of its own for the way in which a connection broke."""
    analysis_id = await ended(service)
    get, misread = service.bucket.get, iter([True])

    async def broken(key: str) -> StoredObject | None:
        if key.startswith("webhooks/") and next(misread, False):
            raise AttributeError
        return await get(key)

    monkeypatch.setattr(service.bucket, "get", broken)
    (message,) = await service.wiring.webhooks.receive(10)
    assert message.headers["webhook-id"] == ids.sibling("msg", analysis_id)


async def test_a_delivery_of_a_later_version_is_sent(service: Service) -> None:
    await ended(service)
    (key,) = [key for key in service.bucket.objects if key.startswith("webhooks/")]
    stored, _ = service.bucket.objects[key]
    later = json.loads(stored.body) | {"a_field": "of a later version"}
    await service.bucket.put(key, json.dumps(later).encode())
    assert len(await service.wiring.webhooks.receive(10)) == 1


async def test_two_that_see_it_on_both_sides_of_a_second_write_one_key(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(service)
    (key,) = [key for key in service.bucket.objects if key.startswith("webhooks/")]
    clock: ContextVar[float] = ContextVar("clock")
    both_have_read, get = asyncio.Barrier(2), service.bucket.get

    async def read(asked: str) -> StoredObject | None:
        found = await get(asked)
        if asked == key:
            await both_have_read.wait()
        return found

    monkeypatch.setattr(service.bucket, "get", read)

    async def receives(at: float) -> WebhookMessage | None:
        clock.set(at)
        find, accounts = service.wiring.lookup.find, service.accounts
        return await Webhooks(service.bucket, find, accounts, (15,), clock.get)._receive(key)

    second = math.ceil(keys.due_in(key)) + 1
    received = await asyncio.gather(receives(second - 0.001), receives(second + 0.001))
    assert sum(message is not None for message in received) == 1


@pytest.mark.parametrize(("late_s", "again_s"), [(0.5, 15), (2, 18.75), (100, 116.25)])
async def test_the_next_try_is_about_as_late_as_this_one(
    service: Service, late_s: float, again_s: float
) -> None:
    await ended(service)
    (key,) = [key for key in service.bucket.objects if key.startswith("webhooks/")]
    due = keys.due_in(key)
    service.wiring.webhooks.clock = lambda: due + late_s
    assert await receive(service)
    (later,) = [key for key in service.bucket.objects if key.startswith("webhooks/")]
    assert keys.due_in(later) - due == pytest.approx(again_s, abs=0.002)


@pytest.mark.parametrize("given", ["0", "15,-1", "soon"])
def test_delays_are_above_nothing(given: str) -> None:
    with pytest.raises(ValueError):
        Settings(webhook_delays_s=given).webhook_delays()
