"""Many pictures in one request, each accepted or rejected by itself."""

import uuid
from collections.abc import Callable
from pathlib import Path

from conftest import Origin, User, until


def test_a_batch_succeeds_in_part(user: User, origin: Origin, pictures: Path) -> None:
    for name in ("coffee.png", "astronaut.png"):
        origin.pages[f"/{name}"] = (200, {}, (pictures / name).read_bytes())
    items = [
        {"image_url": f"{origin.url}/coffee.png", "operations": ["hash"]},
        {"image_url": "ftp://x.test/a"},
        {"image_url": f"{origin.url}/astronaut.png"},
        {"image_url": f"{origin.url}/nowhere", "operations": ["hash"]},
        {"image_url": f"{origin.url}/coffee.png", "engine": "clarifai"},
    ]
    answer = user.post("/v1/batches", json={"items": items})
    assert answer.status_code == 202
    batch = answer.json()
    assert answer.headers["Location"] == f"/v1/batches/{batch['id']}"
    assert [item["analysis_id"] is None for item in batch["items"]] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert batch["items"][1]["error"]["errors"][0]["pointer"] == "/image_url"
    assert batch["items"][4]["error"]["type"] == "/problems/operation-unavailable"

    def ended() -> dict[str, object] | None:
        found = dict(user.get(f"/v1/batches/{batch['id']}").json())
        return found if not found["counts"].keys() & {"queued", "running"} else None

    found = until(ended)
    assert found["counts"] == {"succeeded": 2, "rejected": 2, "failed": 1}
    assert found["items"][3]["error"]["code"] == "image-not-found"  # type: ignore[index]


def test_the_same_key_makes_one_batch(user: User, origin: Origin, pictures: Path) -> None:
    origin.pages["/one.png"] = (200, {}, (pictures / "coffee.png").read_bytes())
    body = {"items": [{"image_url": f"{origin.url}/one.png"}] * 3}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, second = (user.post("/v1/batches", json=body, headers=key).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert len(user.get("/v1/analyses").json()["items"]) == 3
    other = user.post("/v1/batches", json={"items": body["items"][:1]}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_batch_is_its_makers_alone(
    user: User, origin: Origin, sign_up: Callable[[], User]
) -> None:
    body = {"items": [{"image_url": f"{origin.url}/nowhere"}]}
    batch = user.post("/v1/batches", json=body).json()
    assert sign_up().get(f"/v1/batches/{batch['id']}").status_code == 404


def test_too_many_or_none_are_refused(user: User) -> None:
    item = {"image_url": "http://x.test/a"}
    for items in ([], [item] * 129):
        answer = user.post("/v1/batches", json={"items": items})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert user.get("/v1/analyses").json()["items"] == []
