"""Messages between processes: two lengths, JSON, bytes."""

import asyncio
import json
import socket
import struct
from typing import Any

HEADER = struct.Struct("!II")
JSON_AT_MOST, BODY_AT_MOST = 4 << 20, 64 << 20
RESULT_AT_MOST = 15 << 18
"""A result and its preview in Base64, in bytes: what fits into a report to result-service (4 MiB), less
what else stands there. A word is some 240 bytes: a page of 2,379 words, as dense as they are still read
at 1280 pixels, is 0.6 MB."""
Frame = tuple[dict[str, Any], bytes]


class BadFrame(Exception):
    """What came is no frame."""


def pack(fields: dict[str, Any], body: bytes = b"") -> bytes:
    encoded = json.dumps(fields).encode()
    return HEADER.pack(len(encoded), len(body)) + encoded + body


def result_size(fields: dict[str, Any], preview: bytes) -> int:
    return len(json.dumps(fields)) + len(preview) * 4 // 3


async def read(stream: asyncio.StreamReader) -> Frame:
    """Raises BadFrame, and EOFError (asyncio.IncompleteReadError) when the other side is gone."""
    lengths = _lengths(await stream.readexactly(HEADER.size))
    encoded = await stream.readexactly(lengths[0])
    return _fields(encoded), await stream.readexactly(lengths[1])


def receive(connection: socket.socket) -> Frame:
    """The same for a process that does nothing else meanwhile."""
    lengths = _lengths(_exactly(connection, HEADER.size))
    return _fields(_exactly(connection, lengths[0])), _exactly(connection, lengths[1])


def _lengths(header: bytes) -> tuple[int, int]:
    fields, body = HEADER.unpack(header)
    if fields > JSON_AT_MOST or body > BODY_AT_MOST:
        raise BadFrame
    return fields, body


def _fields(encoded: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(encoded)
    except ValueError as error:
        raise BadFrame from error
    if not isinstance(fields, dict):
        raise BadFrame
    return fields


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = bytearray(count)
    view = memoryview(found)
    while view:
        read = connection.recv_into(view)
        if not read:
            raise EOFError
        view = view[read:]
    return bytes(found)
