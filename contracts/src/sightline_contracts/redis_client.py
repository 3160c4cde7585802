"""Redis clients that fail as their callers expect. Only services that bring redis-py import this."""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

CONNECT_S = 1


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
            raise RedisConnectionError("The connection was closed.") from error


def connect(url: str, socket_timeout: float, **options: Any) -> Redis:
    """A client without retries: each caller decides about trouble, which is always a RedisError or
    an OSError. `socket_timeout` in seconds, above the block time where reads block."""
    client = Redis.from_url(
        url,
        socket_timeout=socket_timeout,
        socket_connect_timeout=CONNECT_S,
        retry=Retry(NoBackoff(), 0),
        **options,
    )
    pool = client.connection_pool
    pool.connection_class = type("HonestConnection", (_Honest, pool.connection_class), {})
    return client
