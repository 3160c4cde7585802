"""Nothing is let in but what the system gave out, as it gave it out, where it belongs."""

import base64
from collections.abc import Iterable
from typing import Any

from conftest import PASSWORD, Origin
from security import forge
from security.forge import Mint
from security.ledger import Ledger
from security.people import Person, soon
from stack.processes import ProcessStack

REFUSED = (400, 401)
Headers = dict[str, str] | list[tuple[str, str]]


def accepted(who: Person, tried: Iterable[tuple[str, Headers]], path: str = "/v1/me") -> list[str]:
    """Names of those that were let in, or were answered as if something broke."""
    return [
        f"{name}: {status}"
        for name, headers in tried
        if (status := who.http.get(path, headers=headers).status_code) not in REFUSED
    ]


def bearers(tokens: dict[str, str]) -> list[tuple[str, Headers]]:
    return [(name, {"Authorization": f"Bearer {token}"}) for name, token in tokens.items()]


def test_no_forged_access_token_is_accepted(
    ledger: Ledger, mint: Mint, owner: Person, other: Person, origin: Origin
) -> None:
    asked = len(origin.asked)
    groups = {
        "another algorithm": forge.algorithms(mint),
        "another key": forge.keys(mint, origin.url),
        "another type of token": forge.types(mint),
        "a wrong claim": forge.claims(mint),
        "changed, cut or doubled": forge.changed(mint, other.id),
    }
    for name, tokens in groups.items():
        found = accepted(owner, bearers(tokens))
        ledger.none(f"access tokens: {name}", len(tokens), "accepted", found)
    assert sum(map(len, groups.values())) >= 40
    assert origin.asked[asked:] == [], "a token said where its key is, and was believed"


def test_a_token_counts_in_one_place_alone(ledger: Ledger, mint: Mint, owner: Person) -> None:
    token, user = mint.genuine, owner.id
    basic = base64.b64encode(f"{owner.user.email}:{PASSWORD}".encode()).decode()
    forged = mint.token(sign=mint.stranger.sign)
    placed: list[tuple[str, Headers]] = [
        ("cookie", {"Cookie": f"access_token={token}; Authorization=Bearer%20{token}"}),
        ("X-Access-Token", {"X-Access-Token": token}),
        ("Proxy-Authorization", {"Proxy-Authorization": f"Bearer {token}"}),
        ("X-Authorization", {"X-Authorization": f"Bearer {token}"}),
        ("X-API-Key", {"X-API-Key": token}),
        ("scheme Token", {"Authorization": f"Token {token}"}),
        ("scheme Basic", {"Authorization": f"Basic {basic}"}),
        ("no scheme", {"Authorization": token}),
        ("scheme twice", {"Authorization": f"Bearer Bearer {token}"}),
        ("X-User-Id", {"X-User-Id": user, "X-Forwarded-User": user, "Remote-User": user}),
        ("X-Service", {"X-Service": "gateway", "X-Scopes": "admin"}),
        (
            "two headers",
            [("Authorization", f"Bearer {forged}"), ("Authorization", f"Bearer {token}")],
        ),
        ("and the reverse", [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x")]),
        (
            "forged, with a good API key",
            {"Authorization": f"Bearer {forged}", "X-API-Key": owner.key("account")},
        ),
    ]
    found = accepted(owner, placed)
    for query in (f"access_token={token}", f"authorization=Bearer%20{token}", f"token={token}"):
        placed.append((query[:12], {}))
        found += accepted(owner, placed[-1:], f"/v1/me?{query}")
    ledger.none("a good access token in another place", len(placed), "accepted", found)


def test_what_is_for_one_purpose_is_good_for_no_other(
    ledger: Ledger, stack: ProcessStack, mint: Mint, owner: Person
) -> None:
    key = owner.key("account", "analyses:read")
    service = [
        forge.service_token(stack.secret(f"{name}.seed").read_bytes(), name, audience)
        for name in ("gateway", "result-service", "image-service")
        for audience in ("user-service", "result-service", "gateway", "sightline-api")
    ]
    tried: list[tuple[str, Headers]] = [
        ("refresh token", {"Authorization": f"Bearer {owner.refresh_token}"}),
        ("refresh token as API key", {"X-API-Key": owner.refresh_token}),
        ("API key as access token", {"Authorization": f"Bearer {key}"}),
        ("API key's secret", {"Authorization": f"Bearer {key.rpartition('_')[2]}"}),
        ("password", {"Authorization": f"Bearer {PASSWORD}"}),
        ("password as API key", {"X-API-Key": PASSWORD}),
        *bearers({f"service token {number}": one for number, one in enumerate(service)}),
    ]
    found = accepted(owner, tried)
    grants = {
        "access token": owner.access_token,
        "API key": key,
        "password": PASSWORD,
        "another's start": f"x{owner.refresh_token[1:]}",
        "cut": owner.refresh_token[:-1],
        "in capitals": owner.refresh_token.upper(),
        "service token": service[0],
    }
    for name, token in grants.items():
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = owner.http.post("/v1/oauth/token", data=form)
        if (answer.status_code, answer.json().get("error")) != (400, "invalid_grant"):
            found.append(f"{name} as refresh token: {answer.status_code}")
    tried_in_all = len(tried) + len(grants)
    ledger.none("a credential for another purpose", tried_in_all, "accepted", found)


def variants(key: str, others: str) -> dict[str, str]:
    """An API key that is nearly right; `others` is another user's."""
    _, key_id, secret = key.split("_", 2)
    _, other_id, other_secret = others.split("_", 2)
    flipped = "a" if secret[5] != "a" else "b"
    return {
        "another's id": f"slk_{other_id}_{secret}",
        "another's secret": f"slk_{key_id}_{other_secret}",
        "id of another key": f"slk_{key_id[:-1]}{'0' if key_id[-1] != '0' else '1'}_{secret}",
        "secret changed": f"slk_{key_id}_{secret[:5]}{flipped}{secret[6:]}",
        "last sign changed": f"{key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        "secret in capitals": f"slk_{key_id}_{secret.upper()}",
        "secret in small letters": f"slk_{key_id}_{secret.lower()}",
        "id in capitals": f"slk_{key_id.upper()}_{secret}",
        "cut": key[:-1],
        "longer": f"{key}A",
        "padded": f"{key}=",
        "twice": f"{key},{key}",
        "no prefix": f"{key_id}_{secret}",
        "prefix in capitals": f"SLK_{key_id}_{secret}",
        "prefix with a dash": f"slk-{key_id}-{secret}",
        "id alone": f"slk_{key_id}",
        "no secret": f"slk_{key_id}_",
        "id with ak_": f"slk_ak_{key_id}_{secret}",
        "with scopes": f"{key}:admin",
        "a space within": f"slk_{key_id}_ {secret}",
        "wildcard": f"slk_{'*' * 26}_{secret}",
        "zeros": f"slk_{'0' * 26}_{'A' * 43}",
    }


def test_no_api_key_but_as_it_was_given_out(ledger: Ledger, owner: Person, other: Person) -> None:
    key = owner.key("account")
    tried = variants(key, other.key("account"))
    found = accepted(owner, [(name, {"X-API-Key": one}) for name, one in tried.items()])
    made = owner.new_key("account", expires_at=soon(3600))
    gone = {"X-API-Key": str(made["key"])}
    owner.http.delete(f"/v1/me/api-keys/{made['id']}", headers=owner.bearer)
    found += accepted(owner, [("deleted before its first use", gone)])
    assert owner.http.get("/v1/me", headers={"X-API-Key": key}).status_code == 200
    ledger.none("API keys with another id, secret, case or form", len(tried) + 1, "accepted", found)


def test_a_key_has_no_scope_that_its_user_has_not(ledger: Ledger, owner: Person) -> None:
    wanted: list[Any] = [
        ["admin"],
        ["account", "admin"],
        ["ADMIN"],
        ["*"],
        ["account admin"],
        ["account", ""],
        [],
        "admin",
        [["admin"]],
        [None],
        {"admin": True},
        ["account\0"],
        ["internal"],
        None,
    ]
    made = [
        body
        for body in wanted
        if owner.http.post(
            "/v1/me/api-keys", json={"name": "k", "scopes": body}, headers=owner.bearer
        ).status_code
        != 422
    ]
    ledger.none("API keys asked for with scopes that are not had", len(wanted), "made", made)
