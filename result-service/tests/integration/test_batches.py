"""A batch keeps which submissions became which analyses, and shows their states."""

from typing import Any

from conftest import Service, report
from sightline_contracts import ids

PROBLEM = {"type": "/problems/invalid-request", "title": "No", "status": 422, "detail": "No"}


def batch_url(service: Service, batch_id: str, tail: str = "") -> str:
    return f"/v1/users/{service.user_id}/batches/{batch_id}{tail}"


def members(*found: str | None) -> dict[str, Any]:
    return {
        "members": [
            {"index": index, "analysis_id": analysis_id, "error": None if analysis_id else PROBLEM}
            for index, analysis_id in enumerate(found)
        ]
    }


async def test_a_batch_shows_what_became_of_each(service: Service) -> None:
    ended, queued, gone = [await service.accept() for _ in range(3)]
    batch_id = ids.new_id("ba")
    await service.client.put(batch_url(service, batch_id), json=members(ended, queued, None, gone))
    await service.client.put(service.url(ended, "/outcome"), json=report(ended))
    await service.client.delete(service.url(gone))
    batch = (await service.client.get(batch_url(service, batch_id))).json()
    assert [item["status"] for item in batch["items"]] == [
        "succeeded",
        "queued",
        "rejected",
        "missing",
    ]
    assert [item["index"] for item in batch["items"]] == [0, 1, 2, 3]
    assert batch["items"][2]["error"] == PROBLEM
    assert batch["counts"] == {"succeeded": 1, "queued": 1, "rejected": 1, "missing": 1}
    assert batch["id"] == batch_id


async def test_of_two_beginnings_the_first_stands(service: Service) -> None:
    first, second = await service.accept(), await service.accept()
    url = batch_url(service, ids.new_id("ba"))
    assert (await service.client.put(url, json=members(first))).json() == members(first)
    assert (await service.client.put(url, json=members(second))).json() == members(first)
    assert (await service.client.post(f"{url}/settlement", json=members(None))).status_code == 204
    assert (await service.client.get(url)).json()["counts"] == {"rejected": 1}


async def test_a_batch_of_somebody_else_is_not_there(service: Service) -> None:
    url = batch_url(service, ids.new_id("ba"))
    await service.client.put(url, json=members(await service.accept()))
    other = url.replace(service.user_id, ids.new_id("us"))
    assert (await service.client.get(other)).status_code == 404


async def test_it_goes_with_its_user(service: Service) -> None:
    url = batch_url(service, ids.new_id("ba"))
    await service.client.put(url, json=members(None))
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert (await service.client.get(url)).status_code == 404
