"""What `contracts/sla` promises of image-service, read when a part that needs it is made."""

from collections.abc import Callable
from dataclasses import dataclass

from sightline_contracts import events, loader

NAME = "image-service"


@dataclass(frozen=True)
class ImageServiceSla:
    """`image_limit_bytes` and `image_limit_pixels`: the largest picture that is analysed.
    `webhook_timeout_s`: seconds for one attempt to deliver a webhook, from resolving the name to the
    status of the answer."""

    image_limit_bytes: int
    image_limit_pixels: int
    webhook_timeout_s: float


def read_sla() -> ImageServiceSla:
    """Raises FileNotFoundError or KeyError where the contract lacks a promise."""
    settings = loader.sla(NAME).settings
    return ImageServiceSla(
        image_limit_bytes=int(settings["image_limit_bytes"]),
        image_limit_pixels=int(settings["image_limit_pixels"]),
        webhook_timeout_s=settings["webhook_timeout_s"],
    )


def read_operations() -> tuple[str, ...]:
    """The operations that a request may name, sorted, by the contract of the event that carries it."""
    requested = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"]
    return tuple(sorted(requested["operations"]["items"]["enum"]))


def promised(name: str) -> Callable[[], float]:
    """A default for a setting, which the contract gives in the setting's unit."""
    return lambda: loader.sla(NAME).settings[name]


def promised_count(name: str) -> Callable[[], int]:
    """As `promised`, for a whole number."""
    return lambda: int(loader.sla(NAME).settings[name])
