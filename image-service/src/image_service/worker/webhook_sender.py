"""Delivers the webhooks that result-service has ready, under the rules for image addresses.

result-service hands out a message again at its next try unless it is deleted, so that a worker that dies
while sending loses none. The address and the answer are the user's and appear in no log.
"""

import asyncio
from typing import Any

import aiohttp
import structlog
from prometheus_client import Counter
from sightline_contracts import context, metrics
from sightline_contracts.tasks import stop, stopping

from image_service import __version__
from image_service.errors import Broke, Refused, SystemTrouble
from image_service.fetch.connection import session_to
from image_service.fetch.target import Guard
from image_service.upstream.results import ResultService, Unreadable, WebhookMessage

AT_ONCE = 16
LOOK_EVERY_S = 1.0
GONE = 410
WEBHOOKS = Counter(
    "webhooks_total", "Tries to deliver a webhook, by what became of them.", ["outcome"]
)
metrics.begin(WEBHOOKS, ("delivered", "refused", "failed", "unreadable", "error"))
_log = structlog.get_logger()


class WebhookSender:
    """`timeout_s`: seconds for one try, from resolving the name to the status of the answer."""

    def __init__(self, results: ResultService, guard: Guard, timeout_s: float) -> None:
        self._results = results
        self._guard = guard
        self._timeout_s = timeout_s
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Sends until cancelled, then breaks off the tries under way."""
        try:
            while not stopping():
                if not await self._begin():
                    await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in list(self._sending):
                await stop(task)

    async def _begin(self) -> bool:
        """Returns whether more messages may be ready now."""
        free = AT_ONCE - len(self._sending)
        if free == 0:
            return False
        try:
            messages = await self._results.receive_webhooks(free)
        except SystemTrouble:
            return False  # the loops that need result-service for work log it
        for message in messages:
            task = asyncio.create_task(self._guarded(message))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return bool(messages)

    async def _guarded(self, given: Any) -> None:
        """Keeps a faulty message from stopping the others. It is not deleted, so that it is due again at
        its next try, when perhaps another version has it, until its tries end."""
        try:
            message = WebhookMessage.read(given)
        except Unreadable:
            WEBHOOKS.labels("unreadable").inc()
            _log.error("webhook_unreadable")
            return
        try:
            await self._deliver(message)
        except Exception as error:  # noqa: BLE001  # whatever one message comes to
            WEBHOOKS.labels("error").inc()
            # Its text might hold something of the address.
            _log.error("webhook_failed", error=type(error).__name__)

    async def _deliver(self, message: WebhookMessage) -> None:
        context.request_id.set(message.request_id)
        outcome, final = await self._send(message)
        WEBHOOKS.labels(outcome).inc()
        _log.info("webhook", outcome=outcome, message=message.headers["webhook-id"])
        if not final:
            return
        try:
            await self._results.delete_webhook(message.delivery_id)
        except SystemTrouble:
            _log.warning("webhook_not_deleted", message=message.headers["webhook-id"])

    async def _send(self, message: WebhookMessage) -> tuple[str, bool]:
        """The outcome, and whether it is final."""
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._post(message)
        except Refused:
            return "refused", True
        except (Broke, aiohttp.ClientError, TimeoutError):
            return "failed", False
        if 200 <= status < 300:  # noqa: PLR2004
            return "delivered", True
        return ("gone", True) if status == GONE else ("failed", False)

    async def _post(self, message: WebhookMessage) -> int:
        target = await self._guard.check(message.url)
        async with (
            session_to(target) as session,
            session.post(
                target.url,
                data=message.body.encode(),
                headers={
                    **message.headers,
                    "Host": target.host_header,
                    "User-Agent": f"Sightline/{__version__}",
                },
                server_hostname=target.server_hostname,
                allow_redirects=False,
            ) as response,
        ):
            return response.status
