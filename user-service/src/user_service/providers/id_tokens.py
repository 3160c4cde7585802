"""ID tokens (OpenID Connect Core 1.0 §3.1.3.7): who has signed in at a provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from user_service.errors import SignInRefused
from user_service.providers.calls import ProviderCalls
from user_service.providers.configuration import Provider
from user_service.providers.discovery import Discovery

ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]
"""With a public key: never one that the client's secret could make."""
LEEWAY_S = 60
SUBJECT_AT_MOST, NAME_AT_MOST = 255, 100
_log = structlog.get_logger()


@dataclass(frozen=True)
class Person:
    """As the provider knows them. `proved`: it says that `email` is theirs."""

    provider: str
    issuer: str
    subject: str
    email: str | None
    proved: bool
    name: str | None


class IdTokens:
    def __init__(self, discovery: Discovery, calls: ProviderCalls) -> None:
        self._discovery = discovery
        self._calls = calls

    async def read(self, provider: Provider, answer: dict[str, Any], nonce: str) -> Person:
        """Of a token endpoint's answer. Raises SignInRefused, ProviderAway."""
        text = answer.get("id_token")
        if not isinstance(text, str):
            raise refused(provider, "no ID token")
        token = await self._verified(provider, text)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": answer.get("access_token"),
            },
        )
        try:
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise refused(provider, f"{type(error).__name__}: {error}") from error
        return _person(provider, claims, await self._more(provider, answer, claims))

    async def _more(
        self, provider: Provider, answer: dict[str, Any], claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Where the ID token tells no address: what the UserInfo endpoint says of the same subject (§5.3)."""
        address = (await self._discovery.metadata(provider)).userinfo_endpoint
        bearer = answer.get("access_token")
        if "email" in claims or address is None or not isinstance(bearer, str):
            return claims
        more = await self._calls.get(address, bearer)
        if more.get("sub") != claims["sub"]:
            raise refused(provider, "user info of another subject")
        return more

    async def _verified(self, provider: Provider, text: str) -> jwt.Token:
        """A key that is not known yet is looked for once."""
        for again in (False, True):
            keys = await self._discovery.keys(provider, again=again)
            try:
                return jwt.decode(text, keys, algorithms=ALGORITHMS, registry=_REGISTRY)
            except (JoseError, ValueError, TypeError) as error:
                failed = error
        raise refused(provider, type(failed).__name__) from failed


_REGISTRY = JWSRegistry(algorithms=ALGORITHMS)


def refused(provider: Provider, reason: str) -> SignInRefused:
    """The reason is for the operator: it names a claim and quotes none."""
    _log.warning("sign_in_refused", provider=provider.id, reason=reason)
    return SignInRefused(f"{provider.name} has not shown who you are; begin again.")


def _person(provider: Provider, claims: CodeIDToken, more: Mapping[str, Any]) -> Person:
    subject, email, name = claims["sub"], more.get("email"), more.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_AT_MOST:
        raise refused(provider, "no subject")
    return Person(
        provider.id,
        provider.issuer,
        subject,
        email if isinstance(email, str) else None,
        more.get("email_verified") is True and provider.trusts_addresses,
        name[:NAME_AT_MOST] if isinstance(name, str) and name.strip() else None,
    )
