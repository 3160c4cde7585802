"""What `contracts/` promises of result-service and to it, read when the app is built."""

from collections.abc import Callable
from dataclasses import dataclass

from sightline_contracts import events, loader

NAME = "result-service"


@dataclass(frozen=True)
class ResultServiceSla:
    """`presigned_upload_valid_s`: seconds for which a presigned address works. `idempotency_ttl_s`:
    seconds for which an Idempotency-Key belongs to its first claim. `user_service_timeout_s`: seconds
    that a call of user-service may take. `operations` and `engines`: those that image-service promises
    to run, by the contract of the event that it reads."""

    presigned_upload_valid_s: int
    idempotency_ttl_s: float
    user_service_timeout_s: float
    operations: frozenset[str]
    engines: frozenset[str]


def read_sla() -> ResultServiceSla:
    """Raises FileNotFoundError or KeyError where a contract lacks a promise."""
    requested = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"]
    return ResultServiceSla(
        presigned_upload_valid_s=int(loader.sla(NAME).settings["presigned_upload_valid_s"]),
        idempotency_ttl_s=loader.sla("gateway").settings["idempotency_ttl_s"],
        user_service_timeout_s=loader.sla("user-service").default.timeout_s,
        operations=frozenset(requested["operations"]["items"]["enum"]),
        engines=frozenset(requested["engine"]["enum"]),
    )


def promised(name: str) -> Callable[[], float]:
    """A default for a setting, which the contract gives in the setting's unit."""
    return lambda: loader.sla(NAME).settings[name]


def promised_count(name: str) -> Callable[[], int]:
    """As `promised`, for a whole number."""
    return lambda: int(loader.sla(NAME).settings[name])


def promised_freshness() -> float:
    """Seconds after which 95 in 100 analyses have ended, by the gateway's objective."""
    return loader.sla("gateway").objective("freshness-p95").target
