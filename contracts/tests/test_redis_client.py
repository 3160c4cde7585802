"""Trouble with Redis is a RedisError or an OSError, and none is made of a connection that Redis closed long
ago, on the event loop that the services run on."""

import asyncio
import contextlib
import socket
import struct
import threading

import pytest
import uvloop
from redis.exceptions import RedisError

from sightline_contracts import redis_client

RESET_AT_ONCE = struct.pack("ii", 1, 0)
TRIES, AT_ONCE = 30, 10
LOOK_S = 10


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


@pytest.mark.parametrize("reset", [False, True], ids=["closed in order", "reset"])
def test_a_pooled_connection_that_redis_closed_is_replaced(reset: bool) -> None:
    uvloop.run(_asked_again(reset=reset))


async def _asked_again(*, reset: bool) -> None:
    redis = _ClosingRedis()
    async with await asyncio.start_server(redis.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = redis_client.connect(f"redis://127.0.0.1:{port}/0", socket_timeout=2)
        await asyncio.gather(*(client.ping() for _ in range(AT_ONCE)))
        assert len(redis.connections) == AT_ONCE, "each has a connection of its own"
        bystander, ours = await asyncio.open_connection("127.0.0.1", port)
        ours.write(_PING)
        await bystander.readexactly(len(_PONG))
        redis.close_all(reset=reset)
        # It was closed last: when this is seen, so are the others.
        async with asyncio.timeout(LOOK_S):
            with contextlib.suppress(ConnectionResetError):
                assert await bystander.read() == b""
        ours.close()
        assert all(await asyncio.gather(*(client.ping() for _ in range(AT_ONCE))))
        await client.aclose()
        redis.close_all(reset=False)


_PING, _PONG = b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"
_HELLO = b"%1\r\n+proto\r\n:3\r\n"


class _ClosingRedis:
    """Answers HELLO, and anything else as PING, until it closes what is open."""

    def __init__(self) -> None:
        self.connections: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                command = await _command(reader)
                writer.write(_HELLO if command[0] == b"HELLO" else _PONG)

    def close_all(self, *, reset: bool) -> None:
        for writer in self.connections:
            if reset:
                ours = writer.get_extra_info("socket")
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
            writer.close()
        self.connections.clear()


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """The next command in RESP: `*2`, then the length and the bytes of each part."""
    parts = int((await reader.readuntil(b"\r\n"))[1:])
    command = []
    for _ in range(parts):
        length = int((await reader.readuntil(b"\r\n"))[1:])
        command.append((await reader.readexactly(length + 2))[:-2])
    return command
