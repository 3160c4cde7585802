"""Newest first, pending and ended merged, page after page."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from conftest import Service, report, submission
from sightline_contracts import ids

from result_service.analyses.merging import Merging
from result_service.store import keys
from result_service.store.bucket import PAGE, Listed, StoredObject


async def ids_of(service: Service, **query: object) -> tuple[list[str], str | None]:
    answer = await service.client.get(f"/v1/users/{service.user_id}/analyses", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]], answer.json()["next_cursor"]


async def test_pages_hold_everything_once_newest_first(service: Service) -> None:
    accepted = [await service.accept() for _ in range(7)]
    for analysis_id in accepted[1::2]:
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = await ids_of(service, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += page
        if cursor is None:
            break
    assert seen == sorted(accepted, key=keys.newest_first)


async def test_what_was_accepted_in_one_millisecond_and_ends_meanwhile_is_listed_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ids.new_id("an")
    siblings = [f"{made[:-1]}{last}" for last in "123"]
    fresh = iter(siblings)
    with monkeypatch.context() as patch:
        patch.setattr(ids, "new_id", lambda _prefix: next(fresh))
        for _ in siblings:
            await service.accept()
    # As a reader sees it whose two listings fall before and after the end of two of them.
    pending = dict(service.bucket.objects)
    for analysis_id in siblings[:2]:
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    service.bucket.objects.update(pending)
    whole, _ = await ids_of(service)
    assert sorted(whole) == siblings
    first, cursor = await ids_of(service, limit=1)
    rest, _ = await ids_of(service, cursor=cursor)
    assert first + rest == whole


async def test_the_status_filter_finds_what_it_names(service: Service) -> None:
    accepted = [await service.accept() for _ in range(4)]
    await service.client.put(service.url(accepted[0], "/outcome"), json=report(accepted[0]))
    assert await ids_of(service, status="succeeded") == ([accepted[0]], None)
    assert (await ids_of(service, status="queued"))[0] == sorted(
        accepted[1:], key=keys.newest_first
    )
    assert await ids_of(service, status="failed") == ([], None)


async def test_an_analysis_is_read_once_however_often_it_is_listed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = [await service.accept() for _ in range(3)]
    for analysis_id in accepted[:2]:
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    path = f"/v1/users/{service.user_id}/analyses"
    first = await service.client.get(path)
    asked: list[str] = []
    get = service.bucket.get

    async def noted(key: str) -> StoredObject | None:
        asked.append(key)
        return await get(key)

    monkeypatch.setattr(service.bucket, "get", noted)
    second = await service.client.get(path)
    assert second.json() == first.json()
    assert asked == []
    await service.client.put(service.url(accepted[2], "/outcome"), json=report(accepted[2]))
    third = (await service.client.get(path)).json()["items"]
    assert [item["status"] for item in third] == ["succeeded"] * 3
    await service.client.delete(service.url(accepted[0]))
    assert (await ids_of(service))[0] == [accepted[2], accepted[1]]


async def test_what_ended_a_moment_ago_is_not_listed_as_queued(service: Service) -> None:
    ended, queued = await service.accept(), await service.accept()
    pending = dict(service.bucket.objects)
    await service.client.put(service.url(ended, "/outcome"), json=report(ended))
    service.bucket.objects.update(pending)  # not completed yet
    assert await ids_of(service, status="queued") == ([queued], None)


@pytest.mark.parametrize(
    "query", [{"cursor": "nonsense"}, {"limit": 0}, {"limit": 101}, {"status": "done"}]
)
async def test_a_bad_query_is_422(service: Service, query: dict[str, object]) -> None:
    answer = await service.client.get(f"/v1/users/{service.user_id}/analyses", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(query))}"


def large(analysis_id: str) -> dict[str, object]:
    words = [{"text": "word " * 20, "kind": "line", "confidence": 0.9} for _ in range(500)]
    return report(
        analysis_id,
        result={
            "schema_version": "1",
            "analysis_id": analysis_id,
            "text": words,
            "faces": [{}, {}],
            "labels": [{"name": "page"}, {"name": "paper"}],
            "codes": [{}],
            "moderation": [{"name": "explicit", "confidence": 0.03}],
            "colors": [{"hex": "#ffffff"}, {"hex": "#000000"}],
            "image": {"width": 640, "height": 480},
            "attempts": [{"number": 1}],
        },
    )


async def test_a_list_reads_no_result_and_tells_what_was_found(service: Service) -> None:
    accepted = [await service.accept() for _ in range(5)]
    for analysis_id in accepted:
        await service.client.put(service.url(analysis_id, "/outcome"), json=large(analysis_id))
    service.bucket.gets.clear()
    answer = await service.client.get(f"/v1/users/{service.user_id}/analyses")
    assert not [key for key in service.bucket.gets if key.startswith("analyses/")]
    assert len(answer.content) < 10_000
    for item in answer.json()["items"]:
        assert item["result"] is None
        assert item["attempts"] == 1
        assert item["summary"] == {
            "faces": 2,
            "text_lines": 500,
            "labels": ["page", "paper"],
            "codes": 1,
            "explicit": 0.03,
            "colors": ["#ffffff", "#000000"],
            "width": 640,
            "height": 480,
        }
    analysis = (await service.client.get(service.url(accepted[0]))).json()
    assert (len(analysis["result"]["text"]), analysis["summary"]["text_lines"]) == (500, 500)


async def test_a_list_tells_why_an_analysis_failed_without_reading_it(service: Service) -> None:
    error = {"code": "timeout", "title": "Slow", "detail": "Too slow.", "attempts": 3}
    analysis_id = await service.accept()
    await service.finish(analysis_id, status="failed", result=None, error=error)
    service.bucket.gets.clear()
    (item,) = (await service.client.get(f"/v1/users/{service.user_id}/analyses")).json()["items"]
    assert (item["error"], item["summary"], item["attempts"]) == (error, None, 1)
    assert not [key for key in service.bucket.gets if key.startswith("analyses/")]


async def test_a_filter_that_finds_little_looks_at_many_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = [await service.accept() for _ in range(120)]
    for analysis_id in accepted:
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    head, under_way, most = service.bucket.head, 0, 0

    async def noted(key: str) -> StoredObject | None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return await head(key)

    monkeypatch.setattr(service.bucket, "head", noted)
    assert await ids_of(service, status="failed", limit=1) == ([], None)
    assert most == 50


async def test_a_filtered_list_goes_on_where_its_page_was_full(service: Service) -> None:
    accepted = [await service.accept() for _ in range(9)]
    for analysis_id in accepted[::2]:
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    wanted = sorted(accepted[::2], key=keys.newest_first)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(5):
        more = {"cursor": cursor} if cursor else {}
        page, cursor = await ids_of(service, status="succeeded", limit=2, **more)
        assert len(page) <= 2
        seen += page
        if cursor is None:
            break
    assert seen == wanted
    assert cursor is None


async def test_of_thousands_that_wait_a_page_lists_a_few(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest of them, in the same order as all: several in a millisecond, some of them ended."""
    service.wiring.listing._merging = Merging(service.bucket, enough=5)
    now = int(time.time() * 1000)
    made = [
        f"{ids.prefix_of('an', now - 400_000 + 700 * (number // 3))}{number:016d}"
        for number in range(600)
    ]
    made += [f"{ids.prefix_of('an', now - 1000)}{number:016d}" for number in range(600, 660)]
    for number, analysis_id in enumerate(made):
        await service.client.put(service.url(analysis_id), json=submission())
        if number % 7 == 0:
            await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    await service.wiring.completion.flush()
    listed = service.bucket.list
    seen: list[str] = []

    async def counted(prefix: str, **given: Any) -> AsyncIterator[Listed]:
        async for item in listed(prefix, **given):
            if prefix.startswith("pending/"):
                seen.append(item.key)
            yield item

    monkeypatch.setattr(service.bucket, "list", counted)
    wanted = sorted(made, key=keys.newest_first)
    found, cursor = await ids_of(service, limit=10)
    assert len(seen) < 300  # of 565 pending ones, of which 60 in one millisecond
    # Fewer at a time than there are in one millisecond:
    service.wiring.listing._merging = Merging(service.bucket, max_listed=20, enough=5)
    while cursor:
        page, cursor = await ids_of(service, limit=100, cursor=cursor)
        found += page
    assert found == wanted
    queued, _ = await ids_of(service, limit=10, status="queued")
    ended = set(made[::7])
    assert queued == [analysis_id for analysis_id in wanted if analysis_id not in ended][:10]


async def test_the_end_of_a_part_that_waits_belongs_to_one_part_alone(
    service: Service,
) -> None:
    """Where the time is cut, what ended in that millisecond is neither missed nor told twice."""
    service.wiring.listing._merging = Merging(service.bucket, max_listed=4, enough=1)
    now = int(time.time() * 1000)
    made = [f"{ids.prefix_of('an', now - 16 + number // 2)}{number:016d}" for number in range(32)]
    for number, analysis_id in enumerate(made):
        await service.client.put(service.url(analysis_id), json=submission())
        if number % 2:
            await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    await service.wiring.completion.flush()
    whole, _ = await ids_of(service, limit=100)
    assert whole == sorted(made, key=keys.newest_first)


async def test_where_many_wait_the_store_is_not_asked_for_whole_pages(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.wiring.listing._merging = Merging(service.bucket, max_listed=4, enough=1)
    listed, pages = service.bucket.list, []

    def watched(prefix: str, **given: Any) -> AsyncIterator[Listed]:
        if prefix.startswith("pending/"):
            pages.append(given["page"])
        return listed(prefix, **given)

    monkeypatch.setattr(service.bucket, "list", watched)
    await service.accept()
    for _ in range(2):
        await ids_of(service, limit=2)
    assert pages == [PAGE, PAGE]
    for _ in range(5):
        await service.accept()
    pages.clear()
    await ids_of(service, limit=2)
    assert (pages[0], set(pages[1:])) == (PAGE, {5})
    pages.clear()
    await ids_of(service, limit=2)
    assert set(pages) == {5}
