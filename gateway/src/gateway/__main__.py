"""`python -m gateway [serve|openapi]`."""

import json
import sys

from sightline_contracts import logs, serve, tracing

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import NAME, real


def main(command: str) -> int:
    settings = Settings()
    if command == "openapi":
        print(json.dumps(create_app(real(settings)).openapi(), indent=2, sort_keys=True))
        return 0
    logs.configure(NAME)
    tracing.configure(NAME)
    try:
        settings.check_key()
        wiring = real(settings)
    except (OSError, ValueError) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 1
    app = create_app(wiring)
    app.openapi()  # made here, so that no request waits for it
    serve.serve(app, settings.host, settings.port, wiring.hints.let_go)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "serve"))
