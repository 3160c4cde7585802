"""An address for an image is given to who may submit one."""

from typing import Any

import pytest
from conftest import Gateway

WANTED = {"content_type": "image/png", "size": 7}


async def presign(gateway: Gateway, body: dict[str, Any], **headers: str) -> Any:
    return await gateway.client.post(
        "/v1/uploads", json=body, headers={**gateway.auth(), **headers}
    )


async def test_the_same_key_gives_the_same_upload(gateway: Gateway) -> None:
    first, second = [await presign(gateway, WANTED, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["upload_id"] == second.json()["upload_id"]
    assert first.headers["Cache-Control"] == "no-store"
    other = await presign(gateway, {**WANTED, "size": 8}, **{"Idempotency-Key": "k"})
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert (await presign(gateway, WANTED)).json()["upload_id"] != first.json()["upload_id"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"content_type": "text/html"}, "/content_type"),
        ({"content_type": "image/a\r\nb"}, "/content_type"),
        ({"size": 0}, "/size"),
        ({"size": 20 * 2**20 + 1}, "/size"),
        ({"size": "7"}, "/size"),
        ({"key": "uploads/other"}, "/key"),
    ],
)
async def test_what_is_no_image_is_422(
    gateway: Gateway, change: dict[str, Any], pointer: str
) -> None:
    answer = await presign(gateway, {**WANTED, **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_it_needs_the_right_to_submit(gateway: Gateway) -> None:
    headers = gateway.auth(scope="analyses:read")
    assert (
        await gateway.client.post("/v1/uploads", json=WANTED, headers=headers)
    ).status_code == 403


async def test_the_webhook_secret_is_its_owners(gateway: Gateway) -> None:
    answer = await gateway.client.get("/v1/me/webhook-secret", headers=gateway.auth())
    assert answer.json() == {"secret": f"whsec_{gateway.user_id}"}
    assert answer.headers["Cache-Control"] == "no-store"
    refused = gateway.auth(scope="analyses:read analyses:write")
    assert (await gateway.client.get("/v1/me/webhook-secret", headers=refused)).status_code == 403
