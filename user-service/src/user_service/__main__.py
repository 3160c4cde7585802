"""`python -m user_service [serve | setup | openapi | admin EMAIL | keys list | keys rotate]`."""

import asyncio
import json
import sys

import stamina
from sightline_contracts import logs, serve, tracing
from sightline_contracts.problems import Problem, Unavailable

from user_service.app import create_app
from user_service.settings import SERVER_KEY_BYTES, Settings
from user_service.sla import NAME
from user_service.wiring import Wiring, real

STORE_WAIT_S = 30
USAGE = 2


async def _until_ready(wiring: Wiring, *, create: bool) -> None:
    """Prove that the table is there, waiting a bounded time for the store to come up."""
    async for attempt in stamina.retry_context(
        on=Unavailable, attempts=None, timeout=STORE_WAIT_S, wait_max=1.0
    ):
        with attempt:
            if create:
                await wiring.table.create()
            await wiring.signing_keys.ensure()


def main(arguments: list[str]) -> int:
    settings = Settings()
    if arguments == ["openapi"]:
        app = create_app(real(settings, bytes(SERVER_KEY_BYTES)))
        print(json.dumps(app.openapi(), indent=2, sort_keys=True))
        return 0
    logs.configure(NAME)
    tracing.configure(NAME)
    try:
        wiring = real(settings, settings.server_key())
        asyncio.run(_until_ready(wiring, create=arguments == ["setup"]))
        match arguments:
            case [] | ["serve"]:
                settings.check_identity()
                serve.serve(create_app(wiring), settings.host, settings.port)
            case ["setup"]:
                asyncio.run(wiring.administration.list_everybody())
            case ["admin", email]:
                asyncio.run(wiring.users.grant(email, "admin"))
                print(f"{email} is an admin; sign in again to use it.")
            case ["keys", "list"]:
                print("\n".join(asyncio.run(wiring.signing_keys.described())))
            case ["keys", "rotate"]:
                print(asyncio.run(wiring.signing_keys.rotate()))
            case _:
                print(__doc__, file=sys.stderr)
                return USAGE
    except (OSError, ValueError) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 1
    except Problem as problem:
        print(f"{NAME}: {problem.detail}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
