"""DynamoDB and S3 in memory on loopback: moto's application behind a lock.

moto's conditional PUT is not atomic: of parallel writes with `If-None-Match: *` two can come
through. One request at a time makes it so.
"""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "contracts"))

from sightline_testing.moto import application
from werkzeug.serving import WSGIRequestHandler, run_simple


class OneAtATime:
    def __init__(self, app: Any) -> None:
        self._app = app
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            return list(self._app(environ, start_response))


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the services log what they do."""


if __name__ == "__main__":
    app = OneAtATime(application())
    run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True, request_handler=Quiet)
