"""result-service as image-service needs it."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from sightline_contracts import context, loader
from sightline_contracts.serve import IDLE_S
from sightline_contracts.service_identity import NOBODY, Identity

from image_service.errors import Refused, SystemTrouble
from image_service.queue.message import Message

CALLEE = "result-service"
NOT_FOUND = 404


class Unreadable(Exception):
    """Something that another version wrote, and that cannot be used here."""


@dataclass(frozen=True)
class WebhookMessage:
    """To be sent as it is, to the user's `url`."""

    delivery_id: str
    request_id: str
    url: str
    headers: dict[str, str]
    body: str

    @classmethod
    def read(cls, given: Any) -> "WebhookMessage":
        """Of whichever version: what is not known here is left out. Raises Unreadable."""
        try:
            found = cls(
                delivery_id=given["delivery_id"],
                request_id=given.get("request_id", "-"),
                url=given["url"],
                headers=dict(given["headers"]),
                body=given["body"],
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable from error
        texts = (found.delivery_id, found.request_id, found.url, found.body)
        if not all(isinstance(one, str) for one in (*texts, *found.headers.values())):
            raise Unreadable
        return found


class ResultService:
    """Every method raises SystemTrouble when result-service cannot answer now."""

    def __init__(self, base_url: str, identity: Identity = NOBODY) -> None:
        self._identity = identity
        self._base_url = base_url.rstrip("/")
        self._sla = loader.sla(CALLEE)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        # A service that leaves serves on for longer than a connection or an address is kept.
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
        one = f"/v1/users/{user_id}/analyses/{analysis_id}"
        status, body = await self._call("GET", f"{one}/result")
        if status == NOT_FOUND:
            return None
        status, preview = await self._call("GET", f"{one}/preview")
        try:
            result = json.loads(body)
        except ValueError:
            return None  # no result that can be read
        return result, b"" if status == NOT_FOUND else preview

    async def put_outcome(self, message: Message, report: dict[str, Any]) -> None:
        """Done as well when somebody was first, or when the analysis was deleted."""
        await self._call("PUT", _path(message, "/outcome"), json=report)

    async def function_changes(self) -> dict[str, Any]:
        """What an admin has set of the function, by its settings' names."""
        _, body = await self._call("GET", "/v1/function")
        changes: dict[str, Any] = json.loads(body)
        return {name: value for name, value in changes.items() if value is not None}

    async def receive_webhooks(self, limit: int) -> list[Any]:
        """Messages that are due, for WebhookMessage.read; each comes again unless it is deleted."""
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
