"""A deleted analysis or account leaves nothing, whatever happens meanwhile."""

import base64

from conftest import Service, report, submission
from sightline_contracts import events, ids

from result_service.store import keys


async def test_a_deleted_analysis_leaves_nothing_even_when_its_outcome_comes_late(
    service: Service,
) -> None:
    analysis_id = await service.accept()
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    sent = report(analysis_id, preview=base64.b64encode(b"jpeg").decode())
    late = await service.client.put(service.url(analysis_id, "/outcome"), json=sent)
    await service.wiring.completion.flush()
    assert late.status_code == 404
    assert not service.left()
    assert list(service.accounts.settled) == [analysis_id]
    assert (await service.client.delete(service.url(analysis_id))).status_code == 404


async def test_what_is_deleted_before_its_completion_stays_deleted_and_is_billed(
    service: Service,
) -> None:
    analysis_id = await service.accept(metadata={"note": "x" * 1500})
    path = service.url(analysis_id, "/outcome")
    await service.client.put(path, json=report(analysis_id))
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    await service.wiring.completion.flush()
    assert not service.left()
    assert service.accounts.settled[analysis_id].status == "succeeded"


async def test_what_cannot_be_billed_now_is_not_deleted_yet(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    assert (await service.client.delete(service.url(analysis_id))).status_code == 503
    service.accounts.down = False
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    assert not service.left()
    assert list(service.accounts.settled) == [analysis_id]


async def test_deleting_a_user_removes_all_of_theirs_and_nothing_of_others(
    service: Service,
) -> None:
    mine = await service.accept()
    other = ids.new_id("us")
    kept = ids.new_id("an")
    await service.client.put(f"/v1/users/{other}/analyses/{kept}", json=submission())
    assert (await service.client.delete(f"/v1/users/{service.user_id}")).status_code == 202
    await service.wiring.sweeper.sweep()
    assert (await service.client.get(service.url(mine))).status_code == 404
    assert service.left() == {f"pending/{other}/{kept}.json"}


async def test_the_outcome_goes_last_so_that_half_a_deletion_can_be_repeated(
    service: Service,
) -> None:
    analysis_id = await service.accept()
    await service.finish(analysis_id, preview=base64.b64encode(b"jpeg").decode())
    service.bucket.fail_deletes_of = "previews/"
    assert (await service.client.delete(service.url(analysis_id))).status_code == 503
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "succeeded"
    service.bucket.fail_deletes_of = None
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    assert not service.left()


async def test_a_deleted_account_leaves_no_upload_of_any_kind(service: Service) -> None:
    of_each = {
        keys.upload(service.user_id, "an_1"),
        keys.upload(service.user_id, "up_1"),
        keys.slot(service.user_id, "up_1", 7),
        keys.preview(service.user_id, "an_1"),
        keys.intent(service.user_id, "an_1"),
        keys.batch(service.user_id, "ba_1"),
        keys.idempotency(service.user_id, "0"),
        keys.tombstone(service.user_id, "an_1"),
        keys.embedding(service.user_id, "an_1"),
        keys.late(service.user_id, "an_1"),
    }
    for key in of_each:
        await service.bucket.put(key, b"{}")
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert not of_each & set(service.bucket.objects)
    assert not service.left()


async def test_what_was_deleted_says_so_however_it_is_asked_for(service: Service) -> None:
    analysis_id = await service.accept()
    await service.client.delete(service.url(analysis_id))
    again = await service.client.put(service.url(analysis_id), json=submission())
    for answer in (again, await service.client.get(service.url(analysis_id))):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        assert answer.json()["deleted"] is True
    assert await service.redis.xlen(events.REQUESTED) == 1
    # Its message, which may come again, is dropped and not run.
    assert (await service.client.head(service.url(analysis_id, "/outcome"))).status_code == 200
    never = await service.client.get(service.url(ids.new_id("an")))
    assert (never.status_code, "deleted" in never.json()) == (404, False)
