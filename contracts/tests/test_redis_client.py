"""Trouble with Redis is a RedisError or an OSError, on the event loop that the services run on."""

import asyncio
import socket
import struct
import threading

import uvloop
from redis.exceptions import RedisError

from sightline_contracts import redis_client

RESET_AT_ONCE = struct.pack("ii", 1, 0)
TRIES, AT_ONCE = 30, 10


def test_a_connection_that_is_reset_at_once_is_a_lost_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_reset_all, args=(server,), daemon=True).start()
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert uvloop.run(_lost(address)) == TRIES * AT_ONCE


def _reset_all(server: socket.socket) -> None:
    for _ in range(TRIES * AT_ONCE):
        connection, _ = server.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        connection.close()


async def _lost(address: str) -> int:
    client = redis_client.connect(address, socket_timeout=2)
    lost = 0

    async def ping() -> None:
        try:
            await client.ping()
        except (RedisError, OSError):
            nonlocal lost
            lost += 1

    for _ in range(TRIES):
        await asyncio.gather(*(ping() for _ in range(AT_ONCE)))
    await client.aclose()
    return lost
