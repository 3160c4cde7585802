"""The only reader of the environment."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings
from sightline_contracts import loader

_SLA = loader.sla("image-service").settings


class Settings(BaseSettings):
    """Lists are comma-separated. Durations in seconds."""

    host: str = "127.0.0.1"
    port: int = 8103
    redis_url: str = "redis://127.0.0.1:6379/0"
    result_service_url: str = "http://127.0.0.1:8102"
    models_dir: Path | None = None
    fetch_allowed_origins: str = ""
    fetch_timeout_s: float = Field(default=_SLA["fetch_timeout_s"], gt=0)
    instances: int = Field(default=os.cpu_count() or 1, ge=1)
    function_timeout_s: float = Field(default=_SLA["function_timeout_s"], gt=0)
    function_memory_mb: int = Field(default=int(_SLA["function_memory_mb"]), ge=128)
    retry_delays_s: str = "60,120"
    max_event_age_s: float = Field(default=_SLA["max_event_age_s"], gt=0)
    lease_s: float = Field(default=_SLA["lease_s"], gt=0)
    drain_s: float = Field(default=8.0, ge=0)

    def retry_delays(self) -> tuple[float, ...]:
        """Seconds before each further attempt; one attempt more than there are delays."""
        return tuple(float(part) for part in self.retry_delays_s.split(",") if part.strip())

    def allowed_origins(self) -> frozenset[str]:
        """`scheme://host:port` of the origins that may be private."""
        parts = (part.strip().rstrip("/") for part in self.fetch_allowed_origins.split(","))
        return frozenset(part for part in parts if part)
