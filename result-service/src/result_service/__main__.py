"""`python -m result_service [serve|setup|openapi|rebuild-index [user id …]]`."""

import asyncio
import json
import sys
from collections.abc import Sequence

import stamina
from sightline_contracts import logs, problems, serve, tracing

from result_service.app import create_app
from result_service.search.rebuilding import rebuild
from result_service.settings import Settings
from result_service.sla import NAME
from result_service.store.s3 import S3Bucket
from result_service.wiring import real

STORE_WAIT_S = 30


async def _until_ready(settings: Settings, *, create: bool) -> None:
    """Prove that the bucket is there. A store that is starting has a bounded time to come up."""
    bucket = S3Bucket(settings.bucket_name, settings.aws_default_region)
    async for attempt in stamina.retry_context(
        on=problems.Unavailable, attempts=None, timeout=STORE_WAIT_S, wait_max=1.0
    ):
        with attempt:
            if create:
                await bucket.create(settings.days_kept())
            await bucket.check()


async def _rebuild(settings: Settings, users: Sequence[str]) -> None:
    """Make the search index anew; a running service may go on meanwhile."""
    wiring = real(settings)
    try:
        async for user_id in rebuild(wiring.bucket, wiring.index, wiring.catch_up, users):
            print(f"{user_id}: made anew", flush=True)
    finally:
        await wiring.close()


def main(command: str, *arguments: str) -> int:
    if command == "openapi":
        print(json.dumps(create_app(real(Settings())).openapi(), indent=2, sort_keys=True))
        return 0
    logs.configure(NAME)
    tracing.configure(NAME)
    settings = Settings()
    try:
        asyncio.run(_until_ready(settings, create=command == "setup"))
        if command == "serve":
            settings.check_identity()
        if command == "rebuild-index":
            asyncio.run(_rebuild(settings, arguments))
    except problems.Unavailable as error:
        print(f"{NAME}: {error.detail} Is AWS_ENDPOINT_URL_S3 right?", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 1
    if command == "serve":
        serve.serve(create_app(real(settings)), settings.host, settings.port)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or ["serve"])))
