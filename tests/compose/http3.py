"""A client of HTTP/3 as small as tests need it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

ANSWER_S = 20


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


class _Client(QuicConnectionProtocol):
    def ask(self, authority: str, path: str) -> asyncio.Future[Answer]:
        self._http = H3Connection(self._quic)
        self._answer = Answer()
        self._done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        fields = {
            ":method": "GET",
            ":scheme": "https",
            ":authority": authority,
            ":path": path,
        }
        stream = self._quic.get_next_available_stream_id()
        encoded = [(name.encode(), value.encode()) for name, value in fields.items()]
        self._http.send_headers(stream, encoded, end_stream=True)
        self.transmit()
        return self._done

    def quic_event_received(self, event: QuicEvent) -> None:
        for one in self._http.handle_event(event) if hasattr(self, "_http") else ():
            if isinstance(one, HeadersReceived):
                self._answer.headers = {
                    name.decode(): value.decode() for name, value in one.headers
                }
                self._answer.status = int(self._answer.headers[":status"])
            elif isinstance(one, DataReceived):
                self._answer.content += one.data
            ended = getattr(one, "stream_ended", False)
            if ended and not self._done.done():
                self._done.set_result(self._answer)


def get(name: str, port: int, path: str, authority: Path) -> Answer:
    """What 127.0.0.1 answers a client that knows it by `name` and trusts this authority."""

    async def ask() -> Answer:
        settings = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name)
        settings.load_verify_locations(cafile=str(authority))
        async with (
            asyncio.timeout(ANSWER_S),
            connect("127.0.0.1", port, configuration=settings, create_protocol=_Client) as client,
        ):
            return await cast("_Client", client).ask(f"{name}:{port}", path)

    return asyncio.run(ask())
