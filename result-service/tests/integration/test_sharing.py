"""Parts of an analysis are shown to whoever has a share, until it ends, is withdrawn, or the analysis is deleted."""

import base64
from typing import Any

import httpx2
import pytest
from conftest import Service
from sightline_contracts import ids

from result_service.analyses.sharing import MAX_SHARES
from result_service.models.shares import Share
from result_service.store import keys

JPEG = b"jpeg"


async def analysed(service: Service) -> str:
    analysis_id = await service.accept()
    preview = base64.b64encode(JPEG).decode()
    assert (await service.finish(analysis_id, preview=preview)).status_code == 201
    return analysis_id


async def share(service: Service, analysis_id: str, **changes: Any) -> httpx2.Response:
    share_id = changes.pop("share_id", None) or ids.new_id("sh")
    wanted = {"expires_in": 3600, "parts": ["page"], **changes}
    return await service.client.put(service.url(analysis_id, f"/shares/{share_id}"), json=wanted)


async def status(service: Service, analysis_id: str, share_id: str, part: str = "") -> int:
    answer = await service.client.get(service.url(analysis_id, f"/shares/{share_id}{part}"))
    return answer.status_code


async def test_a_page_shows_preview_and_result(service: Service) -> None:
    analysis_id = await analysed(service)
    made = await share(service, analysis_id)
    assert (made.status_code, made.json()["parts"]) == (201, ["page"])
    base = f"/shares/{made.json()['share_id']}"
    assert (await service.client.get(service.url(analysis_id, base))).json() == made.json()
    preview = await service.client.get(service.url(analysis_id, f"{base}/preview"))
    assert (preview.content, preview.headers["Content-Type"]) == (JPEG, "image/jpeg")
    result = await service.client.get(service.url(analysis_id, f"{base}/result"))
    plain = await service.client.get(service.url(analysis_id, "/result"))
    assert result.content == plain.content
    again = await service.client.get(
        service.url(analysis_id, f"{base}/preview"),
        headers={"If-None-Match": preview.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("part", ["preview", "result"])
async def test_a_share_shows_its_part_alone(service: Service, part: str) -> None:
    analysis_id = await analysed(service)
    share_id = (await share(service, analysis_id, parts=[part])).json()["share_id"]
    shown = {
        one: await status(service, analysis_id, share_id, one)
        for one in ("", "/preview", "/result")
    }
    assert shown == {one: 200 if one == f"/{part}" else 404 for one in shown}


async def test_what_is_withdrawn_or_has_ended_shows_nothing(service: Service) -> None:
    analysis_id = await analysed(service)
    share_id = (await share(service, analysis_id)).json()["share_id"]
    path = service.url(analysis_id, f"/shares/{share_id}")
    assert (await service.client.delete(path)).status_code == 204
    assert (await service.client.delete(path)).status_code == 404
    assert await status(service, analysis_id, share_id) == 404
    ended = Share(
        share_id=ids.new_id("sh"),
        parts=["page"],
        created_at="2026-01-01T00:00:00.000Z",
        expires_at="2026-01-02T00:00:00.000Z",
    )
    key = keys.share(service.user_id, analysis_id, ended.share_id)
    await service.bucket.put(key, ended.model_dump_json().encode())
    for part in ("", "/preview", "/result"):
        assert await status(service, analysis_id, ended.share_id, part) == 404
    listed = await service.client.get(service.url(analysis_id, "/shares"))
    assert listed.json() == {"items": []}
    await share(service, analysis_id)
    assert key not in service.bucket.objects


async def test_what_is_deleted_is_not_shared_any_more(service: Service) -> None:
    analysis_id = await analysed(service)
    share_id = (await share(service, analysis_id)).json()["share_id"]
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    for part in ("s", f"s/{share_id}", f"s/{share_id}/preview", f"s/{share_id}/result"):
        path = service.url(analysis_id, f"/share{part}")
        assert (await service.client.get(path)).status_code == 404
    assert not service.left()
    assert (await share(service, analysis_id)).status_code == 404


async def test_a_deleted_user_shares_nothing(service: Service) -> None:
    analysis_id = await analysed(service)
    share_id = (await share(service, analysis_id)).json()["share_id"]
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert await status(service, analysis_id, share_id) == 404
    assert not service.left()


async def test_only_what_has_succeeded_can_be_shared(service: Service) -> None:
    queued = await service.accept()
    refused = await share(service, queued)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-to-share")
    await service.client.post(service.url(queued, "/cancel"))
    assert (await share(service, queued)).status_code == 409
    assert (await share(service, ids.new_id("an"))).status_code == 404


async def test_a_repetition_makes_no_second_share_and_there_are_not_too_many(
    service: Service,
) -> None:
    analysis_id = await analysed(service)
    first = await share(service, analysis_id)
    again = await share(service, analysis_id, share_id=first.json()["share_id"], expires_in=60)
    assert again.json() == first.json()
    for _ in range(MAX_SHARES - 1):
        assert (await share(service, analysis_id)).status_code == 201
    refused = await share(service, analysis_id)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-shares")
    again = await share(service, analysis_id, share_id=first.json()["share_id"])
    assert again.status_code == 201
    listed = await service.client.get(service.url(analysis_id, "/shares"))
    assert len(listed.json()["items"]) == MAX_SHARES


@pytest.mark.parametrize(
    "wanted",
    [{"expires_in": 59}, {"expires_in": 30 * 86_400 + 1}, {"parts": []}, {"parts": ["upload"]}],
)
async def test_what_cannot_be_shared_is_refused(service: Service, wanted: dict[str, Any]) -> None:
    assert (await share(service, ids.new_id("an"), **wanted)).status_code == 422
