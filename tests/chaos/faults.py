"""A TCP proxy that misbehaves when it is told to: `python faults.py PARTS CONTROL_PORT`.

PARTS is JSON, `{"redis": [6379, "redis", 6379]}`: where it listens, and whom it stands before. The
control port takes one JSON object a line, `{"part": "redis", "kind": "delay", "value": 0.3}`, and
answers each with a line. The standard library alone, so that it runs in any of the images.

| kind | value | what happens to each connection |
|---|---|---|
| pass | - | nothing |
| delay | seconds | each piece of a request or reply waits |
| reset | bytes | so much of the next reply, never all of it, then RST to both sides |
| cut | bytes | so much of the next reply, never all of it, then its end |
| drip | bytes | a reply comes so many bytes at a time |
| black-hole | - | nothing passes until the fault is over |
"""

import asyncio
import contextlib
import json
import socket
import struct
import sys
from dataclasses import dataclass, field

CONNECT_S = 5
PIECE = 1 << 16
DRIP_S = 0.02
RST = struct.pack("ii", 1, 0)


@dataclass
class Part:
    """Who is stood before, and what is done to its connections now."""

    host: str
    port: int
    kind: str = "pass"
    value: float = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, kind: str, value: float) -> None:
        self.kind, self.value = kind, value
        self.changed.set()
        self.changed = asyncio.Event()

    async def connect(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        try:
            async with asyncio.timeout(CONNECT_S):
                server, request = await asyncio.open_connection(self.host, self.port)
        except (OSError, TimeoutError):
            _reset(answer)
            return
        ways = [
            asyncio.create_task(self._requests(client, request)),
            asyncio.create_task(self._replies(server, answer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            how = _reset if self.kind == "reset" else _close
            how(request)
            how(answer)

    async def _requests(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(PIECE):
                await self._held_back()
                target.write(piece)
                await target.drain()

    async def _replies(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(PIECE):
                await self._held_back()
                if self.kind in ("reset", "cut"):
                    target.write(piece[: min(int(self.value), len(piece) - 1)])
                    await target.drain()
                    return
                while self.kind == "drip" and piece:
                    now, piece = piece[: int(self.value)], piece[int(self.value) :]
                    target.write(now)
                    await target.drain()
                    await asyncio.sleep(DRIP_S)
                target.write(piece)
                await target.drain()

    async def _held_back(self) -> None:
        if self.kind == "delay":
            await asyncio.sleep(self.value)
        while self.kind == "black-hole":
            await self.changed.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    writer.transport.abort()


def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def main(parts: dict[str, tuple[int, str, int]], control_port: int, address: str) -> None:
    known = {name: Part(host, port) for name, (_, host, port) in parts.items()}

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked = json.loads(line)
            known[asked["part"]].set(asked["kind"], asked["value"])
            writer.write(b"done\n")
            await writer.drain()
        writer.close()

    servers = [
        await asyncio.start_server(known[name].connect, address, port)
        for name, (port, _, _) in parts.items()
    ]
    servers.append(await asyncio.start_server(control, address, control_port))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
