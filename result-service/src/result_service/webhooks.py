"""Webhook deliveries to make. One object each, and its key says when it is due.

To receive a message is to put its delivery off to the next try, so that who receives it and dies has
cost one try and no more. Two who receive at the same moment write the same key, and the store lets
one of them. At least once, as always with webhooks; `webhook-id` is the same each time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from prometheus_client import Counter
from sightline_contracts import context, ids
from sightline_contracts.problems import Unavailable

from result_service import keys, unreadable
from result_service.accounts import Accounts
from result_service.bucket import Bucket
from result_service.errors import NoSuchAnalysis
from result_service.models import Analysis, Delivery, Intent, WebhookBody, WebhookMessage
from result_service.outcomes import Outcome

GIVEN_UP = Counter("webhooks_given_up_total", "Webhook deliveries whose last try has failed.")
ASIDE_S = 3600.0
READINGS = 2
LAST_TRY_S = 60.0
"""How long the last try has before it counts as failed."""
Find = Callable[[str, str], Awaitable[Analysis]]
"""An analysis by user and id. Raises NoSuchAnalysis, Unavailable."""

_log = structlog.get_logger()


async def owe(bucket: Bucket, intent: Intent, outcome: Outcome) -> None:
    """Make the delivery that an ended analysis asks for. Repeated before it is taken, it changes
    nothing; repeated later, the receiver may hear twice."""
    if intent.webhook_url is None:
        return
    delivery = Delivery(
        user_id=intent.user_id, analysis_id=intent.analysis_id, url=intent.webhook_url
    )
    due = datetime.fromisoformat(outcome.finished_at).timestamp()
    key = keys.webhook(due, intent.analysis_id)
    await bucket.put_new(key, delivery.model_dump_json().encode())


class Webhooks:
    """`delays_s`: seconds before each try after the first, each longer than a try may take."""

    def __init__(
        self, bucket: Bucket, find: Find, accounts: Accounts, delays_s: tuple[float, ...]
    ) -> None:
        self._bucket = bucket
        self._find = find
        self._accounts = accounts
        self._delays_s = (*delays_s, LAST_TRY_S)

    async def receive(self, limit: int) -> list[WebhookMessage]:
        """Up to `limit` messages that are due, to be sent now. Raises Unavailable."""
        due: list[str] = []
        async for listed in self._bucket.list(keys.WEBHOOKS, page=limit):
            if len(due) == limit or keys.due_in(listed.key) > time.time():
                break
            due.append(listed.key)
        received = await asyncio.gather(*(self._receive_or_put_aside(key) for key in due))
        return [message for message in received if message is not None]

    async def delete(self, delivery_id: str) -> None:
        """It has arrived, or its receiver wants none."""
        await self._bucket.delete([f"{keys.WEBHOOKS}{delivery_id}.json"])

    async def _receive_or_put_aside(self, key: str) -> WebhookMessage | None:
        """A delivery that cannot be read twice is due again in an hour: those behind it are not held
        up, and a version that can read it may come. Once may be a connection that broke in a way that
        its library has no error of its own for."""
        for _ in range(READINGS):
            try:
                return await self._receive(key)
            except unreadable.MALFORMED as error:
                unreadable.note("delivery", key, error)
        later = keys.webhook(keys.due_in(key) + ASIDE_S, keys.analysis_id_in(key))
        try:
            if await self._bucket.copy(key, later):
                await self._bucket.delete([key])
        except Unavailable as error:
            _log.warning("webhook_deferred", key=key, reason=error.detail)
        return None

    async def _receive(self, key: str) -> WebhookMessage | None:
        try:
            stored = await self._bucket.get(key)
            if stored is None:
                return None
            delivery = Delivery.model_validate_json(stored.body)
            if delivery.tries == len(self._delays_s):
                GIVEN_UP.inc()
                _log.warning("webhook_given_up", analysis_id=delivery.analysis_id)
                await self._bucket.delete([key])
                return None
            try:
                analysis = await self._find(delivery.user_id, delivery.analysis_id)
            except NoSuchAnalysis:
                await self._bucket.delete([key])
                return None
            context.request_id.set(analysis.request_id)
            later = keys.webhook(self._next(key, delivery.tries), delivery.analysis_id)
            message = await self._message(delivery, analysis, keys.delivery_id_in(later))
            then = delivery.model_copy(update={"tries": delivery.tries + 1})
            if not await self._bucket.put_new(later, then.model_dump_json().encode()):
                return None
            await self._bucket.delete([key])
        except Unavailable as error:
            # A store or user-service is away: no try is burnt, it stays due.
            _log.warning("webhook_deferred", key=key, reason=error.detail)
            return None
        return message

    def _next(self, key: str, tries: int) -> float:
        """When it is due again: as late as it is received now, to a quarter of the delay, so that
        others who receive it at about the same time come to the same."""
        due, delay = keys.due_in(key), self._delays_s[tries]
        late = max(0.0, time.time() - due)
        return due + delay + round(4 * late / delay) * delay / 4

    async def _message(
        self, delivery: Delivery, analysis: Analysis, delivery_id: str
    ) -> WebhookMessage:
        """The same bytes each time, with the timestamp and the signature of this try."""
        message_id, timestamp = ids.sibling("msg", analysis.id), int(time.time())
        body = WebhookBody(id=message_id, time=analysis.finished_at or "", data=analysis)
        text = body.model_dump_json()
        signature = await self._accounts.sign(
            delivery.user_id, message_id, timestamp, text.encode()
        )
        return WebhookMessage(
            delivery_id=delivery_id,
            request_id=analysis.request_id,
            url=delivery.url,
            headers={
                "Content-Type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature,
            },
            body=text,
        )
