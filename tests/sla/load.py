"""An open-loop load: requests are due at fixed times, whatever became of those before.

A latency counts from the time at which its request was due, so that a system that stands still is seen
to do so (coordinated omission, as Gil Tene calls what a closed loop does not see).
"""

import asyncio
import secrets
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PASSWORD = "correct horse"
TIMEOUT = aiohttp.ClientTimeout(total=60)
AT_ONCE = 500
"""Requests under way at the most; one that is due beyond that is not sent, and not good."""
WAIT_S = 30
USER_PER_S = 4
"""Requests a second for each user, well below the limit of the API."""
SUBMIT, READ, LIST, RESULT, FRESHNESS = (
    "POST /v1/analyses",
    "GET /v1/analyses/{analysis_id}",
    "GET /v1/analyses",
    "GET /v1/analyses/{analysis_id}/result",
    "accepted-to-readable",
)
MIX = (SUBMIT, READ, LIST, READ, RESULT)
ENDED = ("succeeded", "failed", "canceled")


class Refused(Exception):
    """The system cannot be put under load; a sentence."""


@dataclass(frozen=True)
class Sample:
    """`seconds` from when it was due, or accepted, until it was answered, or readable."""

    operation: str
    seconds: float
    good: bool


@dataclass
class User:
    headers: dict[str, str]
    analysis_id: str = ""


@dataclass
class Load:
    """`picture` is what is submitted; `rate` requests a second for `seconds` seconds."""

    base_url: str
    picture: bytes
    rate: float
    seconds: float
    samples: list[Sample] = field(default_factory=list)

    async def run(self) -> list[Sample]:
        """Raises Refused when users cannot be made."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            self.base_url, timeout=TIMEOUT, connector=connector
        ) as self._http:
            users = [await self._user() for _ in range(1 + int(self.rate / USER_PER_S))]
            for user in users:  # something to be read
                await self._submit(user, time.monotonic())
            self.samples.clear()
            await self._offer(users)
        return self.samples

    async def _offer(self, users: list[User]) -> None:
        send: dict[str, Callable[[User, float], Coroutine[Any, Any, None]]] = {
            SUBMIT: self._submit,
            READ: lambda user, due: self._get(READ, f"/v1/analyses/{user.analysis_id}", user, due),
            LIST: lambda user, due: self._get(LIST, "/v1/analyses", user, due),
            RESULT: lambda user, due: self._get(
                RESULT, f"/v1/analyses/{user.analysis_id}/result", user, due
            ),
        }
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            under_way: set[asyncio.Task[None]] = set()
            for number in range(int(self.rate * self.seconds)):
                due = started + number / self.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                operation = MIX[number % len(MIX)]
                if len(under_way) >= AT_ONCE:
                    self.samples.append(Sample(operation, time.monotonic() - due, good=False))
                    continue
                user = users[number // len(MIX) % len(users)]
                task = group.create_task(send[operation](user, due))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def _user(self) -> User:
        who = {"email": f"{uuid.uuid4().hex}@example.test", "password": PASSWORD}
        async with self._http.post("/v1/users", json=who) as made:
            if made.status != 201:
                raise Refused(f"no user can be made: {made.status}")
        form = {"grant_type": "password", "username": who["email"], "password": PASSWORD}
        async with self._http.post("/v1/oauth/token", data=form) as answer:
            token = (await answer.json())["access_token"]
        return User({"Authorization": f"Bearer {token}"})

    async def _submit(self, user: User, due: float) -> None:
        form = aiohttp.FormData()
        # Bytes after its end, which no decoder reads, make it a picture that is not known yet.
        picture = self.picture + secrets.token_bytes(8)
        form.add_field("image", picture, filename="a.png", content_type="image/png")
        form.add_field("operations", "hash")
        status, body = await self._ask("POST", "/v1/analyses", user, data=form)
        self._note(SUBMIT, due, status)
        if status != 202:
            return
        accepted = time.monotonic()
        path = f"/v1/analyses/{body['id']}?wait={WAIT_S}"
        status, body = await self._ask("GET", path, user)
        good = body.get("status") == "succeeded"
        self.samples.append(Sample(FRESHNESS, time.monotonic() - accepted, good))
        if good:
            user.analysis_id = str(body["id"])

    async def _get(self, operation: str, path: str, user: User, due: float) -> None:
        status, _ = await self._ask("GET", path, user)
        self._note(operation, due, status)

    def _note(self, operation: str, due: float, status: int) -> None:
        self.samples.append(Sample(operation, time.monotonic() - due, 200 <= status < 400))

    async def _ask(
        self, method: str, path: str, user: User, data: aiohttp.FormData | None = None
    ) -> tuple[int, dict[str, object]]:
        """Status and body; a connection that breaks, or is never answered, is no status: 0."""
        try:
            async with self._http.request(method, path, headers=user.headers, data=data) as answer:
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, {}
