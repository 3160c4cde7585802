"""`python -m image_service [serve | setup | openapi | dead-letters [list | show ID | redrive ID |
messages] | compare IMAGE ENGINES [OPERATIONS]]`."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from redis.exceptions import RedisError
from sightline_contracts import logs, serve, tracing
from sightline_contracts.service_identity import Identity

from image_service.app import create_app
from image_service.commands import compare
from image_service.settings import Settings
from image_service.sla import NAME
from image_service.upstream.results import CALLEE
from image_service.wiring import Wiring, real

CALL_S = 10.0
USAGE = 2
DEAD_LETTERS = "/v1/dead-letters"


def main(arguments: list[str]) -> int:
    settings = Settings()
    wiring = real(settings)
    status = 0
    match arguments:
        case ["openapi"]:
            _print(create_app(wiring).openapi())
        case ["setup"]:
            logs.configure(NAME)
            status = asyncio.run(_setup(wiring))
        case ["dead-letters", "messages"]:
            status = asyncio.run(_messages(wiring))
        case ["dead-letters", *rest] if (asked := _dead_letters(rest)) is not None:
            status = asyncio.run(_ask(settings, *asked))
        case ["compare", image, engines, *rest] if len(rest) <= 1:
            status = asyncio.run(_compare(wiring, Path(image), engines, *rest))
        case [] | ["serve"]:
            logs.configure(NAME)
            tracing.configure(NAME)
            status = _serve(wiring)
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201
            status = USAGE
    return status


def _serve(wiring: Wiring) -> int:
    settings = wiring.settings
    try:
        settings.check_identity()
    except ValueError as error:
        return _failed(str(error))
    serve.serve(create_app(wiring), settings.host, settings.port)
    return 0


def _dead_letters(arguments: list[str]) -> tuple[str, str] | None:
    """Method and path; None for arguments that are none of ours."""
    match arguments:
        case [] | ["list"]:
            return "GET", DEAD_LETTERS
        case ["show", analysis_id]:
            return "GET", f"{DEAD_LETTERS}/{analysis_id}"
        case ["redrive", analysis_id]:
            return "POST", f"{DEAD_LETTERS}/{analysis_id}/redrive"
    return None


async def _setup(wiring: Wiring) -> int:
    """Make the streams and their groups; they may exist already."""
    try:
        for lane in wiring.all_lanes:
            await lane.stream.make_group()
    except (RedisError, OSError) as error:
        return _failed(f"{type(error).__name__}. Is REDIS_URL right?")
    finally:
        for lane in wiring.all_lanes:
            await lane.stream.close()
    return 0


async def _messages(wiring: Wiring) -> int:
    """Print what came by the queues and is outside its contract, one message a line."""
    stream = wiring.ordinary.stream
    try:
        for letter in await stream.buried():
            print(json.dumps(letter))  # noqa: T201
    except (RedisError, OSError) as error:
        return _failed(f"{type(error).__name__}. Is REDIS_URL right?")
    finally:
        await stream.close()
    return 0


async def _ask(settings: Settings, method: str, path: str) -> int:
    """Print what result-service answers; every page of a list, one record a line."""
    timeout = aiohttp.ClientTimeout(total=CALL_S)
    identity = Identity(NAME, settings.service_key_file, settings.service_keys_dir)
    headers = identity.headers(CALLEE)
    cursor: str | None = None
    try:
        async with aiohttp.ClientSession(
            settings.result_service_url, timeout=timeout, headers=headers
        ) as session:
            while True:
                params = {} if cursor is None else {"cursor": cursor}
                async with session.request(method, path, params=params) as answer:
                    body = await answer.json(content_type=None)
                if answer.status >= 400:  # noqa: PLR2004
                    return _failed(body["detail"])
                if "next_cursor" not in body:
                    _print(body)
                    return 0
                for item in body["items"]:
                    print(json.dumps(item))  # noqa: T201
                cursor = body["next_cursor"]
                if cursor is None:
                    return 0
    except (aiohttp.ClientError, TimeoutError) as error:
        return _failed(f"{type(error).__name__}. Is RESULT_SERVICE_URL right?")


async def _compare(
    wiring: Wiring, image: Path, engines: str, operations: str = ",".join(compare.COMPARED)
) -> int:
    try:
        lines = await compare.compare(
            image,
            engines.split(","),
            operations.split(","),
            wiring.vendors.engines,
            wiring.settings.models_dir,
        )
    except compare.NotCompared as error:
        return _failed(str(error))
    for line in lines:
        print(line)  # noqa: T201
    return 0


def _print(body: object) -> None:
    print(json.dumps(body, indent=2, sort_keys=True))  # noqa: T201


def _failed(why: str) -> int:
    print(f"{NAME}: {why}", file=sys.stderr)  # noqa: T201
    return 1
