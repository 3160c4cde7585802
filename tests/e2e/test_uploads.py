"""An image goes straight into the store, and its id is submitted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from conftest import User


def presign(user: User, size: int) -> Any:
    answer = user.post("/v1/uploads", json={"content_type": "image/png", "size": size})
    assert answer.status_code == 201, answer.text
    return answer.json()


def put(upload: Any, content: bytes, **headers: str) -> httpx2.Response:
    given = {**upload["headers"], **headers}
    return httpx2.request(
        upload["method"], upload["url"], headers=given, content=content, timeout=30
    )


def test_what_was_put_there_is_analysed_as_often_as_wanted(user: User, pictures: Path) -> None:
    image = (pictures / "coffee.png").read_bytes()
    upload = presign(user, len(image))
    assert put(upload, image).status_code == 200
    body = {"upload_id": upload["upload_id"], "operations": ["metadata"]}
    for _ in range(2):
        answer = user.post("/v1/analyses", json=body)
        assert answer.status_code == 202, answer.text
        analysis = user.ended(answer.json()["id"])
        assert analysis["status"] == "succeeded"
        assert analysis["input"]["kind"] == "upload"
        assert analysis["result"]["image"]["bytes"] == len(image)
    batch = user.post("/v1/batches", json={"items": [body, {**body, "image_url": "http://x.test"}]})
    assert [one["status"] == "rejected" for one in batch.json()["items"]] == [False, True]


def test_an_upload_is_its_makers_and_has_to_be_there(
    user: User, sign_up: Callable[[], User]
) -> None:
    upload = presign(user, 4)
    for who in (user, sign_up()):
        answer = who.post("/v1/analyses", json={"upload_id": upload["upload_id"]})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/upload_id"]
        assert who.usage()["quota"]["reserved"] == 0
        put(upload, b"\x89PNG")
