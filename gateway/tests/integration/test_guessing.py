"""Whoever guesses passwords is slowed down, and nobody else."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from conftest import Gateway

from gateway.accounts.token_requests import _account
from gateway.admission.address_digests import network
from gateway.admission.gcra import Rate
from gateway.admission.sign_in_throttle import SignInLimits
from gateway.app import create_app
from gateway.sla import read_sla
from gateway.wiring import wire

pytestmark = pytest.mark.both_servers

LIMITS = SignInLimits(
    pair=Rate(1, 3600, 3),
    address=Rate(1, 3600, 8),
    account=Rate(1, 3600, 6),
    familiar_address_s=30 * 86_400,
)
OWNER = "ada@example.test"
DIGESTS_ANYBODY_CAN_MAKE = [
    hashlib.sha256(one.encode()).hexdigest()[:32] for one in (OWNER, "192.0.2.1", "2001:db8:1:2::1")
]


class Signing:
    """In from an address; what is refused comes back only after the test."""

    def __init__(self, gateway: Gateway, per_minute: int = 300) -> None:
        self._gateway = gateway
        sla = replace(read_sla(), sign_in=LIMITS, requests_per_minute=per_minute)
        settings = gateway.wiring.settings.model_copy(update={"requests_per_minute": None})
        gateway.wiring = wire(settings, gateway.wiring, sla)
        self._app = create_app(gateway.wiring)

    async def __call__(
        self, account: str = OWNER, password: str = "wrong", address: str = "192.0.2.1"
    ) -> httpx2.Response:
        form = {"grant_type": "password", "username": account, "password": password}
        return await self.post("/v1/oauth/token", address, data=form)

    async def post(self, path: str, address: str, **request: Any) -> httpx2.Response:
        transport = httpx2.ASGITransport(self._app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.request(request.pop("method", "POST"), path, **request)


@pytest.fixture
def sign_in(gateway: Gateway) -> Signing:
    return Signing(gateway)


async def test_guesses_at_an_account_from_one_address_never_reach_the_hasher(
    gateway: Gateway, sign_in: Signing
) -> None:
    answers = [await sign_in() for _ in range(5)]
    assert [one.status_code for one in answers] == [400] * 3 + [429] * 2
    assert answers[-1].json()["type"] == "/problems/rate-limited"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (await sign_in(password="right")).status_code == 429
    assert len(gateway.users.hashed) == 3
    assert (await sign_in("somebody@example.test")).status_code == 400
    assert (await sign_in(address="192.0.2.2")).status_code == 400


async def test_no_burst_gets_more_guesses_than_one_after_the_other(
    gateway: Gateway, sign_in: Signing
) -> None:
    answers = await asyncio.gather(*(sign_in() for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [400] * 3 + [429] * 17
    assert len(gateway.users.hashed) == 3


async def test_an_account_is_the_same_in_other_letters(sign_in: Signing) -> None:
    for name in (OWNER, OWNER.upper(), f" {OWNER} "):
        assert (await sign_in(name)).status_code == 400
    assert (await sign_in()).status_code == 429


async def test_the_right_password_forgets_the_wrong_ones(sign_in: Signing) -> None:
    for _ in range(3):
        assert [(await sign_in()).status_code for _ in range(2)] == [400, 400]
        assert (await sign_in(password="right")).status_code == 200


async def test_one_address_guesses_at_many_accounts_in_vain(sign_in: Signing) -> None:
    answers = [await sign_in(f"{number}@example.test") for number in range(10)]
    assert [one.status_code for one in answers] == [400] * 8 + [429] * 2
    assert (await sign_in(OWNER, address="198.51.100.1")).status_code == 400


async def test_many_addresses_guess_in_vain_and_do_not_lock_the_owner_out(
    gateway: Gateway, sign_in: Signing
) -> None:
    home = "2001:db8:1:2::1"
    assert (await sign_in(password="right", address=home)).status_code == 200
    answers = [await sign_in(address=f"198.51.100.{number}") for number in range(8)]
    assert [one.status_code for one in answers] == [400] * 6 + [429] * 2
    assert (await sign_in(password="right", address="198.51.100.9")).status_code == 429
    assert (await sign_in(password="right", address="2001:db8:1:2:ffff::2")).status_code == 200
    (familiar,) = await gateway.redis.keys("familiar:*")
    month = 30 * 86400
    assert month - 60 <= await gateway.redis.ttl(familiar) <= month


async def test_right_passwords_cost_an_address_nothing(sign_in: Signing) -> None:
    for number in range(12):
        answer = await sign_in(f"{number}@example.test", password="right")
        assert answer.status_code == 200


async def test_an_overloaded_hasher_counts_as_no_guess(gateway: Gateway, sign_in: Signing) -> None:
    gateway.users.token_mode = "503"
    assert [(await sign_in()).status_code for _ in range(5)] == [503] * 5
    gateway.users.token_mode = ""
    assert (await sign_in()).status_code == 400


async def test_an_answer_that_is_late_counts_as_a_guess(gateway: Gateway, sign_in: Signing) -> None:
    """Nobody knows whether a password was looked at for it."""
    gateway.users.token_mode = "504"
    assert [(await sign_in()).status_code for _ in range(4)] == [504] * 3 + [429]
    gateway.users.token_mode = ""
    assert (await sign_in(password="right")).status_code == 429
    assert gateway.users.hashed == []


@pytest.mark.parametrize(("mode", "counts"), [("504", True), ("503", False)])
async def test_so_does_one_for_the_current_password(
    gateway: Gateway, sign_in: Signing, mode: str, counts: bool
) -> None:
    gateway.users.token_mode = mode
    body = {"password": "new password", "current_password": "wrong"}
    answers = [
        await sign_in.post("/v1/me", "192.0.2.1", method="PATCH", json=body, headers=gateway.auth())
        for _ in range(4)
    ]
    expected = [504] * 3 + [429] if counts else [503] * 4
    assert [one.status_code for one in answers] == expected


async def test_the_refusal_is_the_same_whether_the_account_is_there(sign_in: Signing) -> None:
    def said(answer: httpx2.Response) -> dict[str, Any]:
        return {**answer.json(), "request_id": None}

    refused = []
    for name in (OWNER, "nobody@example.test"):
        for _ in range(4):
            answer = await sign_in(name)
        refused.append(said(answer))
    assert refused[0] == refused[1]


async def test_neither_addresses_nor_accounts_can_be_read_in_redis(
    gateway: Gateway, sign_in: Signing
) -> None:
    for address in ("192.0.2.1", "2001:db8:1:2::1"):
        await sign_in(address=address)
        await sign_in(password="right", address=address)
    keys = await gateway.redis.keys("*")
    assert keys
    kept = [*keys, *[await gateway.redis.get(key) for key in keys]]
    told = ("ada@", "example", "192.0.2.1", "2001:db8", *DIGESTS_ANYBODY_CAN_MAKE)
    assert [one for one in kept if any(part in one for part in told)] == []
    assert len([key for key in keys if key.startswith("rate:address:")]) == 4


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("POST", "/v1/users", {"json": {"email": OWNER, "password": "correct horse"}}),
        ("POST", "/v1/oauth/token", {"data": {"grant_type": "refresh_token"}}),
        ("POST", "/v1/oauth/revoke", {"data": {"token": "x"}}),
        ("POST", "/v1/session", {"json": {"email": OWNER, "password": "correct horse"}}),
        ("DELETE", "/v1/session", {"headers": {"Cookie": "sightline-refresh=x"}}),
    ],
    ids=["sign-up", "token", "revoke", "session", "sign-out"],
)
async def test_whoever_has_a_network_of_ipv6_is_one_address(
    gateway: Gateway, method: str, path: str, given: dict[str, Any]
) -> None:
    sign_in = Signing(gateway, per_minute=4)

    async def ask(address: str) -> int:
        return (await sign_in.post(path, address, method=method, **given)).status_code

    assert 429 not in [await ask(f"2001:db8:1:2::{number}") for number in range(4)]
    assert await ask("2001:db8:1:2:ffff::1") == 429
    assert await ask("2001:db8:1:3::1") != 429


async def test_without_redis_each_replica_slows_down_for_itself(
    gateway: Gateway, sign_in: Signing
) -> None:
    buckets = gateway.wiring.throttle._counter
    buckets._away_until = float("inf")
    gateway.wiring.throttle._redis = type(gateway.redis).from_url("redis://127.0.0.1:1/0")
    assert [(await sign_in()).status_code for _ in range(4)] == [400] * 3 + [429]
    assert (await sign_in("other@example.test", password="right")).status_code == 200


async def test_the_current_password_cannot_be_guessed_with_a_stolen_token(
    gateway: Gateway, sign_in: Signing
) -> None:
    async def change(current: str) -> int:
        answer = await sign_in.post(
            "/v1/me",
            "192.0.2.1",
            method="PATCH",
            headers=gateway.auth(),
            json={"password": "new password", "current_password": current},
        )
        return answer.status_code

    assert [await change("right") for _ in range(5)] == [200] * 5
    assert [await change("wrong") for _ in range(4)] == [403] * 3 + [429]
    assert gateway.users.hashed.count("wrong") == 3


async def test_user_service_is_told_who_asks(gateway: Gateway, sign_in: Signing) -> None:
    form = {"grant_type": "password", "username": OWNER, "password": "right"}
    headers = {"User-Agent": "x" * 300, "X-Client-Address": "203.0.113.9"}
    await sign_in.post("/v1/oauth/token", "192.0.2.1", data=form, headers=headers)
    seen = gateway.users.seen_headers
    assert (seen["X-Client-Address"], seen["X-Client-Agent"]) == ("192.0.2.1", "x" * 200)
    assert "X-Client-Session" not in seen
    ulid = "01k9zt5w000000000000000004"
    mine = {**gateway.auth(sid=ulid), "X-Client-Session": "se_other", "User-Agent": "\x7fé"}
    headers = httpx2.Headers(mine, encoding="utf-8")
    await gateway.client.get("/v1/me/sessions", headers=headers)
    seen = gateway.users.seen_headers
    assert (seen["X-Client-Session"], seen["X-Client-Agent"]) == (f"se_{ulid}", "???")


@pytest.mark.parametrize(
    ("body", "account"),
    [
        (b"grant_type=password&username=a%40b.test&password=x", "a@b.test"),
        (b"grant_type=password&password=x", ""),
        (b"grant_type=refresh_token", None),
        (b"", None),
        (b"\xff", None),
        (b"grant_type=password&username=%ff", None),
    ],
)
def test_what_is_a_sign_in_is_seen(body: bytes, account: str | None) -> None:
    assert _account(body) == account


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_of_ipv6_stands_for_its_network(address: str, counted: str) -> None:
    assert network(address) == counted
