"""Newest first, pending and ended merged, page after page."""

import pytest
from conftest import Service, report
from sightline_contracts import ids

from result_service import keys
from result_service.bucket import StoredObject


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
    for one in accepted[:2]:
        await service.client.put(service.url(one, "/outcome"), json=report(one))
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
    assert [one["status"] for one in third] == ["succeeded"] * 3
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
