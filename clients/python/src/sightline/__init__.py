"""The client of Sightline: `Client` and `AsyncClient`, `errors`, `webhooks` and the shapes in `models`."""

from importlib.metadata import PackageNotFoundError, version

from sightline import errors, models, webhooks
from sightline.async_client import AsyncClient
from sightline.client import Client

try:
    __version__ = version("sightline")
except PackageNotFoundError:  # run from its sources
    __version__ = "0"

__all__ = ["AsyncClient", "Client", "__version__", "errors", "models", "webhooks"]
