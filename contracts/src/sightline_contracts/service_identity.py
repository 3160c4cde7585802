"""Which service calls: every call between services carries a token that its caller has signed.

A token is a JWT (RFC 7519) with EdDSA, `typ: service+jwt`, `iss` the caller, `aud` the callee, and lives for
a minute. A caller's key is a file with 32 random bytes, the seed of an Ed25519 key (RFC 8032 §5.1.5), that
nobody else can read; its public half it publishes itself, in a folder of its name that it alone can write
and its callees can read. So a process that is on the network, and is none of ours, can call nobody, and
one of ours can call what `contracts/callers/` says and nothing else.

A key is rotated by writing a new seed. Its service takes it up within RENEW_S, publishes the new public half
before it signs with it, and takes the old one away when no token of it can live.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic_settings import BaseSettings
from starlette.types import ASGIApp, Receive, Scope, Send

from sightline_contracts import loader
from sightline_contracts.problems import Problem

SEED_BYTES = 32
TOKEN_S, RENEW_S, LEEWAY_S = 60, 30, 5
TAKEN_AWAY_AFTER_S = 180.0
"""Other replicas sign with the old key for RENEW_S, and their last tokens live for TOKEN_S."""
RESCAN_S, STALE_S = 1.0, 60.0
"""Public keys are read again for an unknown one, when a folder has changed, and else at most once in
a second; and when they are so old, so that one that was taken away is forgotten."""
KEPT_AT_MOST = 256
TYPE = "service+jwt"
KID = "[0-9a-f]" * 32
"""How the file of a key is named."""
OPEN = frozenset(
    {
        "/livez",
        "/readyz",
        "/version",
        "/objectives",
        "/metrics",
        "/.well-known/jwks.json",
    }
)
"""For whoever is on the network: probes, measures, and keys that are public."""
_log = structlog.get_logger()


class CallerUnknown(Problem):
    status, slug, title = 401, "caller-unknown", "Only services of this system may call"


class CallerNotAllowed(Problem):
    status, slug, title = 403, "caller-not-allowed", "This service has no business here"


REFUSALS = frozenset({f"/problems/{one.slug}" for one in (CallerUnknown, CallerNotAllowed)})


class IdentitySettings(BaseSettings):
    """`service_key_file`: this service's seed. `service_keys_dir`: the folders of public keys, by
    service. `service_tokens`: whether calls without a token are let in, as while services from before
    there were tokens are replaced."""

    service_key_file: Path | None = None
    service_keys_dir: Path | None = None
    service_tokens: Literal["require", "accept"] = "require"

    def check_key(self) -> None:
        """Raises ValueError where a service has a key and could not sign with it."""
        if self.service_key_file is not None:
            try:
                _private(self.service_key_file.read_bytes())
            except OSError as error:
                raise ValueError("SERVICE_KEY_FILE cannot be read.") from error

    def check_identity(self) -> None:
        """Raises ValueError as check_key does, and where a service would serve anybody and nobody has
        said so."""
        self.check_key()
        if self.service_keys_dir is None and self.service_tokens == "require":
            raise ValueError("SERVICE_KEYS_DIR is not set, so that nobody could call.")


@dataclass(frozen=True)
class _Key:
    written_at: int
    kid: str
    private: Ed25519PrivateKey


class Identity:
    """Signs for one service. Without a key file its calls carry nothing."""

    def __init__(self, name: str, key_file: Path | None, keys_dir: Path | None) -> None:
        self._name = name
        self._key_file = key_file
        self._published = keys_dir / name if keys_dir else None
        self._key: _Key | None = None
        self._take_away_at: float | None = None
        self._tokens: dict[str, tuple[float, str]] = {}

    def headers(self, audience: str) -> dict[str, str]:
        """For a call to that service. Raises OSError and ValueError for a key file that was never
        readable, or holds no seed."""
        if self._key_file is None:
            return {}
        renewed_at, token = self._tokens.get(audience, (float("-inf"), ""))
        if time.monotonic() - renewed_at > RENEW_S:
            token = self._signed(audience)
            self._tokens[audience] = (time.monotonic(), token)
        return {"Authorization": f"Bearer {token}"}

    def _signed(self, audience: str) -> str:
        key = self._current()
        now = int(time.time())
        claims = {"iss": self._name, "aud": audience, "iat": now, "exp": now + TOKEN_S}
        headers = {"kid": key.kid, "typ": TYPE}
        return jwt.encode(claims, key.private, algorithm="EdDSA", headers=headers)

    def _current(self) -> _Key:
        assert self._key_file is not None
        try:
            written_at = self._key_file.stat().st_mtime_ns
            if self._key is None or written_at != self._key.written_at:
                self._take_up(self._key_file.read_bytes(), written_at)
        except OSError as error:
            if self._key is None:
                raise
            _log.warning("service_key_not_read", error=type(error).__name__)
        self._take_old_ones_away()
        assert self._key is not None
        return self._key

    def _take_up(self, seed: bytes, written_at: int) -> None:
        private = _private(seed)
        public = private.public_key().public_bytes_raw()
        if self._published is not None:
            _publish(self._published / kid_of(public), public)
            self._take_away_at = time.monotonic() + TAKEN_AWAY_AFTER_S
        self._key = _Key(written_at, kid_of(public), private)

    def _take_old_ones_away(self) -> None:
        """Those of this service; another replica may have been first."""
        if self._take_away_at is None or time.monotonic() < self._take_away_at:
            return
        assert self._published is not None
        assert self._key is not None
        for file in self._published.iterdir():
            if file.name != self._key.kid:
                file.unlink(missing_ok=True)
        self._take_away_at = None


def _private(seed: bytes) -> Ed25519PrivateKey:
    """Raises ValueError."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"SERVICE_KEY_FILE must hold {SEED_BYTES} bytes.")
    return Ed25519PrivateKey.from_private_bytes(seed)


NOBODY = Identity("nobody", None, None)
"""Whose calls carry nothing."""


def kid_of(public: bytes) -> str:
    """By its content, so that a file can only be named after what is in it."""
    return hashlib.sha256(public).hexdigest()[:32]


def _publish(file: Path, public: bytes) -> None:
    """Whole or not at all, whoever reads it or publishes the same meanwhile."""
    half = file.with_name(f"{file.name}.{secrets.token_hex(8)}.new")
    half.write_text(base64.b64encode(public).decode(), encoding="ascii")
    half.replace(file)


class Callers:
    """Who may call the service `name`. Without a folder of keys nobody is told from anybody."""

    def __init__(self, name: str, keys_dir: Path | None, *, required: bool) -> None:
        self._name = name
        self._keys_dir = keys_dir
        self._required = required and keys_dir is not None
        self._allowed = loader.callers(name)
        self._keys: dict[str, tuple[str, Ed25519PublicKey]] = {}
        self._seen: list[int] = []
        self._read_at = float("-inf")
        self._verified: dict[str, tuple[float, str]] = {}

    def check(self, method: str, path: str, authorizations: list[str]) -> str | None:
        """The service that calls, None for a call without a token that is let in. Raises
        CallerUnknown, CallerNotAllowed."""
        if self._keys_dir is None or not (authorizations or self._required):
            return None
        if len(authorizations) != 1:
            raise CallerUnknown(headers={"WWW-Authenticate": "Bearer"})
        caller = self._verify(authorizations[0])
        if not any(one.fullmatch(f"{method} {path}") for one in self._allowed.get(caller, ())):
            _log.warning("caller_not_allowed", caller=caller, method=method)
            raise CallerNotAllowed
        return caller

    def _verify(self, authorization: str) -> str:
        scheme, _, token = authorization.partition(" ")
        ends_at, caller = self._verified.get(token, (0.0, ""))
        if scheme.lower() == "bearer" and time.time() < ends_at:
            return caller
        try:
            if scheme.lower() != "bearer":
                raise jwt.InvalidTokenError
            caller, ends_at = self._read(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise CallerUnknown(
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
            ) from error
        if len(self._verified) >= KEPT_AT_MOST:
            self._verified.clear()
        self._verified[token] = (ends_at, caller)
        return caller

    def _read(self, token: str) -> tuple[str, float]:
        """Caller and end of life. Raises jwt.PyJWTError, ValueError."""
        header = jwt.get_unverified_header(token)
        caller, key = self._key(str(header.get("kid", "")))
        if header.get("typ") != TYPE:
            raise jwt.InvalidTokenError
        # Algorithm, issuer and audience are ours to say, never the token's.
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=self._name,
            issuer=caller,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud"], "strict_aud": True},
        )
        if claims["exp"] - claims["iat"] > TOKEN_S:
            raise jwt.InvalidTokenError
        return caller, float(claims["exp"])

    def _key(self, kid: str) -> tuple[str, Ed25519PublicKey]:
        age = time.monotonic() - self._read_at
        unknown = kid not in self._keys
        if age > STALE_S or (unknown and (age > RESCAN_S or self._changed() != self._seen)):
            self._read_keys()
        if kid not in self._keys:
            raise jwt.InvalidTokenError
        return self._keys[kid]

    def _read_keys(self) -> None:
        """A key belongs to the service whose folder it lies in. What is no key is passed over, and
        said; a folder that cannot be read is another way to have none."""
        assert self._keys_dir is not None
        self._seen = self._changed()
        found = {}
        for service in self._allowed:
            for file in sorted((self._keys_dir / service).glob(KID)):
                try:
                    public = base64.b64decode(file.read_bytes(), validate=True)
                    if kid_of(public) != file.name:
                        raise ValueError
                    key = Ed25519PublicKey.from_public_bytes(public)
                except (OSError, ValueError) as error:
                    _log.warning("service_key_unusable", of=service, error=type(error).__name__)
                else:
                    found[file.name] = (service, key)
        self._keys = found
        self._verified = {
            token: kept for token, kept in self._verified.items() if _kid(token) in found
        }
        self._read_at = time.monotonic()

    def _changed(self) -> list[int]:
        """When each folder has."""
        assert self._keys_dir is not None
        folders = [self._keys_dir / service for service in self._allowed]
        return [folder.stat().st_mtime_ns if folder.is_dir() else 0 for folder in folders]


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token).get("kid", ""))


class CallerCheck:
    """ASGI middleware inside the boundary: what comes to a route has a known caller."""

    def __init__(self, app: ASGIApp, callers: Callers) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN:
            given = [
                value.decode("latin-1")
                for name, value in scope["headers"]
                if name == b"authorization"
            ]
            self._callers.check(scope["method"], scope["path"], given)
        await self._app(scope, receive, send)
