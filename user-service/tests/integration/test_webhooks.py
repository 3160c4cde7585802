"""Webhook secrets and signatures, checked as a receiver of Standard Webhooks does."""

import base64
import hashlib
import hmac

from conftest import Service
from sightline_contracts import ids

MESSAGE = ids.new_id("msg")
BODY = '{"type": "analysis.completed", "name": "é"}'.encode()


async def sign(service: Service, user_id: str, **headers: str) -> tuple[int, str]:
    given = {"webhook-id": MESSAGE, "webhook-timestamp": "1700000000", **headers}
    answer = await service.client.post(
        f"/v1/users/{user_id}/webhook-signatures", content=BODY, headers=given
    )
    return answer.status_code, answer.json().get("signature", "")


async def test_the_users_secret_verifies_the_signature(service: Service) -> None:
    user = await service.sign_up()
    told = (await service.client.get(f"/v1/users/{user['id']}/webhook-secret")).json()["secret"]
    assert told.startswith("whsec_")
    key = base64.b64decode(told.removeprefix("whsec_"))
    status, signature = await sign(service, user["id"])
    expected = hmac.new(key, f"{MESSAGE}.1700000000.".encode() + BODY, hashlib.sha256).digest()
    assert (status, signature) == (200, "v1," + base64.b64encode(expected).decode())


async def test_each_user_has_another_secret_and_keeps_it(service: Service) -> None:
    ids_ = [(await service.sign_up())["id"] for _ in range(2)]
    told = [
        (await service.client.get(f"/v1/users/{one}/webhook-secret")).json()["secret"]
        for one in (*ids_, *ids_)
    ]
    assert told[:2] == told[2:]
    assert told[0] != told[1]


async def test_who_is_not_there_has_no_secret(service: Service) -> None:
    answer = await service.client.get(f"/v1/users/{ids.new_id('us')}/webhook-secret")
    assert answer.status_code == 404


async def test_ids_and_times_that_are_none_are_refused(service: Service) -> None:
    user = await service.sign_up()
    for headers in ({"webhook-id": "a.b"}, {"webhook-timestamp": "-1"}, {"webhook-id": ""}):
        assert (await sign(service, user["id"], **headers))[0] == 422
