"""Somebody with all that they can show: tokens, and a key for each set of scopes."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx2

from conftest import PASSWORD, User, until

OVERLOADED = 503


def signed_in(http: httpx2.Client, email: str) -> dict[str, Any]:
    """Tokens, asked for again while too much is hashed at once."""
    form = {"grant_type": "password", "username": email, "password": PASSWORD}

    def ask() -> dict[str, Any] | None:
        answer = http.post("/v1/oauth/token", data=form)
        assert answer.status_code in (200, OVERLOADED), answer.text
        return dict(answer.json()) if answer.status_code == 200 else None

    return until(ask)


@dataclass
class Person:
    user: User
    id: str
    access_token: str
    refresh_token: str
    keys: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def http(self) -> httpx2.Client:
        return self.user.http

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def key(self, *scopes: str) -> str:
        """An API key with these scopes, made once."""
        if scopes not in self.keys:
            self.keys[scopes] = str(self.new_key(*scopes)["key"])
        return self.keys[scopes]

    def new_key(self, *scopes: str, **more: Any) -> dict[str, Any]:
        body = {"name": "security", "scopes": list(scopes), **more}
        answer = self.http.post("/v1/me/api-keys", json=body, headers=self.bearer)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def person(user: User) -> Person:
    tokens = signed_in(user.http, user.email)
    user.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    user_id = user.get("/v1/me").json()["id"]
    return Person(user, user_id, tokens["access_token"], tokens["refresh_token"])


def soon(seconds: float) -> str:
    """That time, as the API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
