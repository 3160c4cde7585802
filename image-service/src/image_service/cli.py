"""The commands of `python -m image_service`."""

import json

from sightline_contracts import logs, serve

from image_service.app import create_app
from image_service.settings import Settings
from image_service.wiring import NAME, real


def main(command: str) -> int:
    settings = Settings()
    if command == "openapi":
        print(json.dumps(create_app(real(settings)).openapi(), indent=2, sort_keys=True))  # noqa: T201
        return 0
    logs.configure(NAME)
    serve.serve(create_app(real(settings)), settings.host, settings.port)
    return 0
