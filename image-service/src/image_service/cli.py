"""The commands of `python -m image_service`."""

import asyncio
import json
import sys

from redis.exceptions import RedisError
from sightline_contracts import logs, serve

from image_service.app import create_app
from image_service.settings import Settings
from image_service.wiring import NAME, Wiring, real


def main(command: str) -> int:
    settings = Settings()
    wiring = real(settings)
    if command == "openapi":
        print(json.dumps(create_app(wiring).openapi(), indent=2, sort_keys=True))  # noqa: T201
        return 0
    logs.configure(NAME)
    if command == "setup":
        return asyncio.run(_setup(wiring))
    serve.serve(create_app(wiring), settings.host, settings.port)
    return 0


async def _setup(wiring: Wiring) -> int:
    """Make the stream and its group; they may exist already."""
    try:
        await wiring.stream.make_group()
    except (RedisError, OSError) as error:
        print(f"{NAME}: {type(error).__name__}. Is REDIS_URL right?", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        await wiring.stream.close()
    return 0
