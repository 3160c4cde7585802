"""Signing in by a provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1).

The state is random, used once, and good in the browser alone that has begun. The table has its digest; nonce and
code verifier follow from it under the server key, so that who reads the table can finish nothing.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sightline_contracts.problems import NotFound

from user_service.accounts.identities import Identities
from user_service.credentials.sessions import Sessions
from user_service.errors import ProviderAway, SignInRefused
from user_service.providers.calls import ProviderCalls
from user_service.providers.configuration import Provider
from user_service.providers.discovery import Discovery, Metadata
from user_service.providers.id_tokens import IdTokens, refused
from user_service.table import ConditionFailed, Table, expired, put, remove

BEGUN_S = 600
FINISH_S = 7.0
"""For all calls of the provider that one request makes."""
SCOPE = "openid email profile"
PAGE = "signed-in"
"""The web app's page to which a provider sends the browser back."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OK = 200


class SignIns:
    """`public_url`: where the web app is, as the operator has set it."""

    def __init__(
        self,
        table: Table,
        identities: Identities,
        sessions: Sessions,
        providers: Mapping[str, Provider],
        server_key: bytes,
        public_url: str,
        calls: ProviderCalls,
    ) -> None:
        self._table = table
        self._identities = identities
        self._sessions = sessions
        self._providers = providers
        self._server_key = server_key
        self._redirect_uri = f"{public_url.rstrip('/')}/{PAGE}"
        self._calls = calls
        self._discovery = Discovery(calls)
        self._id_tokens = IdTokens(self._discovery, calls)

    def offered(self) -> list[dict[str, str]]:
        return [{"id": one.id, "name": one.name} for one in self._providers.values()]

    async def begin(self, provider_id: str, browser: str) -> str:
        """The provider's address to send the browser to. `browser`: a secret that it alone has. Raises NotFound,
        ProviderAway."""
        provider = self._providers.get(provider_id)
        if provider is None:
            raise NotFound
        metadata = await self._metadata(provider)
        state = secrets.token_urlsafe(32)
        begun = {
            "pk": _pk(state),
            "sk": "SIGNIN",
            "provider": provider.id,
            "browser": _digest(browser),
            "expires_at": int(time.time()) + BEGUN_S,
        }
        await self._table.write(put(begun))
        return str(
            prepare_grant_uri(
                metadata.authorization_endpoint,
                provider.client_id,
                "code",
                self._redirect_uri,
                SCOPE,
                state,
                nonce=self._derived("nonce", state),
                code_challenge=create_s256_code_challenge(self._derived("verifier", state)),
                code_challenge_method="S256",
            )
        )

    async def finish(
        self, state: str, code: str, issuer: str | None, browser: str
    ) -> dict[str, Any]:
        """The token answer of RFC 6749 §5.1, for what the provider has sent the browser back with. Raises
        SignInRefused, AddressNotProved, ProviderAway."""
        provider = await self._begun(state, browser)
        try:
            async with asyncio.timeout(FINISH_S):
                metadata = await self._discovery.metadata(provider)
                # RFC 9207 §2.4: a code of one provider is never shown to another.
                if issuer != provider.issuer and (issuer is not None or metadata.tells_issuer):
                    raise refused(provider, "the response is another issuer's")
                answer = await self._exchanged(provider, metadata, code, state)
                nonce = self._derived("nonce", state)
                person = await self._id_tokens.read(provider, answer, nonce)
        except TimeoutError as error:
            raise ProviderAway from error
        return await self._sessions.by_identity(await self._identities.profile_of(person))

    async def _metadata(self, provider: Provider) -> Metadata:
        try:
            async with asyncio.timeout(FINISH_S):
                return await self._discovery.metadata(provider)
        except TimeoutError as error:
            raise ProviderAway from error

    async def _begun(self, state: str, browser: str) -> Provider:
        """The provider of a state, which is used up."""
        item = await self._table.get(_pk(state), "SIGNIN")
        again = SignInRefused("This sign-in was not begun here, or not lately; begin again.")
        if item is None or expired(item):
            raise again
        if not hmac.compare_digest(str(item["browser"]), _digest(browser)):
            raise again
        try:
            await self._table.write(remove(item["pk"], item["sk"], must_exist=True))
        except ConditionFailed as error:
            raise again from error
        provider = self._providers.get(item["provider"])
        if provider is None:
            raise again
        return provider

    async def _exchanged(
        self, provider: Provider, metadata: Metadata, code: str, state: str
    ) -> dict[str, Any]:
        """The token endpoint's answer for a code."""
        verifier = self._derived("verifier", state)
        form = prepare_grant_form(code, self._redirect_uri, verifier)
        way = "client_secret_post" if metadata.secret_in_body else "client_secret_basic"
        if not provider.client_secret:
            way = "none"
        # RFC 6749 §2.3.1: both are form-encoded before they are joined, which the library leaves out.
        coded = str if way != "client_secret_basic" else _quoted
        auth = ClientAuth(coded(provider.client_id), coded(provider.client_secret), way)
        address, headers, body = auth.prepare("POST", metadata.token_endpoint, {**FORM}, form)
        status, answer = await self._calls.post(address, headers, body)
        if status != OK:
            raise refused(provider, f"the code was not taken: {status}")
        return answer

    def _derived(self, purpose: str, state: str) -> str:
        message = f"sign-in-{purpose}:{state}".encode()
        digest = hmac.new(self._server_key, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def prepare_grant_form(code: str, redirect_uri: str, verifier: str) -> str:
    """The token request of RFC 6749 §4.1.3 with RFC 7636 §4.5."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return "&".join(f"{name}={_quoted(value)}" for name, value in fields.items())


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _pk(state: str) -> str:
    return f"SIGNIN#{_digest(state)}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
