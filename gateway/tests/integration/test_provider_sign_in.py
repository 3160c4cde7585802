"""Signing in by a provider from a page: the cookie of the browser that has begun, and the session in the end."""

from http.cookies import SimpleCookie

import httpx2
import pytest
from conftest import Gateway

from gateway.routes.account import browser_session
from gateway.routes.account.provider_sign_in import COOKIE, PATH

HERE = {"Sec-Fetch-Site": "same-origin"}
GIVEN = {"state": "s", "code": "right", "iss": "https://one.example.test"}


async def begin(gateway: Gateway, provider: str = "one", **headers: str) -> httpx2.Response:
    return await gateway.client.post(PATH, json={"provider": provider}, headers={**HERE, **headers})


async def finish(gateway: Gateway, **changes: str) -> httpx2.Response:
    return await gateway.client.post(f"{PATH}/finish", json={**GIVEN, **changes}, headers=HERE)


async def test_typical_journey(gateway: Gateway) -> None:
    begun = await begin(gateway)
    assert (begun.status_code, begun.json()) == (201, {"url": "https://one.example.test/authorize"})
    morsel = SimpleCookie(begun.headers["Set-Cookie"])[COOKIE]
    assert (morsel["path"], morsel["samesite"], bool(morsel["httponly"])) == (
        "/v1/session",
        "strict",
        True,
    )
    assert gateway.users.browsers == [morsel.value]
    assert morsel.value not in begun.text
    answer = await finish(gateway)
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
    assert gateway.client.cookies[browser_session.COOKIE] in gateway.users.refresh_tokens
    assert (await gateway.client.post("/v1/session/renew", json={})).status_code == 200


async def test_tabs_that_begin_at_once_share_the_cookie(gateway: Gateway) -> None:
    for _ in range(2):
        await begin(gateway)
    assert len(set(gateway.users.browsers)) == 1


async def test_a_browser_that_has_not_begun_ends_nothing(gateway: Gateway) -> None:
    answer = await finish(gateway)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/sign-in-refused")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("code", "status"),
    [("sign-in-refused", 403), ("address-not-proved", 409), ("provider-away", 503)],
)
async def test_what_user_service_finds_is_told(gateway: Gateway, code: str, status: int) -> None:
    await begin(gateway)
    answer = await finish(gateway, code=code)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert browser_session.COOKIE not in gateway.client.cookies


async def test_a_provider_that_is_not_known_is_404(gateway: Gateway) -> None:
    answer = await begin(gateway, "two")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_page_of_another_origin_gets_a_browser_to_do_it(
    gateway: Gateway, site: str
) -> None:
    await begin(gateway)
    headers = {"Sec-Fetch-Site": site}
    for path, body in ((PATH, {"provider": "one"}), (f"{PATH}/finish", GIVEN)):
        answer = await gateway.client.post(path, json=body, headers=headers)
        assert answer.status_code == 403
    assert len(gateway.users.browsers) == 1
