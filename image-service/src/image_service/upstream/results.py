"""Calls of result-service."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from sightline_contracts import context, loader, tracing
from sightline_contracts.serve import IDLE_S
from sightline_contracts.service_identity import NOBODY, Identity

from image_service.errors import Refused, SystemTrouble
from image_service.queue.message import Message

CALLEE = "result-service"
NOT_FOUND = 404


class Unreadable(Exception):
    """A message that another version wrote and this one cannot use."""


@dataclass(frozen=True)
class WebhookMessage:
    """A webhook to send unchanged to the user's `url`."""

    delivery_id: str
    request_id: str
    url: str
    headers: dict[str, str]
    body: str

    @classmethod
    def read(cls, body: Any) -> "WebhookMessage":
        """A message as any version wrote it, without the fields that this one does not know. Raises
        Unreadable."""
        try:
            message = cls(
                delivery_id=body["delivery_id"],
                request_id=body.get("request_id", "-"),
                url=body["url"],
                headers=dict(body["headers"]),
                body=body["body"],
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable from error
        texts = (message.delivery_id, message.request_id, message.url, message.body)
        if not all(isinstance(text, str) for text in (*texts, *message.headers.values())):
            raise Unreadable
        return message


class ResultService:
    """Every method raises SystemTrouble while result-service does not answer."""

    def __init__(self, base_url: str, identity: Identity = NOBODY) -> None:
        self._identity = identity
        self._base_url = base_url.rstrip("/")
        self._sla = loader.sla(CALLEE)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        # A stopping service answers for longer than this client keeps a connection or an address.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=IDLE_S, ttl_dns_cache=IDLE_S)
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def has_ended(self, message: Message) -> bool:
        status, _ = await self._call("HEAD", _path(message, "/outcome"))
        return status != NOT_FOUND

    async def upload(self, message: Message) -> bytes:
        """The uploaded image. Raises Refused when it is gone."""
        status, body = await self._call("GET", _path(message, "/upload"))
        if status == NOT_FOUND:
            raise Refused("image-not-found", "The uploaded image is gone.")
        return body

    async def succeeded(
        self, user_id: str, analysis_id: str
    ) -> tuple[dict[str, Any], bytes] | None:
        """An analysis's result and its preview, which may be empty; None where there is no result."""
        analysis = f"/v1/users/{user_id}/analyses/{analysis_id}"
        status, body = await self._call("GET", f"{analysis}/result")
        if status == NOT_FOUND:
            return None
        status, preview = await self._call("GET", f"{analysis}/preview")
        try:
            result = json.loads(body)
        except ValueError:
            return None  # another version may have written what this one cannot read
        return result, b"" if status == NOT_FOUND else preview

    async def put_outcome(self, message: Message, report: dict[str, Any]) -> None:
        """Succeeds as well where another outcome came first or the analysis was deleted."""
        await self._call("PUT", _path(message, "/outcome"), json=report)

    async def function_changes(self) -> dict[str, Any]:
        """The function's settings that an admin has changed, by name."""
        _, body = await self._call("GET", "/v1/function")
        changes: dict[str, Any] = json.loads(body)
        return {name: value for name, value in changes.items() if value is not None}

    async def receive_webhooks(self, limit: int) -> list[Any]:
        """Messages that are due, for WebhookMessage.read; each is due again later unless deleted."""
        _, body = await self._call("POST", f"/v1/webhook-deliveries/receive?limit={limit}")
        messages: list[Any] = json.loads(body)["messages"]
        return messages

    async def delete_webhook(self, delivery_id: str) -> None:
        await self._call("DELETE", f"/v1/webhook-deliveries/{delivery_id}")

    async def check(self) -> None:
        await self._call("GET", "/livez")

    async def _call(self, method: str, path: str, **body: Any) -> tuple[int, bytes]:
        assert self._session is not None, "the lifespan opens it"
        timeout = self._sla.operation(method, path).timeout_s
        try:
            with tracing.step(f"{method} {CALLEE}", "client", {"peer.service": CALLEE}):
                async with self._session.request(
                    method,
                    self._base_url + path,
                    headers={**context.outgoing_headers(timeout), **self._identity.headers(CALLEE)},
                    timeout=aiohttp.ClientTimeout(total=timeout),
                    allow_redirects=False,
                    **body,
                ) as response:
                    answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SystemTrouble("result-service does not answer") from error
        if response.status >= 400 and response.status != NOT_FOUND:  # noqa: PLR2004
            raise SystemTrouble(f"result-service answered {response.status}")
        return response.status, answer


def _path(message: Message, tail: str) -> str:
    return f"/v1/users/{message.user_id}/analyses/{message.analysis_id}{tail}"
