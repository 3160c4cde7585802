"""Stands before an S3 server, and does to its answers what networks and servers do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

HANGS = b"hangs"
"""The request is not passed on, and nothing is answered."""
REFUSED = b"refused"
"""The request is not passed on, and the connection is closed."""
LOST = b"lost"
"""The request is passed on, and its answer is not."""


def answer(status: str, code: str) -> bytes:
    """An answer of S3 that tells of an error."""
    body = f"<Error><Code>{code}</Code></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@dataclass
class FaultyStore:
    """`faults` are met by the next requests, one each; whatever is none of the above is the answer itself.
    `requests` are the first lines that arrived."""

    host: str
    port: int
    faults: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    endpoint: str = ""
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        await _end(writer)
        self.connections.discard(writer)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers a request. Returns whether the connection goes on."""
        request = await _message(reader, "")
        method = request.partition(b" ")[0].decode()
        self.requests.append(request.partition(b"\r\n")[0].decode())
        fault = self.faults.pop(0) if self.faults else b""
        if fault == HANGS:
            await reader.read()
        if fault in (HANGS, REFUSED):
            return False
        if fault not in (b"", LOST):
            writer.write(fault)
            await writer.drain()
            return True
        upstream, sender = await asyncio.open_connection(self.host, self.port)
        sender.write(request)
        writer.write(await _message(upstream, method) if fault != LOST else await _lost(upstream))
        await _end(sender)
        await writer.drain()
        return fault != LOST


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _lost(upstream: asyncio.StreamReader) -> bytes:
    await _message(upstream, "PUT")
    return b""


async def _message(reader: asyncio.StreamReader, method: str) -> bytes:
    """A request, or the answer to one with that method, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return head + (await reader.readexactly(int(length or 0)) if method != "HEAD" else b"")


@contextlib.asynccontextmanager
async def before(endpoint: str) -> AsyncIterator[FaultyStore]:
    host, _, port = endpoint.removeprefix("http://").partition(":")
    store = FaultyStore(host, int(port))
    async with await asyncio.start_server(store.serve, "127.0.0.1", 0) as server:
        store.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield store
        # Clients keep their connections, each of which has a task here.
        await asyncio.gather(*map(_end, list(store.connections)))
