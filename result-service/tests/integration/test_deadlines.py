"""The deadline of a request holds for the calls that are made on its behalf."""

import asyncio
import time

import pytest
from sightline_contracts import context, ids
from sightline_contracts.problems import Unavailable

from result_service.accounts.user_service import UserService


async def test_a_deadline_that_has_passed_begins_no_call() -> None:
    calls = 0

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        users = UserService(f"http://127.0.0.1:{port}", timeout_s=5)
        context.deadline.set(time.monotonic() - 1)
        with pytest.raises(Unavailable, match="no time left"):
            await users.reserve(ids.new_id("us"), ids.new_id("an"))
        assert calls == 0
        context.deadline.set(None)
        with pytest.raises(Unavailable, match="does not answer"):
            await users.reserve(ids.new_id("us"), ids.new_id("an"))
        assert calls == 1
        await users.close()


async def test_a_call_has_what_is_left_of_the_deadline() -> None:
    told: list[int] = []
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        told.append(int(head.partition(b"x-request-deadline-ms:")[2].split()[0]))
        await reader.read()  # it never answers
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        users = UserService(f"http://127.0.0.1:{port}", timeout_s=5)
        context.deadline.set(time.monotonic() + 0.2)
        with pytest.raises(Unavailable):
            await users.reserve(ids.new_id("us"), ids.new_id("an"))
        await users.close()
        await hung_up.wait()
    assert 0 < told[0] <= 200
