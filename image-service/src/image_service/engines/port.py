"""What a vendor's engine is to the rest: a picture and an operation in, a part of a result out."""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

LOCAL = "local"
AUTO = "auto"
UNKNOWN_VERSION = "unknown"


class Unavailable(Exception):
    """Not now, for nobody: it is left alone for `off_s` seconds, at once where it said that it is
    `throttled`. A reason names nothing of a user's."""

    def __init__(self, reason: str, off_s: float, *, throttled: bool = False) -> None:
        super().__init__(reason)
        self.off_s = off_s
        self.throttled = throttled


class Busy(Exception):
    """Not now for this call: our own rate is used up."""


class Unwilling(Exception):
    """This account, or this model where `operation_alone`, will not do until somebody changes that."""

    def __init__(self, reason: str, *, operation_alone: bool = False) -> None:
        super().__init__(reason)
        self.operation_alone = operation_alone


class Rejected(Exception):
    """This picture will never do. `ask_again`: once more all the same, as its own tables say."""

    def __init__(self, reason: str, *, ask_again: bool = False) -> None:
        super().__init__(reason)
        self.ask_again = ask_again


@dataclass(frozen=True)
class AwsAccount:
    """`endpoint_url`: where the service is, if not where the region says."""

    region: str
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True)
class VendorResult:
    """`part`: the value of the operation's key in a result; `raw`: the vendor's answer as JSON."""

    part: list[dict[str, Any]]
    model: str
    version: str
    raw: Any


class Engine(Protocol):
    """A vendor. `operations`: what it can do; `calls_per_second`: what all workers together may ask
    of it, None for no limit."""

    name: str
    operations: frozenset[str]
    calls_per_second: float | None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def find(self, operation: str, picture: bytes) -> VendorResult:
        """One call, for one of its operations. `picture`: an upright JPEG of at most 1280 px.
        Raises Unavailable, Unwilling, Rejected."""
        ...


class Answer(BaseModel):
    """A part of a vendor's answer: what we read is checked, the rest is passed over. Numbers are
    finite, as their places in a result are."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, frozen=True)
