"""Which service calls: what is signed by one of ours and for the one that it calls is let in."""

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from sightline_contracts import service_identity
from sightline_contracts.service_identity import (
    TYPE,
    CallerNotAllowed,
    Callers,
    CallerUnknown,
    Identity,
    IdentitySettings,
    kid_of,
)

READ = ("GET", "/v1/users/us_1/analyses/an_1/result")


class Keys:
    """A folder of public keys, and seeds outside of it."""

    def __init__(self, home: Path) -> None:
        self.public = home / "public"
        self._home = home
        for name in ("gateway", "image-service", "result-service"):
            (self.public / name).mkdir(parents=True)

    def seed(self, name: str, seed: bytes | None = None) -> Path:
        file = self._home / f"{name}.seed"
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_bytes(seed or os.urandom(32))
        os.utime(file, ns=(before + 10**9, before + 10**9))
        return file

    def identity(self, name: str) -> Identity:
        return Identity(name, self.seed(name), self.public)

    def callers(self, name: str = "result-service", *, required: bool = True) -> Callers:
        return Callers(name, self.public, required=required)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed besides; the lives of tokens go on as they do."""
    passed = [0.0]
    monotonic = time.monotonic
    monkeypatch.setattr(service_identity.time, "monotonic", lambda: monotonic() + passed[0])
    return passed


def given(identity: Identity, audience: str = "result-service") -> list[str]:
    return [identity.headers(audience)["Authorization"]]


def test_a_service_is_known_by_its_token(keys: Keys) -> None:
    callers, gateway, images = (
        keys.callers(),
        keys.identity("gateway"),
        keys.identity("image-service"),
    )
    assert callers.check(*READ, given(gateway)) == "gateway"
    assert callers.check(*READ, given(images)) == "image-service"


def test_it_may_do_what_it_has_business_with(keys: Keys) -> None:
    callers, images = keys.callers(), keys.identity("image-service")
    assert callers.check("PUT", "/v1/users/us_1/analyses/an_1/outcome", given(images))
    for operation in (
        ("DELETE", "/v1/users/us_1"),
        ("PUT", "/v1/users/us_1/analyses/an_1"),
        ("GET", "/v1/users/us_1/analyses"),
        ("POST", READ[1]),
    ):
        with pytest.raises(CallerNotAllowed):
            callers.check(*operation, given(images))


@pytest.mark.parametrize("authorizations", [[], ["Bearer "], ["Basic eDp5"], [""], ["a.b.c"]])
def test_without_a_token_nobody_is_let_in(keys: Keys, authorizations: list[str]) -> None:
    with pytest.raises(CallerUnknown):
        keys.callers().check(*READ, authorizations)


def test_two_tokens_are_none(keys: Keys) -> None:
    gateway = keys.identity("gateway")
    with pytest.raises(CallerUnknown):
        keys.callers().check(*READ, given(gateway) * 2)


FORGERIES: dict[str, dict[str, Any]] = {
    "for another service": {"aud": "user-service"},
    "for several": {"aud": ["result-service", "user-service"]},
    "for nobody": {"aud": None},
    "in another's name": {"iss": "image-service"},
    "in nobody's name": {"iss": None},
    "in an unknown name": {"iss": "billing"},
    "that has ended": {"iat": -120, "exp": -60},
    "that never ends": {"exp": None},
    "that lives for an hour": {"exp": 3600},
    "of tomorrow": {"iat": 86_400, "exp": 86_430},
    "without a beginning": {"iat": None},
    "not yet valid": {"nbf": 600},
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_token_that_says_something_else_is_refused(keys: Keys, name: str) -> None:
    seed = os.urandom(32)
    identity = Identity("gateway", keys.seed("gateway", seed), keys.public)
    callers = keys.callers()
    assert callers.check(*READ, given(identity))
    now = int(time.time())
    claims = {"iss": "gateway", "aud": "result-service", "iat": 0, "exp": 30, **FORGERIES[name]}
    claims = {
        key: now + value if key in ("iat", "exp", "nbf") else value
        for key, value in claims.items()
        if value is not None
    }
    private = Ed25519PrivateKey.from_private_bytes(seed)
    kid = kid_of(private.public_key().public_bytes_raw())
    token = jwt.encode(claims, private, algorithm="EdDSA", headers={"kid": kid, "typ": TYPE})
    with pytest.raises(CallerUnknown):
        callers.check(*READ, [f"Bearer {token}"])


def test_a_token_that_is_signed_by_somebody_else_is_refused(keys: Keys) -> None:
    good = given(keys.identity("gateway"))[0].removeprefix("Bearer ")
    kid = jwt.get_unverified_header(good)["kid"]
    now = int(time.time())
    claims = {"iss": "gateway", "aud": "result-service", "iat": now, "exp": now + 30}
    public = next((keys.public / "gateway").iterdir()).read_text()
    stranger = Ed25519PrivateKey.generate()
    own = kid_of(stranger.public_key().public_bytes_raw())
    header, payload, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": kid, "typ": TYPE}).encode())
    forged = {
        "a stranger's key": jwt.encode(claims, stranger, "EdDSA", {"kid": kid, "typ": TYPE}),
        "a stranger's key by its name": jwt.encode(
            claims, stranger, "EdDSA", {"kid": own, "typ": TYPE}
        ),
        "no algorithm": f"{none.decode().rstrip('=')}.{payload}.",
        "no signature": f"{header}.{payload}.",
        "half a signature": f"{header}.{payload}.{signature[:40]}",
        "the public key as a secret": jwt.encode(
            claims, public * 2, "HS256", {"kid": kid, "typ": TYPE}
        ),
        "another curve": jwt.encode(
            claims, generate_private_key(SECP256R1()), "ES256", {"kid": kid, "typ": TYPE}
        ),
        "no kid": jwt.encode(claims, stranger, "EdDSA", {"typ": TYPE}),
        "a path as kid": jwt.encode(
            claims, stranger, "EdDSA", {"kid": "../gateway/" + kid, "typ": TYPE}
        ),
        "a key of its own in the header": jwt.encode(
            claims,
            stranger,
            "EdDSA",
            {
                "kid": own,
                "typ": TYPE,
                "jwk": {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
                },
            },
        ),
    }
    callers = keys.callers()
    for token in forged.values():
        with pytest.raises(CallerUnknown):
            callers.check(*READ, [f"Bearer {token}"])


def test_an_access_token_of_a_user_is_no_services(keys: Keys) -> None:
    seed = os.urandom(32)
    callers = keys.callers()
    callers.check(*READ, given(Identity("gateway", keys.seed("gateway", seed), keys.public)))
    private = Ed25519PrivateKey.from_private_bytes(seed)
    now = int(time.time())
    claims = {"iss": "gateway", "aud": "result-service", "iat": now, "exp": now + 30}
    kid = kid_of(private.public_key().public_bytes_raw())
    for typ in ("at+jwt", "JWT", None):
        token = jwt.encode(
            claims, private, "EdDSA", {"kid": kid, "typ": typ} if typ else {"kid": kid}
        )
        with pytest.raises(CallerUnknown):
            callers.check(*READ, [f"Bearer {token}"])


def test_a_key_counts_for_the_folder_that_it_lies_in(keys: Keys) -> None:
    """One service cannot act as another: its folder is the only one that it can write."""
    images = keys.identity("image-service")
    token = given(images)
    header = jwt.get_unverified_header(token[0].removeprefix("Bearer "))
    assert (keys.public / "image-service" / header["kid"]).is_file()
    with pytest.raises(CallerNotAllowed):
        keys.callers().check("DELETE", "/v1/users/us_1", token)


def test_what_is_no_key_is_passed_over(keys: Keys) -> None:
    gateway = keys.identity("gateway")
    token = given(gateway)
    for name, content in {"0" * 32: b"AAAA", "a" * 32: b"\xff", "b" * 32: b""}.items():
        (keys.public / "gateway" / name).write_bytes(content)
    assert keys.callers().check(*READ, token) == "gateway"


def test_replicas_publish_the_same_key_at_the_same_time(keys: Keys) -> None:
    seed = keys.seed("gateway")
    replicas = [Identity("gateway", seed, keys.public) for _ in range(32)]
    with ThreadPoolExecutor(32) as pool:
        tokens = list(pool.map(given, replicas))
    callers = keys.callers()
    assert {callers.check(*READ, token) for token in tokens} == {"gateway"}
    assert len(list((keys.public / "gateway").iterdir())) == 1


def test_a_key_that_is_half_published_is_none(keys: Keys) -> None:
    gateway = keys.identity("gateway")
    token = given(gateway)
    (keys.public / "gateway" / f"{'a' * 32}.half").write_bytes(b"")
    with capture_logs() as logged:
        assert keys.callers().check(*READ, token) == "gateway"
    assert logged == []


def test_a_service_that_cannot_sign_does_not_start(keys: Keys, tmp_path: Path) -> None:
    settings = IdentitySettings(service_key_file=tmp_path / "none", service_keys_dir=keys.public)
    with pytest.raises(ValueError, match="cannot be read"):
        settings.check_identity()
    settings = IdentitySettings(
        service_key_file=keys.seed("gateway", b"short"), service_keys_dir=keys.public
    )
    with pytest.raises(ValueError, match="32 bytes"):
        settings.check_key()


def test_a_rotation_refuses_no_call(keys: Keys, clock: list[float]) -> None:
    gateway, callers = keys.identity("gateway"), keys.callers()
    before = given(gateway)
    callers.check(*READ, before)
    keys.seed("gateway")
    assert given(gateway) == before  # not at once: a token lives on
    clock[0] += service_identity.RENEW_S + 1
    after = given(gateway)
    assert after != before
    assert callers.check(*READ, after) == "gateway"  # its key was published first
    assert callers.check(*READ, before) == "gateway"
    assert len(list((keys.public / "gateway").iterdir())) == 2
    clock[0] += service_identity.TAKEN_AWAY_AFTER_S + 1
    assert callers.check(*READ, given(gateway)) == "gateway"
    assert len(list((keys.public / "gateway").iterdir())) == 1
    with pytest.raises(CallerUnknown):
        keys.callers().check(*READ, before)


def test_a_key_that_was_taken_away_is_forgotten(keys: Keys, clock: list[float]) -> None:
    gateway, callers = keys.identity("gateway"), keys.callers()
    token = given(gateway)
    assert callers.check(*READ, token)
    next((keys.public / "gateway").iterdir()).unlink()
    clock[0] += service_identity.STALE_S + 1
    fresh = Identity("gateway", keys.seed("gateway"), None)
    with pytest.raises(CallerUnknown):
        callers.check(*READ, given(fresh))


def test_a_flood_of_unknown_keys_reads_the_folder_once_in_a_second(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers, reads = keys.callers(), []
    read = callers._read_keys
    monkeypatch.setattr(callers, "_read_keys", lambda: (reads.append(1), read()))
    stranger = Ed25519PrivateKey.generate()
    for number in range(500):
        token = jwt.encode({"iss": "x"}, stranger, "EdDSA", {"kid": f"{number:032x}", "typ": TYPE})
        with pytest.raises(CallerUnknown):
            callers.check(*READ, [f"Bearer {token}"])
    assert len(reads) <= 3


def test_while_services_are_replaced_a_call_without_a_token_is_let_in(keys: Keys) -> None:
    callers, gateway = keys.callers(required=False), keys.identity("gateway")
    assert callers.check(*READ, []) is None
    assert callers.check(*READ, given(gateway)) == "gateway"
    with pytest.raises(CallerUnknown):
        callers.check(*READ, ["Bearer forged"])


def test_a_service_does_not_serve_anybody_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SERVICE_KEYS_DIR"):
        IdentitySettings().check_identity()
    IdentitySettings(service_keys_dir=tmp_path).check_identity()
    IdentitySettings(service_tokens="accept").check_identity()


def test_a_seed_that_is_none_is_said(keys: Keys) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Identity("gateway", keys.seed("gateway", b"short"), keys.public).headers("user-service")
    with pytest.raises(OSError, match="nothing"):
        Identity("gateway", keys.public / "nothing", keys.public).headers("user-service")


def test_a_seed_that_cannot_be_read_for_a_moment_costs_nothing(
    keys: Keys, clock: list[float]
) -> None:
    file = keys.seed("gateway")
    gateway = Identity("gateway", file, keys.public)
    given(gateway)
    file.unlink()
    clock[0] += service_identity.RENEW_S + 1
    assert keys.callers().check(*READ, given(gateway)) == "gateway"
