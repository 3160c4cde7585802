"""What fails for good and may do another time is kept whole, and run anew once."""

from typing import Any

import pytest
from conftest import Service, report
from sightline_contracts import ids

BASE = "/v1/dead-letters"


def failure(analysis_id: str, code: str = "timeout") -> dict[str, Any]:
    error = {"code": code, "title": "It failed", "detail": "It did.", "attempts": 1}
    return report(analysis_id, status="failed", result=None, error=error)


async def dead(service: Service, code: str = "timeout", **changes: object) -> str:
    analysis_id = await service.accept(**changes)
    answer = await service.client.put(
        service.url(analysis_id, "/outcome"), json=failure(analysis_id, code)
    )
    assert answer.status_code == 201, answer.text
    return analysis_id


async def test_a_dead_letter_holds_the_whole_invocation(service: Service) -> None:
    analysis_id = await dead(service)
    record = (await service.client.get(f"{BASE}/{analysis_id}")).json()
    assert (record["id"], record["user_id"]) == (analysis_id, service.user_id)
    assert (record["condition"], record["error"]["code"]) == ("RetriesExhausted", "timeout")
    assert record["invocation"]["input"]["image_url"] == "http://pictures.test/a.png"
    assert record["invocation"]["request_id"] == "req-1"
    assert len(record["attempts"]) == 1
    assert record["redriven_as"] is None


@pytest.mark.parametrize("code", ["image-not-found", "not-an-image", "address-not-allowed"])
async def test_what_the_client_got_wrong_is_no_dead_letter(service: Service, code: str) -> None:
    analysis_id = await dead(service, code)
    assert (await service.client.get(f"{BASE}/{analysis_id}")).status_code == 404
    assert (await service.client.get(BASE)).json() == {"items": [], "next_cursor": None}


async def test_work_that_waited_too_long_is_one_by_its_own_condition(service: Service) -> None:
    record = (await service.client.get(f"{BASE}/{await dead(service, 'expired')}")).json()
    assert record["condition"] == "EventAgeExceeded"


async def test_a_success_is_none(service: Service) -> None:
    analysis_id = await service.accept()
    await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    assert (await service.client.get(BASE)).json()["items"] == []


async def test_they_are_listed_page_by_page_newest_first(service: Service) -> None:
    made = [await dead(service) for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await service.client.get(BASE, params={"limit": "2", **cursor})).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(made, reverse=True)


async def test_a_redrive_is_a_new_analysis_of_the_same_user(service: Service) -> None:
    analysis_id = await dead(service)
    answer = await service.client.post(f"{BASE}/{analysis_id}/redrive")
    assert answer.status_code == 202
    made = answer.json()
    assert (made["status"], made["retry_of"]) == ("queued", analysis_id)
    assert service.accounts.reserved == [made["id"]]
    assert (await service.client.get(service.url(made["id"]))).json()["id"] == made["id"]
    record = (await service.client.get(f"{BASE}/{analysis_id}")).json()
    assert record["redriven_as"] == made["id"]


async def test_a_redrive_of_an_upload_takes_the_image_along(service: Service) -> None:
    analysis_id = ids.new_id("an")
    await service.client.put(service.url(analysis_id, "/upload"), content=b"image")
    given = {"kind": "upload", "image_url": None, "operations": ["hash"], "engine": "auto"}
    body = {"input": {**given, "metadata": {}}, "request_id": "r", "retry_of": None}
    await service.client.put(service.url(analysis_id), json=body)
    await service.client.put(service.url(analysis_id, "/outcome"), json=failure(analysis_id))
    made = (await service.client.post(f"{BASE}/{analysis_id}/redrive")).json()
    assert (await service.client.get(service.url(made["id"], "/upload"))).content == b"image"


async def test_a_second_redrive_gives_the_first_ones_analysis(service: Service) -> None:
    analysis_id = await dead(service)
    service.accounts.down = True
    assert (await service.client.post(f"{BASE}/{analysis_id}/redrive")).status_code == 503
    service.accounts.down = False
    first = (await service.client.post(f"{BASE}/{analysis_id}/redrive")).json()["id"]
    second = (await service.client.post(f"{BASE}/{analysis_id}/redrive")).json()["id"]
    assert first == second


async def test_deleting_removes_them_too(service: Service) -> None:
    redriven, other = await dead(service), await dead(service)
    await service.client.post(f"{BASE}/{redriven}/redrive")
    await service.client.delete(service.url(redriven))
    assert (await service.client.get(f"{BASE}/{redriven}")).status_code == 404
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert (await service.client.get(f"{BASE}/{other}")).status_code == 404
    assert not [key for key in service.left() if redriven in key or other in key]
