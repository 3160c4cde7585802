"""How each endpoint is called. One that is not in this table fails a test that says so.

What is in the table and not in the contract (yet) is left out; a row is all that a new endpoint needs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sightline_contracts import loader

READ, WRITE, ACCOUNT, ADMIN = "analyses:read", "analyses:write", "account", "admin"
METRICS = "metrics:read"
SCOPES = (READ, WRITE, ACCOUNT, ADMIN, METRICS)
OPEN = ""
ADDRESS = {"image_url": "http://127.0.0.1:9/a.png", "operations": ["metadata"]}
CLARIFAI = {"inputs": [{"data": {"image": {"url": "http://127.0.0.1:9/a.png"}}}]}
MODEL = {
    "model_id": "face-detection",
    "version_id": "1",
    "app_id": "main",
    "slug": "not-found",
}
"""Parts of an address that name nothing of anybody's."""


@dataclass(frozen=True)
class Call:
    """`scope`: what it needs, OPEN for what anybody may call. `json`, `form`: a body that is taken.
    `streams`: an answer to who may see it goes on for ever. `strict`: an unknown field is refused.
    `scheme`: how a key is shown."""

    scope: str = OPEN
    json: Any = None
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    streams: bool = False
    strict: bool = True
    scheme: str = "X-API-Key"


SIGN_UP = {"email": "{unique}@example.test", "password": "correct horse"}
VENDOR = Call(WRITE, CLARIFAI, strict=False, scheme="Key")
AWS = Call(WRITE, {"Image": {"Bytes": "AAAA"}}, strict=False, scheme="SigV4")
OUTPUTS = "POST /compat/clarifai/v2"
CALLS = {
    "GET /.well-known/jwks.json": Call(),
    f"{OUTPUTS}/models/{{model_id}}/outputs": VENDOR,
    f"{OUTPUTS}/models/{{model_id}}/versions/{{version_id}}/outputs": VENDOR,
    f"{OUTPUTS}/users/{{user_id}}/apps/{{app_id}}/models/{{model_id}}/outputs": VENDOR,
    f"{OUTPUTS}/users/{{user_id}}/apps/{{app_id}}/models/{{model_id}}/versions/{{version_id}}"
    "/outputs": VENDOR,
    "POST /compat/rekognition": AWS,
    "POST /compat/rekognition/": AWS,
    "GET /livez": Call(),
    "GET /readyz": Call(),
    "GET /problems/{slug}": Call(),
    "GET /version": Call(),
    "GET /v1/status": Call(),
    "GET /v1/analyses": Call(READ),
    "POST /v1/analyses": Call(WRITE, ADDRESS),
    "DELETE /v1/analyses/{analysis_id}": Call(WRITE),
    "GET /v1/analyses/{analysis_id}": Call(READ),
    "POST /v1/analyses/{analysis_id}/cancel": Call(WRITE),
    "GET /v1/analyses/{analysis_id}/events": Call(READ, streams=True),
    "GET /v1/analyses/{analysis_id}/preview": Call(READ),
    "GET /v1/analyses/{analysis_id}/result": Call(READ),
    "POST /v1/analyses/{analysis_id}/retry": Call(WRITE),
    "GET /v1/analyses/{analysis_id}/similar": Call(READ),
    "GET /v1/analyses/{analysis_id}/share": Call(READ),
    "POST /v1/analyses/{analysis_id}/share": Call(WRITE, {}),
    "DELETE /v1/analyses/{analysis_id}/share/{share_id}": Call(WRITE),
    "GET /shared/{user_id}/{analysis_id}/{share_id}/": Call(),
    "GET /shared/{user_id}/{analysis_id}/{share_id}/{part}": Call(),
    "POST /v1/batches": Call(WRITE, {"items": [ADDRESS]}),
    "GET /v1/batches/{batch_id}": Call(READ),
    "GET /v1/dead-letters": Call(ADMIN),
    "GET /v1/dead-letters/{analysis_id}": Call(ADMIN),
    "POST /v1/dead-letters/{analysis_id}/redrive": Call(ADMIN),
    "GET /v1/events": Call(READ, streams=True),
    "GET /v1/exports/{token}": Call(),
    "GET /v1/function": Call(ADMIN),
    "PATCH /v1/function": Call(ADMIN, {}),
    "DELETE /v1/me": Call(ACCOUNT),
    "GET /v1/me": Call(ACCOUNT),
    "PATCH /v1/me": Call(ACCOUNT, {"display_name": "x"}),
    "GET /v1/me/api-keys": Call(ACCOUNT),
    "POST /v1/me/api-keys": Call(ACCOUNT, {"name": "x", "scopes": [READ]}),
    "DELETE /v1/me/api-keys/{api_key_id}": Call(ACCOUNT),
    "POST /v1/me/api-keys/{api_key_id}/rotate": Call(ACCOUNT, {}),
    "GET /v1/me/events": Call(ACCOUNT),
    "GET /v1/me/export": Call(ACCOUNT),
    "GET /v1/me/sessions": Call(ACCOUNT),
    "DELETE /v1/me/sessions": Call(ACCOUNT),
    "DELETE /v1/me/sessions/{session_id}": Call(ACCOUNT),
    "GET /v1/me/usage": Call(ACCOUNT),
    "GET /v1/me/webhook-secret": Call(ACCOUNT),
    "GET /v1/queues": Call(METRICS),
    "POST /v1/oauth/revoke": Call(form={"token": "x"}),
    "POST /v1/oauth/token": Call(form={"grant_type": "refresh_token", "refresh_token": "x"}),
    "POST /v1/session": Call(json={"email": "x@example.test", "password": "correct horse"}),
    "POST /v1/session/renew": Call(json={}),
    "DELETE /v1/session": Call(),
    "GET /v1/sign-in-options": Call(),
    "POST /v1/session/providers": Call(json={"provider": "none"}),
    "POST /v1/session/providers/finish": Call(json={"state": "x", "code": "x"}),
    "POST /v1/password-resets": Call(json={"email": "{unique}@example.test"}),
    "POST /v1/password-resets/redeem": Call(json={"token": "x", "password": "correct horse"}),
    "POST /v1/email-verifications/redeem": Call(json={"token": "x"}),
    "POST /v1/me/email-verification": Call(ACCOUNT),
    "POST /v1/purges": Call(ADMIN, {"paths": ["/nothing"]}),
    "POST /v1/uploads": Call(WRITE, {"content_type": "image/png", "size": 4}),
    "GET /v1/users": Call(ADMIN),
    "POST /v1/users": Call(json=SIGN_UP),
    "GET /v1/users/{user_id}": Call(ADMIN),
    "PATCH /v1/users/{user_id}": Call(ADMIN, {"suspended": False}),
}
SUSPEND = "PATCH /v1/users/{user_id}"


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    call: Call
    fields: frozenset[str]
    """What its body may have, whatever the media type."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def things(self) -> list[str]:
        """Parameters of its address that name something of somebody's."""
        vendors = self.template.startswith("/compat/")
        names = re.findall(r"\{(\w+)\}", self.template)
        return [] if vendors else [one for one in names if one not in MODEL]

    def path(self, **things: str) -> str:
        values = {**MODEL, "user_id": "main", **things}
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.template)


def unknown() -> list[str]:
    """Operations of the contract that nobody has said how to call."""
    return [name for name, _ in _contract() if name not in CALLS]


def operations() -> list[Operation]:
    return [
        Operation(*_split(name), CALLS[name], frozenset(_fields(described)))
        for name, described in _contract()
        if name in CALLS
    ]


def offered(name: str) -> bool:
    return any(one == name for one, _ in _contract())


def _split(name: str) -> tuple[str, str]:
    method, _, template = name.partition(" ")
    return method, template


def _contract() -> Iterator[tuple[str, Any]]:
    for path, methods in loader.openapi("gateway")["paths"].items():
        for method, described in methods.items():
            yield f"{method.upper()} {path}", described


def _fields(described: Any) -> Iterator[str]:
    """Names of properties anywhere in the schemas of a body."""
    schemas = loader.openapi("gateway")["components"]["schemas"]
    ahead, seen = [described.get("requestBody", {})], set()
    while ahead:
        one = ahead.pop()
        if isinstance(one, list):
            ahead += one
        if isinstance(one, dict):
            yield from one.get("properties", {})
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                ahead.append(schemas[name])
            ahead += one.values()
