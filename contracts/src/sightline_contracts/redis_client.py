"""Redis clients that fail as their callers expect. Only services that bring redis-py import this."""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

CONNECT_S = 1
CLOSED = "The connection was closed."


class _Honest(AbstractConnection):
    """uvloop tells of a transport that the other side has just closed by a RuntimeError, which
    redis-py hands on; it is a lost connection like any other."""

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(CLOSED) from error

    async def can_read(self) -> bool:
        """The pool asks this of a connection before it hands it out, and connects anew where it raises.
        redis-py notices a connection that Redis closed in order, and misses one that was reset."""
        if self._writer is None or self._writer.is_closing():
            raise RedisConnectionError(CLOSED)
        return await super().can_read()


def connect(url: str, socket_timeout: float, **options: Any) -> Redis:
    """A client without retries: each caller decides about trouble, which is always a RedisError or
    an OSError. `socket_timeout` in seconds, above the block time where reads block. Connections that
    Redis closed while they lay in the pool, as it does when it restarts, are replaced unnoticed."""
    client = Redis.from_url(
        url,
        socket_timeout=socket_timeout,
        socket_connect_timeout=CONNECT_S,
        retry=Retry(NoBackoff(), 0),
        # Redis Enterprise alone sends these notifications, and a pool that expects them hands out
        # closed connections: it takes the end of a stream for a notification to be read.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **options,
    )
    pool = client.connection_pool
    pool.connection_class = type("HonestConnection", (_Honest, pool.connection_class), {})
    return client
