"""What a client does on the network, as values: flows ask for these, and a client carries them out."""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sightline.events import Event

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One HTTP request. `path` is joined to the base address; an absolute one stays as it is. `timeout_s`: None
    for the client's own. `open`: no credentials are sent along."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] | None = None
    file: tuple[str, bytes, str] | None = None
    content: bytes | None = None
    timeout_s: float | None = None
    open: bool = False


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Raises ValueError where it is no JSON."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class ReadEvents:
    """Server-sent events until `stop` says so of one, the stream ends, or the time is over."""

    path: str
    headers: Mapping[str, str]
    stop: Callable[[Event], bool]
    seconds: float


@dataclass(frozen=True)
class ReadFile:
    """The file of a path, which may be on a disk that is slow."""

    path: str | Path


Action = Call | Pause | ReadEvents | ReadFile
Flow = Generator[Action, Any, T]
"""Asks for actions and is sent what came of them: a Reply for a Call, a Reply or None for ReadEvents (a Reply where
there is no stream), a File for ReadFile, None for a Pause. ConnectionFailed is raised in it where there was no answer."""
