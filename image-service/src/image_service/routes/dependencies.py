"""What the endpoints are handed: parts of the wiring."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from image_service.engines.vendors import Vendors
from image_service.queue.activity import ActivityReader
from image_service.upstream.function_settings import FunctionControl
from image_service.wiring import Wiring

T = TypeVar("T")


def wiring_of(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


def _part(read: Callable[[Wiring], T]) -> Callable[[Request], Awaitable[T]]:
    # Asynchronous, since FastAPI runs other functions in a thread.
    async def part(request: Request) -> T:
        return read(wiring_of(request))

    return part


ActivityPart = Annotated[ActivityReader, Depends(_part(lambda wiring: wiring.activity))]
ControlPart = Annotated[FunctionControl, Depends(_part(lambda wiring: wiring.control))]
VendorsPart = Annotated[Vendors, Depends(_part(lambda wiring: wiring.vendors))]
Operations = Annotated[tuple[str, ...], Depends(_part(lambda wiring: wiring.operations))]
