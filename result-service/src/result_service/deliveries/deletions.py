"""Tells all replicas what is deleted, so that none goes on showing it from memory."""

import asyncio
import secrets

import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError
from sightline_contracts.tasks import stopping

from result_service.deliveries.stream import Stream
from result_service.outcomes.ended import HEARD_S, EndedAnalyses

DELETED = "analyses.deleted"
"""The channel: a user's id, a space, and an analysis's id or nothing."""
TELL_S = 0.5
"""Seconds for telling; a replica that Redis does not reach either forgets by itself."""
ASK_S = HEARD_S / 4
"""Seconds between two questions whether the channel still answers, while anything is in memory."""
AGAIN_S = 1.0
_log = structlog.get_logger()


class Deletions:
    """Forgets what is deleted here or elsewhere."""

    def __init__(self, stream: Stream, ended: EndedAnalyses) -> None:
        self._stream = stream
        self._ended = ended

    async def tell(self, user_id: str, analysis_id: str = "") -> None:
        """An analysis, or without `analysis_id` all of a user's, is being deleted. Without Redis each replica's
        memory is short."""
        self._ended.forget(user_id, analysis_id)
        try:
            async with asyncio.timeout(TELL_S):
                await self._stream.tell(DELETED, f"{user_id} {analysis_id}")
        except (RedisError, OSError) as error:
            _log.warning("deletion_untold", analysis_id=analysis_id, error=type(error).__name__)

    async def run(self) -> None:
        """Listen until cancelled. Redis is waited for."""
        own = f"{DELETED}.{secrets.token_hex(8)}"
        while not stopping():
            try:
                async with self._stream.listening(DELETED, own) as listener:
                    self._ended.listen()
                    await self._listen(listener, own)
            except (RedisError, OSError) as error:
                _log.warning("deletions_unheard", error=type(error).__name__)
            finally:
                self._ended.turn_deaf()
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, listener: PubSub, own: str) -> None:
        """Forget what others delete. What is told on the channel `own` comes back after all that was told
        before. Raises RedisError when the connection is lost."""
        next_question = self._ended.clock()
        while not stopping():
            now = self._ended.clock()
            if len(self._ended) and now >= next_question:
                next_question = now + ASK_S
                async with asyncio.timeout(TELL_S):
                    await self._stream.tell(own, str(now))
            message = await listener.get_message(timeout=ASK_S)
            if message is None:
                continue
            if message["channel"] == own:
                self._ended.heard(float(message["data"]))
            else:
                user_id, _, analysis_id = message["data"].partition(" ")
                self._ended.forget(user_id, analysis_id)
