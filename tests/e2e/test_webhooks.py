"""What a receiver of webhooks sees, and checks as Standard Webhooks say."""

import base64
import hashlib
import hmac
import json
from typing import Any

from conftest import Origin, User, until


def submit(user: User, origin: Origin, path: str, image: str = "/image") -> Any:
    body = {"image_url": origin.url + image, "operations": ["hash"]}
    answer = user.post("/v1/analyses", json={**body, "webhook_url": origin.url + path})
    assert answer.status_code == 202, answer.text
    return answer.json()


def posts(origin: Origin, path: str, count: int) -> list[tuple[dict[str, str], bytes]]:
    def look() -> list[tuple[dict[str, str], bytes]] | None:
        found = [(headers, body) for to, headers, body in origin.posted if to == path]
        return found if len(found) >= count else None

    return until(look)


def test_a_receiver_hears_of_each_end_and_can_check_who_says_it(
    user: User, origin: Origin, pictures: Any
) -> None:
    origin.pages["/image"] = (200, {}, (pictures / "coffee.png").read_bytes())
    origin.pages["/hook"] = (204, {}, b"")
    good, bad = submit(user, origin, "/hook"), submit(user, origin, "/hook", "/nothing")
    secret = user.get("/v1/me/webhook-secret").json()["secret"]
    seen = {}
    for headers, body in posts(origin, "/hook", 2):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        message = json.loads(body)
        assert message["type"] == "analysis.completed"
        assert message["id"] == headers["webhook-id"]
        seen[message["data"]["id"]] = message["data"]
    assert seen == {one["id"]: user.ended(one["id"]) for one in (good, bad)}
    assert [seen[one["id"]]["status"] for one in (good, bad)] == ["succeeded", "failed"]


def test_a_receiver_that_fails_hears_the_same_message_again(user: User, origin: Origin) -> None:
    origin.pages["/sick"] = (503, {}, b"")
    submit(user, origin, "/sick", "/nothing")
    first, second, *_ = posts(origin, "/sick", 2)
    origin.pages["/sick"] = (200, {}, b"")
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]


def test_a_private_receiver_is_not_called(user: User, origin: Origin, forbidden: Origin) -> None:
    body = {"image_url": origin.url + "/nothing", "webhook_url": forbidden.url + "/hook"}
    user.ended(user.post("/v1/analyses", json=body).json()["id"])
    submit(user, origin, "/after", "/nothing")
    posts(origin, "/after", 1)
    assert forbidden.posted == []
