"""Pacts (pact.io): what one service needs of another, as far as its own tests use it.

The consumer's tests drive its adapter against a server that knows nothing but the pact, and the
committed file must be what they say. The provider's tests ask the real service the same.
"""

import contextlib
import gc
import json
import os
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pact import Pact, Verifier
from pact.interaction import HttpInteraction

from sightline_contracts.problems import MEDIA_TYPE as PROBLEM
from sightline_testing.served import Served

os.environ.setdefault("PACT_DO_NOT_TRACK", "true")

FOLDER = Path(__file__).resolve().parents[1] / "pacts"
WRITE = "WRITE_PACTS"
"""Set to write the committed files instead of comparing with them."""

USER = "us_01k9zt5w000000000000000001"
ANALYSIS = "an_01k9zt5w000000000000000002"
JSON, BYTES = "application/json", "application/octet-stream"
Drive = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """What a provider is in before it is asked; its tests have a function of that name."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request and its answer. Bodies are JSON with matchers, or bytes; `answer` holds what the
    consumer reads and nothing else."""

    description: str
    method: str
    path: Any
    status: int
    given: State | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    body_type: str = JSON
    answer: Any = None
    answer_headers: Mapping[str, Any] = field(default_factory=dict)
    answer_type: str = JSON

    def describe(self, pact: Pact) -> None:
        asked = pact.upon_receiving(self.description)
        if self.given is not None:
            asked.given(self.given.name, dict(self.given.parameters))
        asked.with_request(self.method, self.path)
        asked.with_query_parameters(dict(self.query)).with_headers(dict(self.headers))
        _fill(asked, self.body, self.body_type)
        asked.will_respond_with(self.status).with_headers(dict(self.answer_headers))
        _fill(asked, self.answer, self.answer_type)


@dataclass(frozen=True)
class Event:
    """A message as its reader takes it from the stream: the CloudEvents envelope."""

    description: str
    body: Mapping[str, Any]

    def describe(self, pact: Pact) -> None:
        pact.upon_receiving(self.description, "Async").with_body(dict(self.body), JSON)


@dataclass(frozen=True)
class Scenario:
    """What the consumer does in one go, and the calls which that is."""

    drive: Drive
    calls: tuple[Call, ...]

    def __str__(self) -> str:
        return self.drive.__name__.replace("_", " ")


@dataclass(frozen=True)
class Reading:
    """An event and what the consumer takes from its text."""

    event: Event
    read: Callable[[str], None]

    def __str__(self) -> str:
        return self.read.__name__.replace("_", " ")


class Written:
    """The pact of a consumer with a provider, while the consumer's tests write it."""

    def __init__(self, consumer: str, provider: str) -> None:
        self._names = consumer, provider
        self.scenarios: list[Scenario] = []
        self.readings: list[Reading] = []

    def calls(self, *calls: Call) -> Callable[[Drive], Drive]:
        """Decorates an async function that drives the consumer's adapter to make these calls."""

        def register(drive: Drive) -> Drive:
            self.scenarios.append(Scenario(drive, calls))
            return drive

        return register

    def event(self, event: Event) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
        """Decorates a function that has the consumer read the text of this event."""

        def register(read: Callable[[str], None]) -> Callable[[str], None]:
            self.readings.append(Reading(event, read))
            return read

        return register

    @contextlib.contextmanager
    def answering(self, scenario: Scenario) -> Iterator[str]:
        """The address of a server that answers these calls and fails the test on any other, and
        on one that is not made."""
        pact = self._pact(*scenario.calls)
        with pact.serve("127.0.0.1") as server:
            yield str(server.url).rstrip("/")

    def read(self, reading: Reading) -> None:
        """Have the consumer read it."""
        self._pact(reading.event).verify(lambda body, _: reading.read(_text(body)), "Async")

    def check(self) -> None:
        """Whether the committed file is what the tests say; WRITE_PACTS makes it so."""
        path = FOLDER / f"{'--'.join(self._names)}.json"
        with tempfile.TemporaryDirectory() as folder:
            # A pact of both kinds cannot be served, and two are merged when they are written.
            self._pact(*(call for one in self.scenarios for call in one.calls)).write_file(folder)
            if self.readings:
                self._pact(*(one.event for one in self.readings)).write_file(folder)
            (file,) = Path(folder).iterdir()
            text = _steady(json.loads(file.read_text(encoding="utf-8")))
        if os.environ.get(WRITE):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, "make pacts writes it anew"

    def _pact(self, *parts: Call | Event) -> Pact:
        pact = Pact(*self._names)
        for part in parts:
            part.describe(pact)
        return pact


def of_provider(provider: str) -> list[Path]:
    """The committed pacts that a provider has to keep."""
    return sorted(FOLDER.glob(f"*--{provider}.json"))


def verify(
    pact: Path,
    served: Served,
    states: Mapping[str, Callable[..., Awaitable[None]]],
    messages: Mapping[str, Callable[[], Awaitable[str]]] | None = None,
) -> None:
    """Ask the served app what the pact says. `states` bring it there by name, and `messages`
    produce an event by its description; both run on the app's own loop."""

    errors: list[Exception] = []

    def state(state: str, parameters: dict[str, Any] | None) -> None:
        if not state:
            return  # how pact says that a call needs none
        try:
            served.run(_awaiting(states[state](**(parameters or {}))))
        except Exception as error:  # noqa: BLE001
            errors.append(error)  # said at the end; pact would try again for half a minute

    def message(name: str) -> Any:
        text = served.run(_awaiting((messages or {})[name]()))
        return {"contents": text.encode(), "metadata": None, "content_type": JSON}

    provider = pact.stem.partition("--")[2]
    verifier = Verifier(provider, host="127.0.0.1").add_transport(url=served.url)
    verifier.state_handler(state).message_handler(message).add_source(pact)
    verifier.set_error_on_empty_pact().set_coloured_output(enabled=False)
    try:
        verifier.verify()
    except RuntimeError:
        _, _, failures = verifier.output(strip_ansi=True).partition("Failures:")
        errors.append(AssertionError(failures))
    # It leaves the sockets open that it was called back on, and the tests end on such a warning.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        del verifier
        gc.collect()
    if errors:
        raise ExceptionGroup(f"{provider} does not keep the pact", errors)


def problem(slug: str, **more: Any) -> dict[str, Any]:
    """How a call is answered that is refused: `Call(…, **problem("not-found"))`."""
    return {"answer": {"type": f"/problems/{slug}", **more}, "answer_type": PROBLEM}


async def _awaiting(work: Awaitable[Any]) -> Any:
    return await work


def _fill(asked: HttpInteraction, body: Any, media_type: str) -> None:
    if isinstance(body, bytes):
        asked.with_binary_body(body, media_type)
    elif body is not None:
        asked.with_body(body, media_type)


def _text(body: str | bytes | None) -> str:
    assert body is not None
    return body if isinstance(body, str) else body.decode()


def _steady(document: dict[str, Any]) -> str:
    """Without the versions of the tools, in an order of its own."""
    document["metadata"] = {"pactSpecification": document["metadata"]["pactSpecification"]}
    document["interactions"].sort(key=lambda one: (one["type"], one["description"]))
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
