"""Analyses with something to find in them."""

from typing import Any

from conftest import Service


async def seen(service: Service, *, metadata: dict[str, Any] | None = None, **result: Any) -> str:
    """An analysis that has ended with such a result."""
    analysis_id = await service.accept(metadata=metadata or {})
    await service.finish(analysis_id, result={"analysis_id": analysis_id, **result})
    return analysis_id


def labels(*names: str, aliases: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": 0.9, "aliases": list(aliases)} for name in names]


def lines(*texts: str) -> list[dict[str, Any]]:
    return [{"text": text, "kind": "line"} for text in texts]


async def found(service: Service, **query: Any) -> list[str]:
    """All pages of a list."""
    ids: list[str] = []
    while True:
        page, cursor = await page_of(service, **query)
        ids += page
        if cursor is None:
            return ids
        query["cursor"] = cursor


async def page_of(service: Service, **query: Any) -> tuple[list[str], str | None]:
    answer = await service.client.get(f"/v1/users/{service.user_id}/analyses", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]], answer.json()["next_cursor"]
