"""What `contracts/sla` promises of user-service, read when the app is built."""

from collections.abc import Callable
from dataclasses import dataclass

from sightline_contracts import loader

NAME = "user-service"


@dataclass(frozen=True)
class UserServiceSla:
    """Lives in seconds: of access and refresh tokens, of a reservation that is not settled, and of an
    entry of the trail. `signing_key_lead_s`: seconds for which a key is published before it signs."""

    access_token_ttl_s: int
    refresh_token_ttl_s: int
    signing_key_lead_s: int
    reservation_ttl_s: int
    event_ttl_s: int


def read_sla() -> UserServiceSla:
    """Raises FileNotFoundError or KeyError where the contract lacks a promise."""
    settings = loader.sla(NAME).settings
    return UserServiceSla(
        access_token_ttl_s=int(settings["access_token_ttl_s"]),
        refresh_token_ttl_s=int(settings["refresh_token_ttl_s"]),
        signing_key_lead_s=int(settings["signing_key_lead_s"]),
        reservation_ttl_s=int(settings["reservation_ttl_s"]),
        event_ttl_s=int(settings["event_ttl_s"]),
    )


def promised_count(name: str) -> Callable[[], int]:
    """A default for a setting, which the contract gives in the setting's unit, as a whole number."""
    return lambda: int(loader.sla(NAME).settings[name])
