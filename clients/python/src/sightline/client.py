"""The client for programs that wait for each answer."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import httpx2

from sightline import accounts, analyses
from sightline import shares as sharing
from sightline.errors import ConnectionFailed
from sightline.events import EventParser
from sightline.images import File, file_of
from sightline.models import Analysis, ApiKey, DeadLetter, User
from sightline.requests import Action, Call, Flow, Pause, ReadEvents, ReadFile, Reply
from sightline.settings import BASE_URL, Settings

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    flow: Callable[Concatenate[Settings, P], Flow[T]],
) -> Callable[Concatenate["Client", P], T]:
    @functools.wraps(flow)
    def method(client: "Client", *args: P.args, **options: P.kwargs) -> T:
        return client.carry_out(flow(client.settings, *args, **options))

    return cast(Callable[Concatenate["Client", P], T], method)


class Client:
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
        self._http = httpx2.Client(base_url=self.settings.base_url, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    submit = _blocking(analyses.submit)
    upload = _blocking(analyses.upload)
    analyze = _blocking(analyses.analyze)
    get = _blocking(analyses.get)
    wait = _blocking(analyses.wait)
    result = _blocking(analyses.result)
    preview = _blocking(analyses.preview)
    similar = _blocking(analyses.similar)
    cancel = _blocking(analyses.cancel)
    retry = _blocking(analyses.retry)
    delete = _blocking(analyses.delete)
    share = _blocking(sharing.share)
    shares = _blocking(sharing.shares)
    withdraw = _blocking(sharing.withdraw)
    submit_batch = _blocking(analyses.submit_batch)
    get_batch = _blocking(analyses.get_batch)
    wait_batch = _blocking(analyses.wait_batch)
    sign_up = _blocking(accounts.sign_up)
    sign_in = _blocking(accounts.sign_in)
    sign_out = _blocking(accounts.sign_out)
    me = _blocking(accounts.me)
    usage = _blocking(accounts.usage)
    make_api_key = _blocking(accounts.make_api_key)
    delete_api_key = _blocking(accounts.delete_api_key)
    webhook_secret = _blocking(accounts.webhook_secret)
    status = _blocking(accounts.status)
    function = _blocking(accounts.function)
    change_function = _blocking(accounts.change_function)
    redrive = _blocking(accounts.redrive)
    change_user = _blocking(accounts.change_user)

    def analyses(self, **filters: Any) -> Iterator[Analysis]:
        """All of one's own, newest first, page by page as they are read."""
        yield from self._pages(analyses.page, **filters)

    def api_keys(self) -> Iterator[ApiKey]:
        yield from self._pages(accounts.api_keys)

    def dead_letters(self) -> Iterator[DeadLetter]:
        yield from self._pages(accounts.dead_letters)

    def users(self) -> Iterator[User]:
        yield from self._pages(accounts.users)

    def _pages(self, page: Callable[..., Flow[Any]], **filters: Any) -> Iterator[Any]:
        cursor = None
        while True:
            found = self.carry_out(page(self.settings, cursor=cursor, **filters))
            yield from found["items"]
            cursor = found["next_cursor"]
            if cursor is None:
                return

    def carry_out(self, flow: Flow[T]) -> T:
        """Do what the flow asks for until it returns."""
        try:
            action = next(flow)
            while True:
                try:
                    outcome = self._do(action)
                except httpx2.TransportError as error:
                    action = flow.throw(ConnectionFailed(str(error) or type(error).__name__))
                else:
                    action = flow.send(outcome)
        except StopIteration as ended:
            value: T = ended.value
            return value

    def _do(self, action: Action) -> Reply | File | None:
        match action:
            case Pause(seconds):
                time.sleep(seconds)
                return None
            case ReadFile(path):
                return file_of(path)
            case ReadEvents():
                return self._read_events(action)
            case Call():
                answer = self._http.request(**arguments(action, self.settings.timeout_s))
                return Reply(answer.status_code, answer.headers, answer.content)

    def _read_events(self, reading: ReadEvents) -> Reply | None:
        end, parser = time.monotonic() + reading.seconds, EventParser()
        with (
            contextlib.suppress(httpx2.ReadTimeout),  # the time is over
            self._http.stream("GET", reading.path, **streaming(reading)) as answer,
        ):
            if answer.status_code != httpx2.codes.OK:
                return Reply(answer.status_code, answer.headers, answer.read())
            for piece in answer.iter_bytes():
                if any(reading.stop(event) for event in parser.feed(piece)):
                    return None
                if time.monotonic() >= end:
                    return None
        return None


def arguments(call: Call, timeout_s: float) -> dict[str, Any]:
    """Of httpx2's `request`."""
    given: Mapping[str, Any] = {
        "params": dict(call.params) or None,  # an empty one would take the address's own away
        "json": call.json,
        "data": call.form,
        "files": None if call.file is None else {"image": call.file},
        "content": call.content,
    }
    waited = float(call.params.get("wait", 0))  # the answer may be held back for so long
    return {
        "method": call.method,
        "url": call.path,
        "headers": dict(call.headers),
        "timeout": (timeout_s if call.timeout_s is None else call.timeout_s) + waited,
        **{name: value for name, value in given.items() if value is not None},
    }


def streaming(reading: ReadEvents) -> dict[str, Any]:
    """A stream says something every 15 seconds, so that silence for longer is its end."""
    return {
        "headers": {**reading.headers, "Accept": "text/event-stream"},
        "timeout": httpx2.Timeout(30.0, read=min(reading.seconds, 45.0)),
    }
