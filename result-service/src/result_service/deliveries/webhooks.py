"""Webhook deliveries that are owed: one object each, whose key says when it is due.

Receiving a message puts its delivery off to the next attempt, so that a worker that receives it and dies
costs one attempt and no more. Two workers that receive at the same moment write the same key, and the store
lets one of them. Delivery is at least once, as always with webhooks; `webhook-id` is the same each time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from prometheus_client import Counter
from sightline_contracts import context, ids
from sightline_contracts.problems import Unavailable

from result_service.accounts.user_service import Accounts
from result_service.errors import NoSuchAnalysis
from result_service.models.analyses import Analysis
from result_service.models.deliveries import Delivery, WebhookBody, WebhookMessage
from result_service.outcomes.outcome import End
from result_service.store import keys, unreadable
from result_service.store.bucket import Bucket

GIVEN_UP = Counter("webhooks_given_up_total", "Webhook deliveries whose last try has failed.")
ASIDE_S = 3600.0
"""Seconds until an unreadable delivery is due again."""
READINGS = 2
LAST_TRY_S = 60.0
"""Seconds that the last attempt has before it counts as failed."""
Find = Callable[[str, str], Awaitable[Analysis]]
"""Reads an analysis by user and id. Raises NoSuchAnalysis, Unavailable."""

_log = structlog.get_logger()


class Webhooks:
    """`delays_s` are the seconds before each attempt after the first, each longer than an attempt may
    take. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        bucket: Bucket,
        find: Find,
        accounts: Accounts,
        delays_s: tuple[float, ...],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bucket = bucket
        self._find = find
        self._accounts = accounts
        self._delays_s = (*delays_s, LAST_TRY_S)
        self.clock = clock

    async def owe(self, end: End) -> None:
        """Make the delivery that an ended analysis asks for. A repetition changes nothing before the
        delivery is received; after that the receiver may get it twice. Raises Unavailable."""
        url = end.intent.webhook_url
        if url is None:
            return
        delivery = Delivery(user_id=end.user_id, analysis_id=end.analysis_id, url=url)
        due = datetime.fromisoformat(end.outcome.finished_at).timestamp()
        key = keys.webhook(due, end.analysis_id)
        await self._bucket.put_new(key, delivery.model_dump_json().encode())

    async def receive(self, limit: int) -> list[WebhookMessage]:
        """Up to `limit` messages that are due, to be sent now. Raises Unavailable."""
        due: list[str] = []
        async for listed in self._bucket.list(keys.WEBHOOKS, page=limit):
            if len(due) == limit or keys.due_in(listed.key) > self.clock():
                break
            due.append(listed.key)
        received = await asyncio.gather(*(self._receive_or_put_aside(key) for key in due))
        return [message for message in received if message is not None]

    async def delete(self, delivery_id: str) -> None:
        """End a delivery that has arrived, or that its receiver refuses for good."""
        await self._bucket.delete([f"{keys.WEBHOOKS}{delivery_id}.json"])

    async def _receive_or_put_aside(self, key: str) -> WebhookMessage | None:
        """Receive a message. A delivery that could not be read in two attempts is due again in an hour, so
        that it holds up no other and a version that can read it may come. One failure may be a connection
        that broke in a way for which its library has no error."""
        for _ in range(READINGS):
            try:
                return await self._receive(key)
            except unreadable.MALFORMED as error:
                unreadable.record("delivery", key, error)
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
            # The store or user-service is away: the delivery stays due, and no attempt is lost.
            _log.warning("webhook_deferred", key=key, reason=error.detail)
            return None
        return message

    def _next(self, key: str, tries: int) -> float:
        """When the delivery is due again: as late as it is received now, rounded to a quarter of the delay,
        so that another worker that receives it at about the same time finds the same moment."""
        due, delay = keys.due_in(key), self._delays_s[tries]
        late = max(0.0, self.clock() - due)
        return due + delay + round(4 * late / delay) * delay / 4

    async def _message(
        self, delivery: Delivery, analysis: Analysis, delivery_id: str
    ) -> WebhookMessage:
        """The same bytes each time, with the timestamp and the signature of this attempt."""
        message_id, timestamp = ids.sibling("msg", analysis.id), int(self.clock())
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
