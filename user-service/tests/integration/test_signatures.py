"""Requests signed with an API key, as AWS's own signer does it."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import Service
from sightline_contracts import ids

from user_service.table import update, user_pk

REGION, NAME = "eu-central-1", "rekognition"
PATH = "/v1/api-keys/verify-signature"


async def make_key(service: Service, user: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {"name": "boto3", "scopes": ["analyses:read"], **changes}
    return dict((await service.client.post(f"/v1/users/{user['id']}/api-keys", json=body)).json())


def signed(key_id: str, secret: str) -> dict[str, str]:
    """What botocore makes of a request, as the gateway hands it on."""
    signer = SigV4Auth(Credentials(key_id, secret), NAME, REGION)
    request = AWSRequest("POST", "http://sightline.test/compat/rekognition", data=b"{}")
    signer.add_auth(request)
    signed_at = request.context["timestamp"]
    del request.headers["Authorization"]
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    return {
        "key_id": key_id,
        "signed_at": signed_at,
        "region": REGION,
        "service": NAME,
        "request_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        "signature": signature,
    }


def parts(made: dict[str, Any]) -> tuple[str, str]:
    return made["id"], made["key"].split("_", 2)[2]


async def status(service: Service, body: dict[str, str]) -> int:
    return int((await service.client.post(PATH, json=body)).status_code)


async def test_botocores_signature_says_who_asks(service: Service) -> None:
    user = await service.sign_up()
    made = await make_key(service, user)
    answer = await service.client.post(PATH, json=signed(*parts(made)))
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "user_id": user["id"],
            "key_id": made["id"],
            "scopes": ["analyses:read"],
            "expires_at": None,
        },
    )
    listed = (await service.client.get(f"/v1/users/{user['id']}/api-keys")).json()["items"]
    assert listed[0]["last_used_at"] is not None


async def test_a_key_is_known_by_its_id_before_it_has_signed(service: Service) -> None:
    user = await service.sign_up()
    made = await make_key(service, user)
    found = await service.client.get(f"/v1/api-keys/{made['id']}")
    assert (found.status_code, found.json()["user_id"]) == (200, user["id"])
    listed = (await service.client.get(f"/v1/users/{user['id']}/api-keys")).json()["items"]
    assert listed[0]["last_used_at"] is None  # to ask is not to use
    assert (await service.client.get(f"/v1/api-keys/{ids.new_id('ak')}")).status_code == 401
    await service.client.delete(f"/v1/users/{user['id']}/api-keys/{made['id']}")
    assert (await service.client.get(f"/v1/api-keys/{made['id']}")).status_code == 401


async def test_no_other_signature_is_taken(service: Service) -> None:
    user = await service.sign_up()
    good = signed(*parts(await make_key(service, user)))
    other = await make_key(service, user)
    turned = good["signature"][:-1] + ("0" if good["signature"][-1] != "0" else "1")
    day_before = f"{int(good['signed_at'][:8]) - 1}{good['signed_at'][8:]}"
    a_second = f"{good['signed_at'][:-2]}{(int(good['signed_at'][-2]) + 1) % 10}Z"
    changes = [
        {"signature": turned},
        {"signature": "0" * 64},
        {"key_id": other["id"]},
        {"key_id": ids.new_id("ak")},
        {"region": "us-east-1"},
        {"service": "s3"},
        {"signed_at": day_before},
        {"signed_at": a_second},
        {"request_sha256": hashlib.sha256(b"another request").hexdigest()},
    ]
    found = [await status(service, {**good, **change}) for change in changes]
    assert found == [401] * len(changes)
    assert await status(service, good) == 200


async def test_an_unknown_key_and_a_wrong_signature_look_the_same(service: Service) -> None:
    user = await service.sign_up()
    good = signed(*parts(await make_key(service, user)))
    bodies = [{**good, "key_id": ids.new_id("ak")}, {**good, "signature": "0" * 64}]
    answers = [(await service.client.post(PATH, json=body)).json() for body in bodies]
    told = [{name: one[name] for name in ("type", "title", "detail")} for one in answers]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "A" * 64},
        {"signature": ""},
        {"signed_at": "2026-11-25T00:45:00Z"},
        {"region": "eu/central"},
        {"service": "a\nb"},
        {"key_id": "ak_1"},
        {"request_sha256": "x"},
        {"secret": "mine"},
    ],
    ids=str,
)
async def test_what_is_no_signature_is_422(service: Service, change: dict[str, str]) -> None:
    good = signed(ids.new_id("ak"), "s" * 43)
    assert await status(service, {**good, **change}) == 422


async def test_a_signature_ends_with_the_key_its_time_and_its_user(service: Service) -> None:
    user = await service.sign_up()
    deleted, left = await make_key(service, user), await make_key(service, user)
    now = datetime.now(UTC)
    expired = await make_key(service, user, expires_at=ids.rfc3339(now + timedelta(hours=1)))
    over = update(
        user_pk(user["id"]),
        f"APIKEY#{expired['id']}",
        "SET key_expires_at = :past",
        {":past": ids.rfc3339(now - timedelta(seconds=1))},
    )
    await service.wiring.table.write(over)
    await service.client.delete(f"/v1/users/{user['id']}/api-keys/{deleted['id']}")
    assert await status(service, signed(*parts(deleted))) == 401
    assert await status(service, signed(*parts(expired))) == 401
    assert await status(service, signed(*parts(left))) == 200
    await service.client.delete(f"/v1/users/{user['id']}")
    assert await status(service, signed(*parts(left))) == 401
