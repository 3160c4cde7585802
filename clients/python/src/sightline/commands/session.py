"""Where the command finds the system and its key: the environment, or a file that `sightline login` writes."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import typer

from sightline import Client, errors
from sightline.settings import BASE_URL

FAILED, REFUSED, NOT_FOUND, SPENT, AWAY, INTERRUPTED = 1, 3, 4, 5, 6, 130
"""Exit codes beside 0 and 2, which is a wrong use of the command: an analysis failed; not signed in, or not allowed;
there is no such thing; too many requests, or the quota is used up; no answer, or a part of the system is away;
Ctrl-C."""
OWNER_ALONE = 0o600


@dataclass(frozen=True)
class Session:
    """`api_key` is None where nobody has signed in."""

    base_url: str = BASE_URL
    api_key: str | None = None
    api_key_id: str | None = None
    email: str | None = None


def file() -> Path:
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "sightline" / "session.json"


def read() -> Session:
    """SIGHTLINE_URL and SIGHTLINE_API_KEY go before the file."""
    kept = Session()
    if file().is_file():
        kept = Session(**json.loads(file().read_text()))
    url = os.environ.get("SIGHTLINE_URL") or kept.base_url
    key = os.environ.get("SIGHTLINE_API_KEY") or kept.api_key
    return Session(url, key, kept.api_key_id, kept.email)


def write(session: Session) -> None:
    """Readable by its owner alone."""
    file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(session), stream)


def forget() -> None:
    file().unlink(missing_ok=True)


def signed_in() -> Session:
    """Ends the command where nobody is."""
    session = read()
    if session.api_key is None:
        end(REFUSED, "Sign in first: sightline login. Or set SIGHTLINE_API_KEY.")
    return session


@contextmanager
def client() -> Iterator[Client]:
    """Of whoever is signed in. An error of the API ends the command with a sentence."""
    session = signed_in()
    with Client(session.base_url, api_key=session.api_key) as one, told():
        yield one


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except errors.SightlineError as error:
        end(exit_code(error), str(error))
    except OSError as error:
        end(2, str(error))


def exit_code(error: Exception) -> int:
    kinds: list[tuple[tuple[type[Exception], ...], int]] = [
        ((errors.NotFound,), NOT_FOUND),
        ((errors.QuotaExceeded, errors.RateLimited), SPENT),
        ((errors.ConnectionFailed, errors.Unavailable, errors.WaitedTooLong), AWAY),
        ((errors.InvalidRequest, errors.OperationUnavailable), 2),
        ((errors.SignInFailed, errors.Unauthorized, errors.InsufficientScope), REFUSED),
        ((errors.Suspended,), REFUSED),
    ]
    return next((code for kind, code in kinds if isinstance(error, kind)), FAILED)


def end(code: int, sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def ask_password() -> str:
    """From the terminal, unseen; the first line of what is piped in otherwise."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    given: str = typer.prompt("Password", hide_input=True)
    return given
