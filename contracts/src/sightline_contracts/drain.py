"""How a server leaves without losing a request.

Whoever calls it may not know yet that it leaves: names are kept for a while, connections are kept, and
requests are on their way. So on SIGTERM it first serves on for `lame_duck_s`, in which every answer
closes its connection; then no connection is accepted any more, and each that was is answered.
"""

import asyncio
import ipaddress
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HANDSHAKE_S = 0.1
"""For connections that have begun: their last packet, and to be accepted."""
UNREAD_S = 1.0
"""For connections that are accepted: their request."""
LOOK_EVERY_S = 0.02
LOOPBACK = "lo"
_log = structlog.get_logger()


def is_draining(app: FastAPI) -> bool:
    """Whether the process that serves the app is on its way out."""
    return bool(getattr(app.state, "draining", False))


def closing(app: FastAPI) -> ASGIApp:
    """The app, whose answers close their connections while it drains."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def last(message: Message) -> None:
            if message["type"] == "http.response.start" and is_draining(app):
                headers = [*message["headers"], (b"connection", b"close")]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, last)

    return wrapped


class Server(uvicorn.Server):
    """uvicorn's, which on shutdown resets what is not accepted, and what is and has not been read.

    SIGINT, or a lame duck time of nothing, leaves at once.
    """

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, lame_duck_s: float, leave: Callable[[], None]
    ) -> None:
        """`leave` lets go whoever waits for something to happen."""
        super().__init__(config)
        self._app = app
        self._lame_duck_s = lame_duck_s
        self._leave = leave
        self._asked_by: int | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._asked_by = sig
        super().handle_exit(sig, frame)

    async def main_loop(self) -> None:
        await super().main_loop()
        if not self._is_gentle():
            return
        self._app.state.draining = True
        self.should_exit = False  # and again when the time is over, or at another signal
        loop = asyncio.get_running_loop()
        loop.call_later(self._lame_duck_s, setattr, self, "should_exit", True)
        await super().main_loop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.draining = True
        if self._is_gentle():
            await self._stop_listening()
        self._leave()
        if self._is_gentle():
            await self._until_all_are_read()
        await super().shutdown(sockets)

    def _is_gentle(self) -> bool:
        return self._asked_by == signal.SIGTERM and self._lame_duck_s > 0

    async def _stop_listening(self) -> None:
        """Closing a listener resets what waits to be accepted: let nothing wait."""
        for server in self.servers:
            for listener in server.sockets:
                _accept_no_more(listener.fileno())
        await asyncio.sleep(HANDSHAKE_S)
        for server in self.servers:
            server.close()

    async def _until_all_are_read(self) -> None:
        """A kept connection that nobody uses is closed by its client, or by us in the end."""
        end = time.monotonic() + UNREAD_S
        while self.server_state.connections and time.monotonic() < end:  # noqa: ASYNC110  # uvicorn keeps no event of it
            await asyncio.sleep(LOOK_EVERY_S)


def _accept_no_more(listener: int) -> None:
    """Refuse new connections, while those that have begun are accepted still: the listener is bound
    to a device by which nobody comes. Only Linux can (unprivileged since 5.7); elsewhere what is
    accepted between the last look and the end is reset."""
    if sys.platform != "linux":
        return
    with socket.socket(fileno=os.dup(listener)) as same:
        local = ipaddress.ip_address(same.getsockname()[0]).is_loopback
        devices = [name for _, name in socket.if_nameindex() if (name == LOOPBACK) != local]
        try:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, devices[0].encode())
        except (OSError, IndexError) as error:
            _log.warning("still_accepting", error=type(error).__name__)
