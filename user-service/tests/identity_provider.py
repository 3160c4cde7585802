"""OpenID providers on a port, which do what a test wants of them."""

import base64
import hashlib
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "sight:line", "s+cret/%"  # characters that need their coding


def _key() -> Any:
    return OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)


@dataclass
class FakeProvider:
    """`claims` and `header` change the next ID tokens; None takes one away. `fault`: what goes wrong instead.
    `shown`: the codes that came to its token endpoint."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=_key)
    signs_with: Any = None
    fault: str = ""
    shown: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def consent(self, url: str) -> dict[str, str]:
        """What the provider sends the browser back with, of the address to which it was sent."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        code = uuid.uuid4().hex
        self.codes[code] = asked
        return {"state": asked["state"], "code": code, "iss": self.issuer}

    def discovery(self) -> dict[str, Any]:
        published = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return {name: value for name, value in published.items() if value is not None}

    def token(self, form: dict[str, str], authorization: str) -> Response:
        self.shown.append(form["code"])
        begun = self.codes.pop(form["code"], None)
        known = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        assert (unquote(known[0]), unquote(known[2])) == (CLIENT_ID, CLIENT_SECRET)
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        if begun is None or form["redirect_uri"] != begun["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == begun["code_challenge"]
        answer = {
            "access_token": "at",
            "token_type": "Bearer",
            "id_token": self.id_token(begun["nonce"]),
        }
        return JSONResponse(answer if self.fault != "no ID token" else {"access_token": "at"})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "email": "ada@example.test",
            "email_verified": True,
            "name": "Ada",
            **self.claims,
        }
        header = {"alg": "Ed25519", "kid": self.key.kid, **self.header}
        kept = {name: value for name, value in claims.items() if value is not None}
        key, algorithms = self.signs_with or self.key, [str(header["alg"])]
        return jwt.encode(header, kept, key, algorithms=algorithms)


def of_another_kind() -> Any:
    """A key that a client's secret makes, which anybody who has the secret can sign with."""
    return OctKey.import_key(CLIENT_SECRET.ljust(32, "x"))


def rsa() -> Any:
    return RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


FAULTS = {
    "away": Response(status_code=503),
    "long": Response(b" " * 300_000 + b"{}", media_type="application/json"),
    "deep": Response(b"[" * 200_000, media_type="application/json"),
    "moved": RedirectResponse("https://example.test/"),
    "a list": JSONResponse([]),
}
"""What a provider may answer in the place of what it publishes of itself."""


def application(providers: dict[str, FakeProvider]) -> FastAPI:
    """Each at a path of its name."""
    app = FastAPI()

    @app.get("/{name}/.well-known/openid-configuration")
    async def discovery(name: str, request: Request) -> Response:
        provider = providers[name]
        provider.asked.append("discovery")
        if provider.fault == "hangs":
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return FAULTS.get(provider.fault) or JSONResponse(provider.discovery())

    @app.get("/{name}/jwks")
    async def jwks(name: str) -> Response:
        providers[name].asked.append("jwks")
        if providers[name].fault == "no keys":
            return JSONResponse({"keys": "none"})
        return JSONResponse(KeySet([providers[name].key]).as_dict(private=False))

    @app.get("/{name}/userinfo")
    async def userinfo(name: str, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer at"
        return JSONResponse(providers[name].userinfo)

    @app.post("/{name}/token")
    async def token(name: str, request: Request) -> Response:
        form = {one: value[0] for one, value in parse_qs((await request.body()).decode()).items()}
        if providers[name].fault == "token away":
            return Response(status_code=502)
        return providers[name].token(form, request.headers["Authorization"])

    return app
