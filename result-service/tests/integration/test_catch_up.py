"""An index agrees with the bucket whenever it is asked, whatever happened since it was asked before."""

import time
from typing import Any

import pytest
from conftest import Service, report, submission
from searching import found, labels, lines, page_of, seen
from sightline_contracts import cursors, ids

from result_service.analyses.service import LATE_MS
from result_service.index.folder import IndexFolder
from result_service.models.analyses import Report
from result_service.search import catch_up
from result_service.search.catch_up import OVERLAP_MS, CatchUp
from result_service.search.rebuilding import rebuild
from result_service.store import keys
from result_service.store.bucket import StoredObject

DOG: dict[str, Any] = {"result": {"labels": labels("dog")}}


def later(service: Service, milliseconds: int) -> None:
    """Let the index's clock go on."""
    service.wiring.catch_up._clock = lambda: time.time() + milliseconds / 1000


def made_before(milliseconds: int) -> str:
    """An id that was made so long ago."""
    prefix = ids.prefix_of("an", int(time.time() * 1000) - milliseconds)
    return prefix + ids.new_id("an")[-16:]


async def test_what_ends_long_after_it_was_accepted_is_found(service: Service) -> None:
    waiting, other = await service.accept(), await service.accept()
    later(service, OVERLAP_MS + 1000)
    assert await found(service, label="dog") == []
    later(service, 5 * OVERLAP_MS)
    assert await found(service, label="dog") == []
    await service.finish(waiting, **DOG)
    assert await found(service, label="dog") == [waiting]
    await service.client.post(service.url(other, "/cancel"))
    await service.wiring.completion.flush()
    assert await found(service, label="dog") == [waiting]
    progress = await service.wiring.index.use(service.user_id, lambda index: index.progress())
    assert progress.waiting == frozenset()


async def test_what_is_accepted_long_after_its_id_was_made_is_found(service: Service) -> None:
    """As by a repetition whose first request failed before the intent was written."""
    later(service, OVERLAP_MS)
    assert await found(service, label="dog") == []
    old = made_before(OVERLAP_MS + 60_000)
    await service.client.put(service.url(old), json=submission())
    await service.finish(old, **DOG)
    assert await found(service, label="dog") == [old]
    assert keys.late(service.user_id, old) in service.bucket.objects
    await service.client.delete(service.url(old))
    assert not service.left()


async def test_what_is_accepted_at_once_leaves_no_mark(service: Service) -> None:
    analysis_id = made_before(LATE_MS // 2)
    await service.client.put(service.url(analysis_id), json=submission())
    assert service.left() == {keys.pending(service.user_id, analysis_id)}


async def test_many_are_indexed_in_the_background_and_found_page_by_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = sorted(
        [await seen(service, labels=labels("dog")) for _ in range(9)], key=keys.newest_first
    )
    catching_up = service.wiring.catch_up
    catching_up._at_once, catching_up._wait_s = 2, 0
    monkeypatch.setattr(catch_up, "CHUNK", 2)
    assert await found(service, label="dog", limit=3) == wanted
    catching_up._wait_s = 60
    assert await page_of(service, label="dog") == (wanted, None)


async def test_a_page_that_ends_at_the_gap_goes_on_there(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = sorted(
        [await seen(service, labels=labels("dog")) for _ in range(12)], key=keys.newest_first
    )
    catching_up = service.wiring.catch_up
    catching_up._at_once, catching_up._wait_s = 2, 0
    monkeypatch.setattr(catch_up, "CHUNK", 3)
    with monkeypatch.context() as patch:
        patch.setattr(CatchUp, "_fill_gap", _nothing)
        # Each look adds three.
        assert await page_of(service, label="dog") == (wanted[:3], cursors.encode(wanted[2]))
        older = cursors.encode(wanted[9])
        assert await page_of(service, label="dog", cursor=older) == ([], older)
        assert await page_of(service, label="cat") == ([], cursors.encode(wanted[8]))
        similar = await _similar(service, wanted[0])
        assert similar["complete"] is False
    await catching_up.fill_whole(service.user_id)
    assert await page_of(service, label="dog") == (wanted, None)
    assert (await _similar(service, wanted[0]))["complete"] is True


async def _nothing(_self: object, _user_id: str) -> None:
    pass


async def _similar(service: Service, analysis_id: str) -> dict[str, Any]:
    # It has nothing to be compared by; the answer is that of one that has.
    stored, when = service.bucket.objects[keys.outcome(service.user_id, analysis_id)]
    changed = stored.body.replace(b'"labels"', b'"hash":{"phash":"00000000000000ff"},"labels"')
    body = StoredObject(changed, stored.etag, stored.metadata, len(changed))
    service.bucket.objects[keys.outcome(service.user_id, analysis_id)] = body, when
    answer = await service.client.get(service.url(analysis_id, "/similar"))
    service.bucket.objects[keys.outcome(service.user_id, analysis_id)] = stored, when
    return dict(answer.json())


async def test_replicas_agree_with_the_bucket(service: Service) -> None:
    """A second one, with an index of its own, that has missed all that happened."""
    first = await seen(service, labels=labels("dog"))
    assert await found(service, label="dog") == [first]
    wiring, there = service.wiring, IndexFolder(None)
    mine = wiring.finding._folder
    try:
        second = await seen(service, labels=labels("dog"))
        for part in (wiring.finding, wiring.catch_up, wiring.finding._showing):
            part._folder = there  # type: ignore[attr-defined]
        assert await found(service, label="dog") == [second, first]
        await service.client.delete(service.url(first))
        assert await found(service, label="dog") == [second]
    finally:
        for part in (wiring.finding, wiring.catch_up, wiring.finding._showing):
            part._folder = mine  # type: ignore[attr-defined]
        there.close()
    assert await found(service, label="dog") == [second]


async def test_an_outcome_that_cannot_be_read_keeps_no_other_from_being_found(
    service: Service,
) -> None:
    good, bad = await seen(service, labels=labels("dog")), await seen(service, labels=labels("dog"))
    key = keys.outcome(service.user_id, bad)
    stored, when = service.bucket.objects[key]
    service.bucket.objects[key] = StoredObject(b"{", stored.etag, stored.metadata, 1), when
    assert await found(service, label="dog") == [good]


async def test_a_rebuilt_index_holds_what_the_bucket_holds(service: Service) -> None:
    one = await seen(service, labels=labels("dog"), text=lines("Invoice 7"))
    stranger = service.user_id
    service.user_id = ids.new_id("us")
    other = await seen(service, labels=labels("dog"))
    await service.wiring.index.use(stranger, lambda index: index.progress())
    await service.wiring.index.use(ids.new_id("us"), lambda index: index.progress())
    parts = (service.wiring.bucket, service.wiring.index, service.wiring.catch_up)
    made = [user_id async for user_id in rebuild(*parts)]
    assert sorted(made) == sorted([stranger, service.user_id])
    assert sorted(await service.wiring.index.users()) == sorted(made)
    assert [user_id async for user_id in rebuild(*parts, users=[stranger])] == [stranger]
    assert await found(service, label="dog") == [other]
    service.user_id = stranger
    assert await found(service, q="invoice dog") == [one]


async def test_without_the_bucket_nothing_is_said(service: Service) -> None:
    await seen(service, labels=labels("dog"))
    service.bucket.down = True
    path = f"/v1/users/{service.user_id}/analyses"
    answer = await service.client.get(path, params={"label": "dog"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_a_report_that_is_indexed_twice_is_found_once(service: Service) -> None:
    analysis_id = await seen(service, labels=labels("dog"))
    assert await found(service, label="dog") == [analysis_id]
    await service.wiring.analyses.finish(
        service.user_id, analysis_id, Report.model_validate(report(analysis_id))
    )
    later(service, OVERLAP_MS * 2)
    assert await found(service, label="dog") == [analysis_id]
    assert await found(service, label="dog") == [analysis_id]


async def test_of_many_that_ended_late_the_rest_is_filled_in_the_background(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [await service.accept() for _ in range(6)]
    later(service, OVERLAP_MS + 1000)
    assert await found(service, label="dog") == []
    for analysis_id in waiting:
        await service.finish(analysis_id, **DOG)
    newest = made_before(-OVERLAP_MS)  # by the index's clock, just now
    await service.client.put(service.url(newest), json=submission())
    await service.finish(newest, **DOG)
    wanted = sorted(waiting, key=keys.newest_first)
    catching_up = service.wiring.catch_up
    catching_up._at_once = 2
    with monkeypatch.context() as patch:
        patch.setattr(CatchUp, "_fill_gap", _nothing)
        first, cursor = await page_of(service, label="dog")
        assert (first, cursor is None) == ([newest], False)
    assert (await found(service, label="dog")) == [newest, *wanted]
    assert await found(service, label="dog", cursor=cursor) == wanted
