"""What is left of a body when the answer is ready: read, or the edge is told to close the connection."""

import asyncio
from collections.abc import Sequence

import pytest
from conftest import SLA
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from sightline_contracts.bodies import REST_BYTES
from sightline_contracts.boundary import Boundary
from sightline_contracts.objectives import Objectives

LENGTH = (b"content-length", b"9")


async def said(
    *headers: tuple[bytes, bytes], parts: Sequence[tuple[int, bool]]
) -> tuple[bool, int]:
    """Whether an app that reads nothing has the client's connection closed, and how many `parts` of the body, each
    of so many bytes and with more or without, were taken. What comes after the last one never comes."""
    left, sent = list(parts), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("refused", 401)(scope, receive, send)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        size, more = left.pop(0)
        return {"type": "http.request", "body": b"x" * size, "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/things", "headers": list(headers)}
    await Boundary(app, SLA, Objectives(SLA))(scope, receive, send)
    assert sent[0]["status"] == 401
    return (b"x-edge-connection", b"close") in sent[0]["headers"], len(parts) - len(left)


@pytest.mark.parametrize("headers", [[LENGTH], [(b"transfer-encoding", b"chunked")]])
async def test_a_small_rest_is_read_and_the_connection_kept(
    headers: list[tuple[bytes, bytes]],
) -> None:
    assert await said(*headers, parts=[(4, True), (5, False)]) == (False, 2)


async def test_what_does_not_come_is_not_waited_for_and_the_answer_says_that_it_closes() -> None:
    assert await said(LENGTH, parts=[(4, True)]) == (True, 1)


async def test_a_large_rest_is_not_read_to_its_end() -> None:
    parts = [(REST_BYTES // 2, True)] * 3 + [(1, False)]
    assert await said((b"transfer-encoding", b"chunked"), parts=parts) == (True, 2)


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")]])
async def test_without_a_body_there_is_nothing_to_read(headers: list[tuple[bytes, bytes]]) -> None:
    assert await said(*headers, parts=[(0, False)]) == (False, 0)


async def test_a_client_that_waits_for_a_word_is_not_asked_for_its_body() -> None:
    assert await said(LENGTH, (b"expect", b"100-continue"), parts=[(9, False)]) == (True, 0)
