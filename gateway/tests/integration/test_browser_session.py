"""Signing in from a page: what is in the cookie, and who can make a browser send it."""

from http.cookies import SimpleCookie

import pytest
from conftest import Gateway

from gateway.routes.account.browser_session import COOKIE

WHO = {"email": "a@example.test", "password": "correct horse"}
HERE = {"Sec-Fetch-Site": "same-origin"}


async def test_the_refresh_token_is_in_a_cookie_and_nowhere_else(gateway: Gateway) -> None:
    answer = await gateway.client.post("/v1/session", json=WHO, headers=HERE)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.headers["Cache-Control"] == "no-store"
    morsel = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
    assert (morsel["path"], morsel["samesite"], bool(morsel["httponly"])) == (
        "/v1/session",
        "strict",
        True,
    )
    assert morsel.value in gateway.users.refresh_tokens
    assert morsel.value not in answer.text


async def test_the_cookie_renews_and_is_replaced(gateway: Gateway) -> None:
    await gateway.client.post("/v1/session", json=WHO)
    before = gateway.client.cookies[COOKIE]
    answer = await gateway.client.post("/v1/session/renew", json={})
    assert answer.status_code == 200, answer.text
    assert gateway.client.cookies[COOKIE] != before


async def test_signing_out_ends_the_session_and_the_cookie(gateway: Gateway) -> None:
    await gateway.client.post("/v1/session", json=WHO)
    assert (await gateway.client.delete("/v1/session")).status_code == 204
    assert COOKIE not in gateway.client.cookies
    assert (await gateway.client.post("/v1/session/renew", json={})).status_code == 401


async def test_a_wrong_password_is_401_and_sets_nothing(gateway: Gateway) -> None:
    answer = await gateway.client.post("/v1/session", json={**WHO, "password": "wrong horse"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_page_of_another_origin_gets_a_browser_to_do_anything(
    gateway: Gateway, site: str
) -> None:
    await gateway.client.post("/v1/session", json=WHO)
    headers = {"Sec-Fetch-Site": site}
    for answer in (
        await gateway.client.post("/v1/session", json=WHO, headers=headers),
        await gateway.client.post("/v1/session/renew", json={}, headers=headers),
        await gateway.client.delete("/v1/session", headers=headers),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"],
)
async def test_what_a_form_can_send_is_not_taken(gateway: Gateway, media_type: str) -> None:
    """Old browsers do not say where a page is from, and send no JSON for another one."""
    await gateway.client.post("/v1/session", json=WHO)
    for path in ("/v1/session", "/v1/session/renew"):
        answer = await gateway.client.post(
            path, content=b"{}", headers={"Content-Type": media_type}
        )
        assert answer.status_code in (415, 422)
        assert "Set-Cookie" not in answer.headers


async def test_the_cookie_is_no_credential_anywhere_else(gateway: Gateway) -> None:
    await gateway.client.post("/v1/session", json=WHO)
    cookie = {"Cookie": f"{COOKIE}={gateway.client.cookies[COOKIE]}"}
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/analyses"), ("DELETE", "/v1/me")):
        assert (await gateway.client.request(method, path, headers=cookie)).status_code == 401
