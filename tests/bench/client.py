"""Somebody signed in, as the load is."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp

PASSWORD = "correct horse"
TIMEOUT = aiohttp.ClientTimeout(total=60)


@contextlib.asynccontextmanager
async def sign_in(
    base: str, email: str = "bench@example.test"
) -> AsyncIterator[aiohttp.ClientSession]:
    who = {"email": email, "password": PASSWORD}
    async with aiohttp.ClientSession(base, timeout=TIMEOUT) as session:
        async with session.post("/v1/users", json=who) as made:
            assert made.status in (201, 409), await made.text()
        form = {"grant_type": "password", "username": who["email"], "password": PASSWORD}
        async with session.post("/v1/oauth/token", data=form) as answer:
            token = (await answer.json())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(base, timeout=TIMEOUT, headers=headers) as session:
        yield session
