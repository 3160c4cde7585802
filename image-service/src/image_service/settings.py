"""The only reader of the environment."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from sightline_contracts import loader
from sightline_contracts.service_identity import IdentitySettings

from image_service.engines.port import AwsAccount
from image_service.upstream.function_settings import FunctionSettings

_SLA = loader.sla("image-service").settings


class Settings(IdentitySettings):
    """Lists are comma-separated. Durations in seconds. `fetch_connect_to` holds
    `host:port:host:port`: an allowed origin, and where it is reached from here. `function`: the
    module that instances run, `text_function` that of those which read text. A vendor is an engine
    as soon as its credentials are there, in a variable or, better, in the file that `…_file` names.
    `engine_order`: for an operation, who `auto` asks one after the other, as in
    `faces=clarifai,local labels=rekognition,local`; the others are done here. `reuse_for_s`: how long
    a picture's result answers for the same picture again; 0 for not at all."""

    host: str = "127.0.0.1"
    port: int = 8103
    redis_url: str = "redis://127.0.0.1:6379/0"
    result_service_url: str = "http://127.0.0.1:8102"
    models_dir: Path | None = None
    fetch_allowed_origins: str = ""
    fetch_connect_to: str = ""
    fetch_timeout_s: float = Field(default=_SLA["fetch_timeout_s"], gt=0)
    function: str = "image_service.local_engine.analysis"
    text_function: str = "image_service.local_engine.text_analysis"
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
    engine_clarifai_key: SecretStr | None = None
    engine_clarifai_key_file: Path | None = None
    engine_clarifai_base_url: str = "https://api.clarifai.com"
    engine_rekognition_region: str = ""
    engine_rekognition_access_key_id: str = ""
    engine_rekognition_secret_access_key: SecretStr | None = None
    engine_rekognition_secret_access_key_file: Path | None = None
    engine_rekognition_session_token: SecretStr | None = None
    engine_rekognition_endpoint_url: str = ""
    engine_order: str = ""
    engine_timeout_s: float = Field(default=_SLA["engine_timeout_s"], gt=0)
    reuse_for_s: float = Field(default=86_400, ge=0)
    drain_s: float = Field(default=8.0, ge=0)

    def function_default(self) -> FunctionSettings:
        """What holds until an admin sets it otherwise. Raises ValueError without a retry delay."""
        delays = tuple(float(part) for part in _listed(self.retry_delays_s))
        if not delays:
            raise ValueError("RETRY_DELAYS_S names no delay.")
        return FunctionSettings(
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

    def clarifai_key(self) -> str | None:
        """Raises ValueError for a file that cannot be read."""
        return _secret(self.engine_clarifai_key, self.engine_clarifai_key_file)

    def rekognition_account(self) -> AwsAccount | None:
        """Raises ValueError for one of which a part is missing."""
        secret = _secret(
            self.engine_rekognition_secret_access_key,
            self.engine_rekognition_secret_access_key_file,
        )
        key_id, region = self.engine_rekognition_access_key_id, self.engine_rekognition_region
        if not secret and not key_id:
            return None
        if not (secret and key_id and region):
            raise ValueError(
                "ENGINE_REKOGNITION needs _REGION, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY."
            )
        token = self.engine_rekognition_session_token
        return AwsAccount(
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            session_token=token.get_secret_value() if token else None,
            endpoint_url=self.engine_rekognition_endpoint_url or None,
        )

    def engine_orders(self) -> dict[str, tuple[str, ...]]:
        """Raises ValueError for anything but `operation=engine,engine …`."""
        found = {}
        for part in self.engine_order.split():
            operation, equals, names = part.partition("=")
            if not equals or not _listed(names):
                raise ValueError(f"ENGINE_ORDER: {part} is not operation=engine,engine.")
            found[operation] = tuple(_listed(names))
        return found


def _secret(given: SecretStr | None, file: Path | None) -> str | None:
    """None where there is none. A file that is empty says nothing: compose always mounts one."""
    try:
        kept = "" if file is None else file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{file} cannot be read.") from error
    return kept or (given.get_secret_value() if given else "") or None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
