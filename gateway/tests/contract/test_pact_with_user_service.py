"""What the gateway needs of user-service. Of what it passes through unread it needs what its own
contract shows to clients first."""

import hashlib
from unittest import mock

import pytest
from asking import OBJECTIVES, Asking
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import get_algorithm_by_name
from pact import match
from sightline_testing.pacts import ANALYSIS, USER, Call, Scenario, State, Written, problem

from gateway.admission.credentials import Credentials, Jwks, Principal
from gateway.errors import Suspended, Unauthorized

PACT = Written("gateway", "user-service")
EMAIL, PASSWORD = "ada@example.test", "correct horse"
ONE = f"/v1/users/{USER}"
KEY_ID = "ak_01k9zt5w000000000000000004"
KEY = f"slk_{KEY_ID.removeprefix('ak_')}_{'s' * 43}"
SIGNED = {
    "key_id": KEY_ID,
    "signed_at": "20261125T004500Z",
    "region": "us-east-1",
    "service": "rekognition",
    "request_sha256": hashlib.sha256(b"a request").hexdigest(),
    "signature": "1c27e51d04d74d13242f1bd6662979715ffa898f253cafdba299c619c0ce5f16",
}
"""With the secret of KEY."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
A_USER = State("a user", {"user_id": USER})
SIGNED_UP = State("a user with a password", {"user_id": USER, "email": EMAIL, "password": PASSWORD})
WITH_KEY = State("a user with an API key", {"user_id": USER, "key_id": KEY_ID, "key": KEY})
NOBODY = State("no such user", {"user_id": USER})
HELD = State("a user who has reserved an analysis", {"user_id": USER, "analysis_id": ANALYSIS})
SESSION = "se_01k9zt5w000000000000000005"
ADMIN = "us_01k9zt5w000000000000000007"
SIGNED_IN = State(
    "a user who is signed in",
    {"user_id": USER, "email": EMAIL, "password": PASSWORD, "session_id": SESSION},
)
SUSPENDED = State(
    "a suspended user with an API key", {"user_id": USER, "key_id": KEY_ID, "key": KEY}
)
RESERVATION = f"{ONE}/reservations/{ANALYSIS}"
ANY_RESERVATION = match.regex(RESERVATION, regex=f"^{ONE}/reservations/an_[0-9a-z]{{26}}$")
ANY_KEY = match.regex(KEY, regex=r"^slk_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$")
ANY_TOKEN = match.regex("b3BhcXVl", regex=r"^[A-Za-z0-9._-]+$")
ANY_USER = {"id": match.regex(USER, regex="^us_[0-9a-z]{26}$"), "email": match.str(EMAIL)}
PUBLIC_KEY = get_algorithm_by_name("EdDSA").to_jwk(
    Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key(), as_dict=True
)

SECRET = f"{USER.removeprefix('us_')}.{'A' * 43}"

BROWSER = "b" * 43
GIVEN = {"state": "s" * 43, "code": "c0de", "iss": "https://one.example.test"}


def mailed(kind: str) -> State:
    return State("a user who was mailed a link", {"user_id": USER, "kind": kind})


def credentials_of(gateway: Asking) -> Credentials:
    """That ask the service of the pact."""
    users = gateway.wiring.users
    return Credentials(users, Jwks(users, 300, 30), "sightline", "sightline-api")


@PACT.calls(
    Call(
        "the public keys",
        "GET",
        "/.well-known/jwks.json",
        200,
        answer={
            "keys": match.each_like(
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "kid": match.str("key-1"),
                    "x": match.regex(PUBLIC_KEY["x"], regex="^[A-Za-z0-9_-]{43}$"),
                }
            )
        },
    )
)
async def the_keys_of_tokens_are_read(gateway: Asking) -> None:
    assert await Jwks(gateway.wiring.users, 300, 30).key("key-1") is not None


@PACT.calls(
    Call(
        "an API key to verify",
        "POST",
        "/v1/api-keys/verify",
        200,
        WITH_KEY,
        body={"key": KEY},
        answer={"user_id": USER, "key_id": KEY_ID, "scopes": match.each_like("analyses:read")},
    )
)
async def an_api_key_says_who_asks(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    found = await credentials.by_api_key(KEY)
    assert (found.user_id, found.limit_key) == (USER, KEY_ID)
    assert found.scopes == {"analyses:read"}


@PACT.calls(
    Call(
        "an API key of nobody",
        "POST",
        "/v1/api-keys/verify",
        401,
        NOBODY,
        body={"key": KEY},
        **problem("invalid-credentials"),
    )
)
async def an_api_key_of_nobody_is_refused(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    with pytest.raises(Unauthorized):
        await credentials.by_api_key(KEY)


@PACT.calls(
    Call(
        "a signature to verify",
        "POST",
        "/v1/api-keys/verify-signature",
        200,
        WITH_KEY,
        body=SIGNED,
        answer={"user_id": USER, "key_id": KEY_ID, "scopes": match.each_like("analyses:read")},
    )
)
async def a_signature_says_who_asks(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    found = await credentials.by_signature(SIGNED)
    assert (found.user_id, found.limit_key) == (USER, KEY_ID)
    assert found.scopes == {"analyses:read"}


@PACT.calls(
    Call(
        "whether there is a key",
        "GET",
        f"/v1/api-keys/{KEY_ID}",
        200,
        WITH_KEY,
        answer={"user_id": USER, "key_id": KEY_ID},
    )
)
async def a_key_is_known_before_its_signature_is_checked(gateway: Asking) -> None:
    await credentials_of(gateway).require_known(KEY_ID)


@PACT.calls(
    Call(
        "whether there is a key, where there is none",
        "GET",
        f"/v1/api-keys/{KEY_ID}",
        401,
        NOBODY,
        **problem("invalid-credentials"),
    )
)
async def a_key_that_is_not_there_is_refused(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    with pytest.raises(Unauthorized):
        await credentials.require_known(KEY_ID)


@PACT.calls(
    Call(
        "a wrong signature",
        "POST",
        "/v1/api-keys/verify-signature",
        401,
        WITH_KEY,
        body={**SIGNED, "signature": "0" * 64},
        **problem("invalid-credentials"),
    )
)
async def a_wrong_signature_is_refused(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    with pytest.raises(Unauthorized):
        await credentials.by_signature({**SIGNED, "signature": "0" * 64})


@PACT.calls(
    Call(
        "a new account",
        "POST",
        "/v1/users",
        201,
        NOBODY,
        body={"email": EMAIL, "password": PASSWORD, "display_name": None},
        answer=ANY_USER,
    )
)
async def an_account_is_made(gateway: Asking) -> None:
    wanted = {"email": EMAIL, "password": PASSWORD}
    assert (await gateway.client.post("/v1/users", json=wanted)).status_code == 201


@PACT.calls(
    Call(
        "a new account for a taken address",
        "POST",
        "/v1/users",
        409,
        SIGNED_UP,
        body={"email": EMAIL, "password": PASSWORD, "display_name": None},
        **problem("email-taken"),
    )
)
async def a_taken_address_is_passed_on(gateway: Asking) -> None:
    wanted = {"email": EMAIL, "password": PASSWORD}
    answer = await gateway.client.post("/v1/users", json=wanted)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/email-taken")


@PACT.calls(
    Call(
        "a sign-in",
        "POST",
        "/v1/oauth/token",
        200,
        SIGNED_UP,
        headers=FORM,
        body="grant_type=password&username=ada%40example.test&password=correct+horse",
        body_type=FORM["Content-Type"],
        answer={
            "access_token": ANY_TOKEN,
            "refresh_token": ANY_TOKEN,
            "token_type": "Bearer",
            "expires_in": match.int(900),
            "scope": match.str("account"),
        },
    )
)
async def a_sign_in_gives_tokens(gateway: Asking) -> None:
    form = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
    answer = await gateway.client.post("/v1/oauth/token", data=form)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")


@PACT.calls(
    Call(
        "a sign-in of nobody",
        "POST",
        "/v1/oauth/token",
        400,
        NOBODY,
        headers=FORM,
        body="grant_type=password&username=ada%40example.test&password=correct+horse",
        body_type=FORM["Content-Type"],
        answer={"error": "invalid_grant"},
    )
)
async def a_refused_sign_in_is_passed_on_as_it_is(gateway: Asking) -> None:
    form = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
    answer = await gateway.client.post("/v1/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@PACT.calls(
    Call(
        "a sign-out",
        "POST",
        "/v1/oauth/revoke",
        200,
        headers=FORM,
        body="token=b3BhcXVl",
        body_type=FORM["Content-Type"],
    )
)
async def a_sign_out_is_passed_on(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/oauth/revoke", data={"token": "b3BhcXVl"})
    assert answer.status_code == 200


@PACT.calls(Call("an account", "GET", ONE, 200, A_USER, answer=ANY_USER))
async def the_account_is_shown(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/me")).json()["id"] == USER


@PACT.calls(
    Call("an account that is gone", "GET", ONE, 404, NOBODY, **problem("not-found")),
)
async def a_gone_account_is_told(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/me")).status_code == 404


@PACT.calls(
    Call(
        "another name",
        "PATCH",
        ONE,
        200,
        A_USER,
        body={"display_name": "Ada"},
        answer={**ANY_USER, "display_name": "Ada"},
    )
)
async def the_account_is_changed(gateway: Asking) -> None:
    answer = await gateway.client.patch("/v1/me", json={"display_name": "Ada"})
    assert answer.json()["display_name"] == "Ada"


@PACT.calls(Call("the end of an account", "DELETE", ONE, 204, A_USER))
async def the_account_is_removed(gateway: Asking) -> None:
    await gateway.wiring.users.call("DELETE", ONE)


@PACT.calls(
    Call(
        "the API keys of a user",
        "GET",
        f"{ONE}/api-keys",
        200,
        WITH_KEY,
        query={"limit": "20"},
        answer={"items": match.each_like({"id": KEY_ID}), "next_cursor": None},
    )
)
async def api_keys_are_listed(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/me/api-keys")).json()["items"] == [{"id": KEY_ID}]


@PACT.calls(
    Call(
        "a new API key",
        "POST",
        f"{ONE}/api-keys",
        201,
        A_USER,
        body={"name": "laptop", "scopes": ["analyses:read"]},
        answer={"id": match.regex(KEY_ID, regex="^ak_[0-9a-z]{26}$"), "key": ANY_KEY},
    )
)
async def an_api_key_is_made(gateway: Asking) -> None:
    wanted = {"name": "laptop", "scopes": ["analyses:read"]}
    assert (await gateway.client.post("/v1/me/api-keys", json=wanted)).json()["key"] == KEY


@PACT.calls(Call("the end of an API key", "DELETE", f"{ONE}/api-keys/{KEY_ID}", 204, WITH_KEY))
async def an_api_key_is_removed(gateway: Asking) -> None:
    assert (await gateway.client.delete(f"/v1/me/api-keys/{KEY_ID}")).status_code == 204


@PACT.calls(
    Call(
        "the secret of webhooks",
        "GET",
        f"{ONE}/webhook-secret",
        200,
        A_USER,
        answer={"secret": match.regex("whsec_c2VjcmV0", regex="^whsec_[A-Za-z0-9+/]+=*$")},
    )
)
async def the_secret_of_webhooks_is_shown(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/me/webhook-secret")).json()["secret"]


@PACT.calls(
    Call(
        "the bill of a month",
        "GET",
        f"{ONE}/usage",
        200,
        A_USER,
        query={"month": "2026-11", "limit": "20"},
        answer={
            "month": "2026-11",
            "totals": {"analyses": match.int(0)},
            "line_items": [],
            "next_cursor": None,
            "quota": {"left": match.int(3)},
        },
    )
)
async def the_bill_is_shown(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/me/usage", params={"month": "2026-11"})
    assert answer.json()["month"] == "2026-11"


@PACT.calls(Call("a reservation", "PUT", RESERVATION, 201, A_USER))
async def a_unit_of_quota_is_reserved(gateway: Asking) -> None:
    await gateway.wiring.users.call("PUT", RESERVATION)


@PACT.calls(
    Call(
        "a reservation over the quota",
        "PUT",
        ANY_RESERVATION,
        429,
        State("a user whose quota is used up", {"user_id": USER, "analysis_id": ANALYSIS}),
        answer_headers={"Retry-After": match.regex("60", regex=r"^\d+$")},
        **problem("quota-exceeded", quota={"left": 0}, status=429),
    )
)
async def a_used_up_quota_refuses_a_submission(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/analyses", json={"image_url": "http://a.test/a.png"})
    assert (answer.status_code, answer.json()["quota"]) == (429, {"left": 0})
    assert answer.headers["Retry-After"] == "60"


@PACT.calls(Call("a unit that is given back", "DELETE", RESERVATION, 204, HELD))
async def a_unit_of_quota_is_given_back(gateway: Asking) -> None:
    await gateway.wiring.users.call("DELETE", RESERVATION)


@PACT.calls(
    Call(
        "a reservation over the budget",
        "PUT",
        ANY_RESERVATION,
        429,
        State("a user whose budget is spent", {"user_id": USER}),
        answer_headers={"Retry-After": match.regex("60", regex=r"^\d+$")},
        **problem("budget-exceeded", budget={"limit": "0.00"}, status=429),
    )
)
async def a_spent_budget_refuses_a_submission(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/analyses", json={"image_url": "http://a.test/a.png"})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/budget-exceeded")
    assert answer.headers["Retry-After"] == "60"


@PACT.calls(
    Call(
        "a reservation of a suspended user",
        "PUT",
        ANY_RESERVATION,
        429,
        SUSPENDED,
        **problem("suspended", status=429),
    )
)
async def a_suspended_user_submits_nothing(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/analyses", json={"image_url": "http://a.test/a.png"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/suspended")


@PACT.calls(
    Call(
        "an API key of a suspended user",
        "POST",
        "/v1/api-keys/verify",
        401,
        SUSPENDED,
        body={"key": KEY},
        **problem("suspended", status=401),
    )
)
async def an_api_key_of_a_suspended_user_is_refused(gateway: Asking) -> None:
    credentials = credentials_of(gateway)
    with pytest.raises(Suspended):
        await credentials.by_api_key(KEY)


@PACT.calls(
    Call(
        "a new password by somebody else",
        "PATCH",
        ONE,
        403,
        SIGNED_UP,
        body={"password": "another password", "current_password": "not this one"},
        **problem("wrong-password", status=403),
    )
)
async def a_wrong_current_password_is_told(gateway: Asking) -> None:
    change = {"password": "another password", "current_password": "not this one"}
    answer = await gateway.client.patch("/v1/me", json=change)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/wrong-password")


@PACT.calls(
    Call(
        "a budget",
        "PATCH",
        ONE,
        200,
        A_USER,
        body={"monthly_budget": "5.00"},
        answer={**ANY_USER, "monthly_budget": "5.00"},
    )
)
async def a_budget_is_set(gateway: Asking) -> None:
    answer = await gateway.client.patch("/v1/me", json={"monthly_budget": "5.00"})
    assert answer.json()["monthly_budget"] == "5.00"


@PACT.calls(
    Call(
        "the sessions of a user",
        "GET",
        f"{ONE}/sessions",
        200,
        SIGNED_IN,
        query={"limit": "20"},
        answer={
            "items": match.each_like({"id": SESSION, "current": match.bool(False)}),
            "next_cursor": None,
        },
    )
)
async def sessions_are_listed(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/me/sessions")).json()["items"][0]["id"] == SESSION


@PACT.calls(Call("the end of a session", "DELETE", f"{ONE}/sessions/{SESSION}", 204, SIGNED_IN))
async def a_session_is_ended(gateway: Asking) -> None:
    assert (await gateway.client.delete(f"/v1/me/sessions/{SESSION}")).status_code == 204


@PACT.calls(Call("the end of all sessions", "DELETE", f"{ONE}/sessions", 204, SIGNED_IN))
async def all_sessions_are_ended(gateway: Asking) -> None:
    assert (await gateway.client.delete("/v1/me/sessions")).status_code == 204


@PACT.calls(
    Call(
        "what happened to an account",
        "GET",
        f"{ONE}/events",
        200,
        SIGNED_IN,
        query={"limit": "20"},
        answer={
            "items": match.each_like(
                {
                    "id": match.regex("ev_01k9zt5w000000000000000006", regex="^ev_[0-9a-z]{26}$"),
                    "kind": match.str("session.created"),
                    "count": match.int(1),
                }
            ),
            "next_cursor": None,
        },
    )
)
async def security_events_are_listed(gateway: Asking) -> None:
    found = (await gateway.client.get("/v1/me/events")).json()["items"]
    assert found[0]["kind"] == "session.created"


@PACT.calls(
    Call(
        "a key in the place of another",
        "POST",
        f"{ONE}/api-keys/{KEY_ID}/rotation",
        201,
        WITH_KEY,
        body={"overlap_s": 3600},
        answer={"id": match.regex(KEY_ID, regex="^ak_[0-9a-z]{26}$"), "key": ANY_KEY},
    )
)
async def an_api_key_is_rotated(gateway: Asking) -> None:
    path = f"/v1/me/api-keys/{KEY_ID}/rotate"
    answer = await gateway.client.post(path, json={"overlap_s": 3600})
    assert (answer.status_code, answer.json()["key"]) == (201, KEY)


@PACT.calls(
    Call(
        "all users",
        "GET",
        "/v1/users",
        200,
        A_USER,
        query={"limit": "20"},
        answer={"items": match.each_like(ANY_USER), "next_cursor": None},
    )
)
async def users_are_listed_for_admins(gateway: Asking) -> None:
    assert (await gateway.client.get("/v1/users")).json()["items"][0]["id"] == USER


@PACT.calls(
    Call(
        "a suspension",
        "PATCH",
        f"{ONE}/standing",
        200,
        A_USER,
        body={"suspended": True, "monthly_quota": 5},
        answer={**ANY_USER, "suspended": True, "monthly_quota": 5},
    )
)
async def a_user_is_suspended(gateway: Asking) -> None:
    change = {"suspended": True, "monthly_quota": 5}
    other = f"/v1/users/{USER}"
    credentials = gateway.wiring.credentials
    admin = Principal(ADMIN, frozenset({"admin"}), ADMIN)
    with mock.patch.object(credentials, "of", return_value=admin):
        answer = await gateway.client.patch(other, json=change)
    assert answer.json()["suspended"] is True


@PACT.calls(
    Call(
        "what is offered to who signs in",
        "GET",
        "/v1/sign-in-options",
        200,
        answer={"password_reset": match.bool(True), "email_verification": match.bool(True)},
    )
)
async def what_is_offered_is_shown(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/sign-in-options")
    assert answer.json()["password_reset"] is True


@PACT.calls(
    Call(
        "the way to an identity provider",
        "POST",
        "/v1/provider-sign-ins",
        201,
        State("an identity provider"),
        body={"provider": "one", "browser": BROWSER},
        answer={"url": match.regex("https://one.example.test/a", regex=r"^https://.+$")},
    )
)
async def a_sign_in_by_a_provider_begins(gateway: Asking) -> None:
    cookie = {"Cookie": f"sightline-sign-in={BROWSER}"}
    body = {"provider": "one"}
    answer = await gateway.client.post("/v1/session/providers", json=body, headers=cookie)
    assert answer.json()["url"].startswith("https://")


@PACT.calls(
    Call(
        "a sign-in by a provider",
        "POST",
        "/v1/provider-sign-ins/finish",
        200,
        State("a user whom a provider names", {"user_id": USER}),
        body={**GIVEN, "browser": BROWSER},
        answer={
            "access_token": ANY_TOKEN,
            "token_type": "Bearer",
            "expires_in": match.int(900),
            "refresh_token": ANY_TOKEN,
            "scope": match.str("account"),
        },
    )
)
async def a_sign_in_by_a_provider_ends(gateway: Asking) -> None:
    cookie = {"Cookie": f"sightline-sign-in={BROWSER}"}
    path = "/v1/session/providers/finish"
    answer = await gateway.client.post(path, json=GIVEN, headers=cookie)
    assert answer.json()["token_type"] == "Bearer"


@PACT.calls(
    Call(
        "a sign-in that nobody has begun",
        "POST",
        "/v1/provider-sign-ins/finish",
        403,
        State("an identity provider"),
        body={**GIVEN, "browser": BROWSER},
        **problem("sign-in-refused"),
    )
)
async def a_sign_in_that_nobody_has_begun_is_told(gateway: Asking) -> None:
    cookie = {"Cookie": f"sightline-sign-in={BROWSER}"}
    path = "/v1/session/providers/finish"
    answer = await gateway.client.post(path, json=GIVEN, headers=cookie)
    assert answer.json()["type"] == "/problems/sign-in-refused"


@PACT.calls(
    Call(
        "a mail for a new password",
        "POST",
        "/v1/password-resets",
        202,
        State("mail is sent"),
        body={"email": EMAIL},
    )
)
async def a_new_password_is_asked_for(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/password-resets", json={"email": EMAIL})
    assert answer.status_code == 202


@PACT.calls(
    Call(
        "a mail from a system that sends none",
        "POST",
        "/v1/password-resets",
        409,
        State("no mail is sent"),
        body={"email": EMAIL},
        **problem("mail-not-configured"),
    )
)
async def a_system_without_mail_says_so(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/password-resets", json={"email": EMAIL})
    assert answer.json()["type"] == "/problems/mail-not-configured"


@PACT.calls(
    Call(
        "a new password by a mailed link",
        "POST",
        "/v1/password-resets/redeem",
        204,
        mailed("password-reset"),
        body={"token": SECRET, "password": "another horse"},
    )
)
async def a_new_password_is_set(gateway: Asking) -> None:
    body = {"token": SECRET, "password": "another horse"}
    answer = await gateway.client.post("/v1/password-resets/redeem", json=body)
    assert answer.status_code == 204


@PACT.calls(
    Call(
        "a new password by a link that was never mailed",
        "POST",
        "/v1/password-resets/redeem",
        403,
        A_USER,
        body={"token": SECRET, "password": "another horse"},
        **problem("link-not-valid"),
    )
)
async def a_link_that_does_not_work_is_told(gateway: Asking) -> None:
    body = {"token": SECRET, "password": "another horse"}
    answer = await gateway.client.post("/v1/password-resets/redeem", json=body)
    assert answer.json()["type"] == "/problems/link-not-valid"


@PACT.calls(
    Call(
        "a mail that proves an address",
        "POST",
        f"{ONE}/email-verification",
        202,
        State("a user, and mail is sent", {"user_id": USER}),
    )
)
async def the_proof_of_an_address_is_asked_for(gateway: Asking) -> None:
    await gateway.wiring.users.request_email_verification(USER, {})


@PACT.calls(
    Call(
        "the proof of an address",
        "POST",
        "/v1/email-verifications/redeem",
        204,
        mailed("email-verification"),
        body={"token": SECRET},
    )
)
async def an_address_is_proved(gateway: Asking) -> None:
    answer = await gateway.client.post("/v1/email-verifications/redeem", json={"token": SECRET})
    assert answer.status_code == 204


@PACT.calls(
    Call("whether user-service is ready", "GET", "/readyz", 200, answer={"status": "ok"}),
    Call("which user-service it is", "GET", "/version", 200, answer={"version": match.str("1")}),
    Call("how it keeps its objectives", "GET", "/objectives", 200, answer=OBJECTIVES),
)
async def its_state_is_shown(gateway: Asking) -> None:
    found = await gateway.wiring.users.state()
    assert (found.state, found.version) == ("ok", "1")
    assert found.report["objectives"][0]["name"] == "latency-p95"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", PACT.scenarios, ids=str)
async def test_the_gateway_asks_and_reads_as_the_pact_says(
    gateway: Asking, scenario: Scenario
) -> None:
    with PACT.answering(scenario) as url, gateway.at("user-service", url):
        await scenario.drive(gateway)


def test_the_pact_is_the_committed_one() -> None:
    PACT.check()
