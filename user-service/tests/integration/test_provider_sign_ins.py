"""Signing in by an identity provider, and everything that a provider or a stranger may do wrong."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from conftest import PASSWORD, QUOTA, SERVER_KEY, Service
from identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    FAULTS,
    FakeProvider,
    application,
    of_another_kind,
    rsa,
)
from sightline_testing.served import serving

from user_service.app import create_app
from user_service.providers import calls, discovery
from user_service.settings import Settings
from user_service.table import update
from user_service.wiring import real

BROWSER = "b" * 43
BEGIN, FINISH = "/v1/provider-sign-ins", "/v1/provider-sign-ins/finish"
NOW = int(time.time())


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, dict[str, FakeProvider]]]:
    providers: dict[str, FakeProvider] = {}
    with serving(application(providers)) as one:
        yield one.url, providers


@pytest.fixture
def providers(served: tuple[str, dict[str, FakeProvider]]) -> dict[str, FakeProvider]:
    url, providers = served
    for name in ("one", "two"):
        providers[name] = FakeProvider(
            f"{url}/{name}", {"email": f"{uuid.uuid4().hex}@example.test"}
        )
    return providers


@pytest.fixture
def one(providers: dict[str, FakeProvider]) -> FakeProvider:
    return providers["one"]


@pytest.fixture
async def signing(
    dynamodb: str, providers: dict[str, FakeProvider], tmp_path: Path
) -> AsyncIterator[Service]:
    """A service that knows both providers."""
    file = tmp_path / "providers.json"
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    listed = [
        {"id": name, "name": name.title(), "issuer": one.issuer, **known}
        for name, one in providers.items()
    ]
    file.write_text(json.dumps(listed))
    settings = Settings(
        table_name=f"users-{uuid.uuid4().hex}",
        monthly_quota=QUOTA,
        public_url="https://pictures.example.test",
        oidc_providers_file=file,
    )
    wiring = real(settings, SERVER_KEY)
    await wiring.table.create()
    await wiring.signing_keys.ensure()
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://users") as client:
        yield Service(client, wiring)
    wiring.table.close()


async def begin(service: Service, provider: str = "one", browser: str = BROWSER) -> httpx2.Response:
    return await service.client.post(BEGIN, json={"provider": provider, "browser": browser})


async def finish(
    service: Service, given: dict[str, str], browser: str = BROWSER
) -> httpx2.Response:
    return await service.client.post(FINISH, json={**given, "browser": browser})


async def sign_in(service: Service, provider: FakeProvider, name: str = "one") -> httpx2.Response:
    begun = await begin(service, name)
    assert begun.status_code == 201, begun.text
    return await finish(service, provider.consent(begun.json()["url"]))


async def user_of(service: Service, tokens: httpx2.Response) -> dict[str, Any]:
    assert tokens.status_code == 200, tokens.text
    user_id = f"us_{tokens.json()['refresh_token'].partition('.')[0]}"
    return dict((await service.client.get(f"/v1/users/{user_id}")).json())


def kind(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


REFUSED = (403, "sign-in-refused")
AWAY = (503, "provider-away")
UNUSABLE: list[dict[str, Any]] = [
    {"issuer": "https://example.test"},
    {"issuer": None},
    {"token_endpoint": None},
    {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"token_endpoint": ["https://example.test"]},
]
NOT_FOR_THIS: list[dict[str, Any]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another"},
    {"aud": [CLIENT_ID, "another"]},
    {"aud": [CLIENT_ID, "another"], "azp": "another"},
    {"aud": None},
    {"iss": "https://example.test"},
    {"iss": None},
    {"exp": NOW - 120},
    {"exp": None},
    {"iat": NOW + 600},
    {"iat": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 4711},
    {"at_hash": "another"},
    {"email": None},
    {"email": 4711},
    {"email": "no address"},
]
"""Claims that an ID token may not have; None: that it may not lack."""


async def test_typical_journey(signing: Service, one: FakeProvider) -> None:
    options = (await signing.client.get("/v1/sign-in-options")).json()
    assert options["providers"] == [{"id": "one", "name": "One"}, {"id": "two", "name": "Two"}]
    answer = await sign_in(signing, one)
    user = await user_of(signing, answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (user["email"], user["display_name"]) == (one.claims["email"], "Ada")
    assert user["email_verified"] is True
    assert set(await signing.kinds(user)) == {"session.created", "user.signed_up"}
    refresh = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
    assert (await signing.token(**refresh)).status_code == 200
    one.claims["email"] = "new@example.test"  # the subject is who it is, whatever else is said
    assert await user_of(signing, await sign_in(signing, one)) == user


async def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    signing: Service, one: FakeProvider
) -> None:
    usual = one.claims
    for claims in NOT_FOR_THIS:
        one.claims = {**usual, **claims}
        assert kind(await sign_in(signing, one)) == REFUSED, claims
    one.claims, one.header = usual, {"kid": "another"}
    assert kind(await sign_in(signing, one)) == REFUSED
    assert await signing.wiring.users.by_email(usual["email"]) is None


async def test_an_address_that_the_id_token_lacks_is_asked_for(
    signing: Service, one: FakeProvider
) -> None:
    email = one.claims["email"]
    one.claims = {"email": None, "email_verified": None}
    one.metadata = {"userinfo_endpoint": f"{one.issuer}/userinfo"}
    one.userinfo = {"sub": "eve", "email": email, "email_verified": True}
    assert kind(await sign_in(signing, one)) == REFUSED
    one.userinfo["sub"] = "ada"
    user = await user_of(signing, await sign_in(signing, one))
    assert (user["email"], user["email_verified"]) == (email, True)


async def test_an_id_token_of_another_key_is_refused(signing: Service, one: FakeProvider) -> None:
    one.signs_with = FakeProvider("https://example.test").key
    assert kind(await sign_in(signing, one)) == REFUSED


async def test_the_clients_secret_signs_nothing(signing: Service, one: FakeProvider) -> None:
    one.signs_with, one.header = of_another_kind(), {"alg": "HS256"}
    assert kind(await sign_in(signing, one)) == REFUSED


async def test_no_id_token_is_no_sign_in(signing: Service, one: FakeProvider) -> None:
    one.fault = "no ID token"
    assert kind(await sign_in(signing, one)) == REFUSED


async def test_a_new_key_is_found(
    signing: Service, one: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await user_of(signing, await sign_in(signing, one))
    monkeypatch.setattr(discovery, "KEYS_AGAIN_S", 0)
    one.key, one.header = rsa(), {"alg": "RS256"}
    assert await user_of(signing, await sign_in(signing, one)) == user


async def test_what_a_provider_publishes_is_kept(signing: Service, one: FakeProvider) -> None:
    for _ in range(3):
        await sign_in(signing, one)
    assert one.asked == ["discovery", "jwks"]


async def test_a_state_and_a_code_work_once(signing: Service, one: FakeProvider) -> None:
    given = one.consent((await begin(signing)).json()["url"])
    assert (await finish(signing, given)).status_code == 200
    assert kind(await finish(signing, given)) == REFUSED
    assert one.shown == [given["code"]]  # a used state asks the provider nothing
    other = one.consent((await begin(signing)).json()["url"])
    assert kind(await finish(signing, {**other, "code": given["code"]})) == REFUSED


async def test_a_state_is_good_in_the_browser_that_has_begun(
    signing: Service, one: FakeProvider
) -> None:
    """Else somebody could sign others in to the own account."""
    given = one.consent((await begin(signing)).json()["url"])
    assert kind(await finish(signing, given, "c" * 43)) == REFUSED
    assert one.shown == []
    assert (await finish(signing, given)).status_code == 200


async def test_a_state_ends_after_ten_minutes(signing: Service, one: FakeProvider) -> None:
    given = one.consent((await begin(signing)).json()["url"])
    [item] = await signing.wiring.table.scan("SIGNIN")
    assert int(item["expires_at"]) - time.time() == pytest.approx(600, abs=5)
    await signing.wiring.table.write(
        update(item["pk"], item["sk"], "SET expires_at = :then", {":then": 1})
    )
    assert kind(await finish(signing, given)) == REFUSED
    assert kind(await finish(signing, {"state": "x", "code": "y"})) == REFUSED


async def test_who_reads_the_table_can_finish_nothing(signing: Service, one: FakeProvider) -> None:
    given = one.consent((await begin(signing)).json()["url"])
    stored = str(await signing.wiring.table.scan("SIGNIN"))
    begun = one.codes[given["code"]]
    secrets = (given["state"], begun["nonce"], begun["code_challenge"], BROWSER)
    assert [secret for secret in secrets if secret in stored] == []


async def test_a_code_of_one_provider_is_not_shown_to_another(
    signing: Service, providers: dict[str, FakeProvider]
) -> None:
    """The mix-up attack (RFC 9207): the browser began at the one and comes back from the two."""
    one, two = providers["one"], providers["two"]
    url = (await begin(signing)).json()["url"]
    for issuer in (two.issuer, "", None):
        given = one.consent(url)
        changed = {**given, "iss": issuer} if issuer is not None else given
        if issuer is None:
            del changed["iss"]
        assert kind(await finish(signing, changed)) == REFUSED
        url = (await begin(signing)).json()["url"]
    assert one.shown == two.shown == []


async def test_a_provider_that_does_not_tell_its_issuer_need_not(
    signing: Service, one: FakeProvider
) -> None:
    one.metadata["authorization_response_iss_parameter_supported"] = None
    given = one.consent((await begin(signing)).json()["url"])
    del given["iss"]
    assert (await finish(signing, given)).status_code == 200


async def test_a_provider_that_is_away_is_told(
    signing: Service, one: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one.fault in FAULTS:
        answer = await begin(signing)
        assert kind(answer) == AWAY, one.fault
        assert answer.headers["Retry-After"] == "5"
    with monkeypatch.context() as patch:
        patch.setattr(calls, "CALL_S", 0.2)
        one.fault = "hangs"
        assert kind(await begin(signing)) == AWAY
    one.fault = ""
    assert (await begin(signing)).status_code == 201


async def test_a_provider_that_publishes_what_cannot_be_used_is_away(
    signing: Service, one: FakeProvider
) -> None:
    for one.metadata in UNUSABLE:
        assert kind(await begin(signing)) == AWAY, one.metadata


@pytest.mark.parametrize("fault", ["token away", "no keys"])
async def test_a_provider_that_goes_away_between_is_told(
    signing: Service, one: FakeProvider, fault: str
) -> None:
    given = one.consent((await begin(signing)).json()["url"])
    one.fault = fault
    assert kind(await finish(signing, given)) == AWAY


@pytest.mark.parametrize(
    ("provider_says", "account_says"), [(True, False), (False, True), (False, False)]
)
async def test_an_account_is_joined_only_where_both_sides_prove_the_address(
    signing: Service, one: FakeProvider, provider_says: bool, account_says: bool
) -> None:
    user = await signing.sign_up(email=one.claims["email"])
    if account_says:
        await signing.wiring.users.set(user["id"], "email_verified", True)
    one.claims["email_verified"] = provider_says or "true"  # a word is no proof
    assert kind(await sign_in(signing, one)) == (409, "address-not-proved")
    assert await signing.sessions(user) == []


async def test_an_account_whose_address_both_prove_is_joined(
    signing: Service, one: FakeProvider
) -> None:
    user = await signing.sign_up(email=one.claims["email"].upper())
    await signing.wiring.users.set(user["id"], "email_verified", True)
    assert (await user_of(signing, await sign_in(signing, one)))["id"] == user["id"]
    [told] = [one for one in await signing.events(user) if one["kind"] == "identity.linked"]
    assert told["subject"] == "one"
    await signing.sign_in(user, PASSWORD)  # the password goes on


async def test_an_account_by_an_address_that_is_not_proved_is_not_confirmed(
    signing: Service, one: FakeProvider
) -> None:
    one.claims["email_verified"] = False
    assert (await user_of(signing, await sign_in(signing, one)))["email_verified"] is False


async def test_the_same_subject_elsewhere_is_somebody_else(
    signing: Service, providers: dict[str, FakeProvider]
) -> None:
    first = await user_of(signing, await sign_in(signing, providers["one"]))
    second = await user_of(signing, await sign_in(signing, providers["two"], "two"))
    assert first["id"] != second["id"]


async def test_a_deleted_account_leaves_no_identity(signing: Service, one: FakeProvider) -> None:
    user = await user_of(signing, await sign_in(signing, one))
    await signing.client.delete(f"/v1/users/{user['id']}")
    assert await signing.wiring.table.scan("IDENTITY") == []
    assert (await user_of(signing, await sign_in(signing, one)))["id"] != user["id"]


async def test_a_suspended_account_stays_out(signing: Service, one: FakeProvider) -> None:
    user = await user_of(signing, await sign_in(signing, one))
    await signing.wiring.administration.suspend(user["id"])
    assert kind(await sign_in(signing, one)) == REFUSED


async def test_the_log_says_why_and_quotes_nothing(signing: Service, one: FakeProvider) -> None:
    structlog.reset_defaults()  # a server beside the tests is quiet but for errors
    one.claims["nonce"] = "another"
    with structlog.testing.capture_logs() as logs:
        begun = await begin(signing)
        given = one.consent(begun.json()["url"])
        await finish(signing, given)
    [told] = [line for line in logs if line["event"] == "sign_in_refused"]
    assert "nonce" in told["reason"]
    said = str(logs)
    secrets = (
        given["code"],
        given["state"],
        one.claims["email"],
        CLIENT_SECRET,
        BROWSER,
        "another",
    )
    assert [secret for secret in secrets if secret in said] == []


async def test_a_provider_that_nobody_has_set_is_404(signing: Service, service: Service) -> None:
    assert kind(await begin(signing, "three")) == (404, "not-found")
    assert kind(await begin(service)) == (404, "not-found")
    assert (await service.client.get("/v1/sign-in-options")).json()["providers"] == []
