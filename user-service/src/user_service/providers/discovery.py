"""What a provider publishes of itself (OpenID Connect Discovery 1.0), and its keys."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from user_service.errors import ProviderAway
from user_service.providers.calls import ProviderCalls
from user_service.providers.configuration import Provider

KEPT_S = 600.0
KEYS_AGAIN_S = 10.0
"""For an unknown key they are read again, no more often than this."""
WELL_KNOWN = "/.well-known/openid-configuration"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Metadata:
    """`tells_issuer`: its authorization response has `iss` (RFC 9207). `secret_in_body`: it takes a client's
    secret there alone."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    tells_issuer: bool
    secret_in_body: bool
    read_at: float = field(default_factory=time.monotonic)


class Discovery:
    """Raises ProviderAway, also for a provider that publishes what cannot be used."""

    def __init__(self, calls: ProviderCalls) -> None:
        self._calls = calls
        self._metadata: dict[str, Metadata] = {}
        self._keys: dict[str, tuple[KeySet, float]] = {}

    async def metadata(self, provider: Provider) -> Metadata:
        known = self._metadata.get(provider.id)
        if known is None or time.monotonic() - known.read_at > KEPT_S:
            published = await self._calls.get(provider.issuer.rstrip("/") + WELL_KNOWN)
            known = self._metadata[provider.id] = _checked(provider, published)
        return known

    async def keys(self, provider: Provider, *, again: bool = False) -> KeySet:
        """`again`: a key was not among those that are known."""
        known = self._keys.get(provider.id)
        fresh_s = KEYS_AGAIN_S if again else KEPT_S
        if known is None or time.monotonic() - known[1] > fresh_s:
            published = await self._calls.get((await self.metadata(provider)).jwks_uri)
            try:
                keys = KeySet.import_key_set(_signing(published))
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise _unusable(provider, "its keys cannot be read") from error
            known = self._keys[provider.id] = keys, time.monotonic()
        return known[0]


def _signing(published: dict[str, Any]) -> Any:
    """Keys for signatures; others may be of kinds that nothing here reads."""
    kinds = ("RSA", "EC", "OKP")
    return {
        "keys": [
            one
            for one in published["keys"]
            if isinstance(one, dict) and one.get("use", "sig") == "sig" and one.get("kty") in kinds
        ]
    }


def _checked(provider: Provider, published: dict[str, Any]) -> Metadata:
    if published.get("issuer") != provider.issuer:
        raise _unusable(provider, "it publishes another issuer")
    own = urlsplit(provider.issuer).scheme
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        address = published.get(name)
        if address is None and name == "userinfo_endpoint":
            continue
        parts = urlsplit(address) if isinstance(address, str) else None
        if parts is None or parts.scheme not in ("https", own) or not parts.hostname:
            raise _unusable(provider, f"its {name} is no address that is used")
    methods = published.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        authorization_endpoint=str(published["authorization_endpoint"]),
        token_endpoint=str(published["token_endpoint"]),
        jwks_uri=str(published["jwks_uri"]),
        userinfo_endpoint=published.get("userinfo_endpoint"),
        tells_issuer=published.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body="client_secret_basic" not in methods,
    )


def _unusable(provider: Provider, reason: str) -> ProviderAway:
    _log.error("provider_unusable", provider=provider.id, reason=reason)
    return ProviderAway()
