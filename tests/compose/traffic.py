"""Many clients at once, which never ask a second time: what fails once has failed."""

import asyncio
import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2

from conftest import User, until

PAUSE_S = 0.5
AT_MOST = 1000
"""Requests of one client."""
WAIT_S = 5
READY = 20
"""So many are accepted before anything happens."""
Client = httpx2.AsyncClient
Action = Callable[[Client], Awaitable[None]]
_ASSET = re.compile(r'"(/assets/[^"]+)"')


@dataclass
class Traffic:
    """Reads, submits and waits of one user until the block ends, each by clients that keep their
    connection and by others that make one for each request; static files, and a stream of events."""

    user: User
    picture: bytes
    accepted: list[str] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    streams_cut: int = 0
    slowest_s: float = 0

    def __enter__(self) -> Self:
        self._ended: list[str] = []
        self._assets = ["/", *_ASSET.findall(self.user.get("/").text), "/samples/index.json"]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        self.more(READY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def more(self, count: int) -> None:
        """Wait until so many more are accepted."""
        enough = len(self.accepted) + count
        until(lambda: len(self.accepted) >= enough or self.failures or None)

    async def _run(self) -> None:
        streaming = asyncio.create_task(self._streaming())
        actions = (
            self._read,
            self._list,
            self._submit,
            self._submit_and_wait,
            self._poll,
            self._file,
            self._health,
        )
        kept_or_not = itertools.product(actions, (1, 0))
        await asyncio.gather(*(self._client(action, kept) for action, kept in kept_or_not))
        streaming.cancel()
        await asyncio.wait([streaming])

    async def _client(self, action: Action, kept: int) -> None:
        async with self._connected(kept) as http:
            for _ in range(AT_MOST):
                if self._stop.is_set():
                    return
                await action(http)
                await asyncio.sleep(random.uniform(0, PAUSE_S))

    def _connected(self, kept: int) -> Client:
        return Client(
            base_url=self.user.http.base_url,
            headers=self.user.headers,
            timeout=30,
            trust_env=False,
            verify=False,
            limits=httpx2.Limits(max_keepalive_connections=kept),
        )

    async def _ask(
        self, http: Client, kind: str, method: str, path: str, good: set[int], **given: Any
    ) -> Any:
        """The body of a good answer, None for another, which is noted."""
        self.requests[kind] += 1
        started = time.monotonic()
        try:
            answer = await http.request(method, path, **given)
        except httpx2.TransportError as error:
            self.failures.append(f"{kind} {method} {path}: {error!r}")
            return None
        if kind != "wait":
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
        if answer.status_code not in good:
            told = f"{answer.status_code} {answer.text[:300]}"
            self.failures.append(f"{kind} {method} {path}: {told}")
            return None
        return answer.json() if "json" in answer.headers["Content-Type"] else answer.content

    async def _read(self, http: Client) -> None:
        if self._ended:
            one = random.choice(self._ended)
            path = f"/v1/analyses/{one}{random.choice(['', '/result'])}"
            await self._ask(http, "read", "GET", path, {200})

    async def _list(self, http: Client) -> None:
        await self._ask(http, "read", "GET", "/v1/analyses?limit=5", {200})

    async def _file(self, http: Client) -> None:
        await self._ask(http, "file", "GET", random.choice(self._assets), {200})

    async def _health(self, http: Client) -> None:
        await self._ask(http, "read", "GET", "/readyz", {200})

    async def _submit(self, http: Client) -> None:
        await self._submitted(http, "submit", {202})

    async def _submit_and_wait(self, http: Client) -> None:
        await self._submitted(http, "wait", {200, 202}, {"Prefer": f"wait={WAIT_S}"})

    async def _submitted(
        self, http: Client, kind: str, good: set[int], headers: dict[str, str] | None = None
    ) -> str | None:
        given = {"files": {"image": ("p.png", self.picture)}, "data": {"operations": ["metadata"]}}
        found = await self._ask(http, kind, "POST", "/v1/analyses", good, headers=headers, **given)
        if found is None:
            return None
        self.accepted.append(found["id"])
        self._note(found)
        return str(found["id"])

    async def _poll(self, http: Client) -> None:
        one = await self._submitted(http, "submit", {202})
        if one is not None:
            path = f"/v1/analyses/{one}?wait={WAIT_S}"
            self._note(await self._ask(http, "wait", "GET", path, {200}))

    def _note(self, analysis: dict[str, Any] | None) -> None:
        if analysis is not None and analysis["status"] == "succeeded":
            self._ended.append(analysis["id"])

    async def _streaming(self) -> None:
        """Whoever follows events comes back when a stream ends, as it may at any time."""
        async with self._connected(1) as http:
            for _ in range(AT_MOST):
                self.requests["stream"] += 1
                try:
                    async with http.stream("GET", "/v1/events") as answer:
                        if answer.status_code != httpx2.codes.OK:
                            self.failures.append(f"stream: {answer.status_code}")
                        async for _line in answer.aiter_lines():
                            pass
                except httpx2.TransportError:
                    self.streams_cut += 1
                await asyncio.sleep(PAUSE_S)
