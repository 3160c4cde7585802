"""Structured logs: one JSON object a line on stdout, with the request's id in each."""

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from sightline_contracts import context, tracing


class Lines:
    """Writes each line at once, so that no other thread's comes between. Where nobody takes them any more, work goes
    on without."""

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = msg


def configure(service: str) -> None:
    """Send all logs of this process, libraries' warnings included, to stdout as JSON lines."""

    def add_context(
        _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event["service"] = service
        event.setdefault("request_id", context.request_id.get())
        if (trace_id := tracing.trace_id()) is not None:
            event["trace_id"] = trace_id
        return event

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_context,
        structlog.processors.format_exc_info,
    ]
    # Past logging, whose records cost more than half of a line.
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("httpx2", "httpcore2", "botocore", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
