"""The only reader of the environment; each package has the settings that belong to it."""

from pathlib import Path

from sightline_contracts.service_identity import IdentitySettings

from image_service.engines.settings import EngineSettings
from image_service.fetch.settings import FetchSettings
from image_service.instances.settings import InstanceSettings
from image_service.upstream.function_defaults import FunctionDefaults
from image_service.worker.settings import WorkerSettings


class Settings(
    IdentitySettings,
    FetchSettings,
    InstanceSettings,
    FunctionDefaults,
    EngineSettings,
    WorkerSettings,
):
    """Durations are in seconds. The variable of a setting has its name in capitals."""

    host: str = "127.0.0.1"
    """The address at which the health and function endpoints listen."""
    port: int = 8103
    """Their port."""
    redis_url: str = "redis://127.0.0.1:6379/0"
    """The Redis that holds the queues, vendors' limits and the index of reusable results."""
    result_service_url: str = "http://127.0.0.1:8102"
    """Where result-service is."""
    models_dir: Path | None = None
    """The folder with the face model and, below `labels`, the models that an operator brings."""
