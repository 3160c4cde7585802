"""The client for programs that do other things meanwhile (asyncio)."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import httpx2

from sightline import accounts, analyses
from sightline import shares as sharing
from sightline.client import arguments, streaming
from sightline.errors import ConnectionFailed
from sightline.events import EventParser
from sightline.images import File, file_of
from sightline.models import Analysis, ApiKey, DeadLetter, User
from sightline.requests import Action, Call, Flow, Pause, ReadEvents, ReadFile, Reply
from sightline.settings import BASE_URL, Settings

P = ParamSpec("P")
T = TypeVar("T")


def _awaited(
    flow: Callable[Concatenate[Settings, P], Flow[T]],
) -> Callable[Concatenate["AsyncClient", P], Awaitable[T]]:
    @functools.wraps(flow)
    async def method(client: "AsyncClient", *args: P.args, **options: P.kwargs) -> T:
        return await client.carry_out(flow(client.settings, *args, **options))

    return cast(Callable[Concatenate["AsyncClient", P], Awaitable[T]], method)


class AsyncClient:
    """One for each account; its methods are what `analyses` and `accounts` describe. Raises what `errors` has."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        api_key: str | None = None,
        access_token: str | None = None,
        timeout_s: float = 30.0,
        retries: int = 3,
    ) -> None:
        self.settings = Settings(
            base_url.rstrip("/"), api_key, access_token, timeout_s=timeout_s, retries=retries
        )
        self._http = httpx2.AsyncClient(base_url=self.settings.base_url, timeout=timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    submit = _awaited(analyses.submit)
    upload = _awaited(analyses.upload)
    analyze = _awaited(analyses.analyze)
    get = _awaited(analyses.get)
    wait = _awaited(analyses.wait)
    result = _awaited(analyses.result)
    preview = _awaited(analyses.preview)
    similar = _awaited(analyses.similar)
    cancel = _awaited(analyses.cancel)
    retry = _awaited(analyses.retry)
    delete = _awaited(analyses.delete)
    share = _awaited(sharing.share)
    shares = _awaited(sharing.shares)
    withdraw = _awaited(sharing.withdraw)
    submit_batch = _awaited(analyses.submit_batch)
    get_batch = _awaited(analyses.get_batch)
    wait_batch = _awaited(analyses.wait_batch)
    sign_up = _awaited(accounts.sign_up)
    sign_in = _awaited(accounts.sign_in)
    sign_out = _awaited(accounts.sign_out)
    me = _awaited(accounts.me)
    usage = _awaited(accounts.usage)
    make_api_key = _awaited(accounts.make_api_key)
    delete_api_key = _awaited(accounts.delete_api_key)
    webhook_secret = _awaited(accounts.webhook_secret)
    status = _awaited(accounts.status)
    function = _awaited(accounts.function)
    change_function = _awaited(accounts.change_function)
    redrive = _awaited(accounts.redrive)
    change_user = _awaited(accounts.change_user)

    async def analyses(self, **filters: Any) -> AsyncIterator[Analysis]:
        """All of one's own, newest first, page by page as they are read."""
        async for one in self._pages(analyses.page, **filters):
            yield one

    async def api_keys(self) -> AsyncIterator[ApiKey]:
        async for one in self._pages(accounts.api_keys):
            yield one

    async def dead_letters(self) -> AsyncIterator[DeadLetter]:
        async for one in self._pages(accounts.dead_letters):
            yield one

    async def users(self) -> AsyncIterator[User]:
        async for one in self._pages(accounts.users):
            yield one

    async def _pages(self, page: Callable[..., Flow[Any]], **filters: Any) -> AsyncIterator[Any]:
        cursor = None
        while True:
            found = await self.carry_out(page(self.settings, cursor=cursor, **filters))
            for one in found["items"]:
                yield one
            cursor = found["next_cursor"]
            if cursor is None:
                return

    async def carry_out(self, flow: Flow[T]) -> T:
        """Do what the flow asks for until it returns."""
        try:
            action = next(flow)
            while True:
                try:
                    outcome = await self._do(action)
                except httpx2.TransportError as error:
                    action = flow.throw(ConnectionFailed(str(error) or type(error).__name__))
                else:
                    action = flow.send(outcome)
        except StopIteration as ended:
            value: T = ended.value
            return value

    async def _do(self, action: Action) -> Reply | File | None:
        match action:
            case Pause(seconds):
                await asyncio.sleep(seconds)
                return None
            case ReadFile(path):
                return await asyncio.to_thread(file_of, path)
            case ReadEvents():
                return await self._read_events(action)
            case Call():
                answer = await self._http.request(**arguments(action, self.settings.timeout_s))
                return Reply(answer.status_code, answer.headers, answer.content)

    async def _read_events(self, reading: ReadEvents) -> Reply | None:
        try:
            async with asyncio.timeout(reading.seconds):
                return await self._read_until_stopped(reading)
        except TimeoutError:
            return None

    async def _read_until_stopped(self, reading: ReadEvents) -> Reply | None:
        parser = EventParser()
        async with self._http.stream("GET", reading.path, **streaming(reading)) as answer:
            if answer.status_code != httpx2.codes.OK:
                return Reply(answer.status_code, answer.headers, await answer.aread())
            async for piece in answer.aiter_bytes():
                if any(reading.stop(event) for event in parser.feed(piece)):
                    return None
        return None
