"""The only reader of the environment."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings
from sightline_contracts import loader

from image_service.function import Function

_SLA = loader.sla("image-service").settings


class Settings(BaseSettings):
    """Lists are comma-separated. Durations in seconds. `fetch_connect_to` holds
    `host:port:host:port`: an allowed origin, and where it is reached from here. `function`: the
    module that instances run, `text_function` that of those which read text."""

    host: str = "127.0.0.1"
    port: int = 8103
    redis_url: str = "redis://127.0.0.1:6379/0"
    result_service_url: str = "http://127.0.0.1:8102"
    models_dir: Path | None = None
    fetch_allowed_origins: str = ""
    fetch_connect_to: str = ""
    fetch_timeout_s: float = Field(default=_SLA["fetch_timeout_s"], gt=0)
    function: str = "image_service.analysis"
    text_function: str = "image_service.text_analysis"
    instances: int = Field(default=os.cpu_count() or 1, ge=1)
    text_instances: int = Field(default=1, ge=1)
    function_timeout_s: float = Field(default=_SLA["function_timeout_s"], gt=0)
    function_memory_mb: int = Field(default=int(_SLA["function_memory_mb"]), ge=128)
    instance_idle_s: float = Field(default=_SLA["instance_idle_s"], gt=0)
    fork_server_idle_s: float = Field(default=_SLA["fork_server_idle_s"], gt=0)
    retry_delays_s: str = "60,120"
    max_attempts: int = Field(default=int(_SLA["max_attempts"]), ge=1)
    max_event_age_s: float = Field(default=_SLA["max_event_age_s"], gt=0)
    lease_s: float = Field(default=_SLA["lease_s"], gt=0)
    drain_s: float = Field(default=8.0, ge=0)

    def function_default(self) -> Function:
        """What holds until an admin sets it otherwise. Raises ValueError without a retry delay."""
        delays = tuple(float(part) for part in _listed(self.retry_delays_s))
        if not delays:
            raise ValueError("RETRY_DELAYS_S names no delay.")
        return Function(
            memory_mb=self.function_memory_mb,
            timeout_s=self.function_timeout_s,
            max_attempts=self.max_attempts,
            max_event_age_s=self.max_event_age_s,
            retry_delays=delays,
        )

    def allowed_origins(self) -> frozenset[str]:
        """`scheme://host:port` of the origins that may be private."""
        return frozenset(part.rstrip("/") for part in _listed(self.fetch_allowed_origins))

    def connect_to(self) -> dict[tuple[str, int], tuple[str, int]]:
        """Raises ValueError for anything but `host:port:host:port`."""
        found = {}
        for part in _listed(self.fetch_connect_to):
            host, port, other, other_port = part.split(":")
            found[host, int(port)] = (other, int(other_port))
        return found


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
