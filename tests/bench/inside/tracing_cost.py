"""CPU in microseconds of a request with a span of its own and one of a call, recorded and sent: `tracing_cost.py RATIO`."""

import os
import resource
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sightline_contracts import context, tracing

REQUESTS, PAUSE_EVERY = 4000, 50
PAUSE_S = 0.01
"""So that the queue of spans, which drops what does not fit, is emptied meanwhile."""
SENT_WITHIN_S = 1.0


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def requests() -> None:
    for number in range(REQUESTS):
        context.traceparent.set(None)
        with tracing.step("request", "server") as step:
            with tracing.step("GET x", "client", {"peer.service": "x"}):
                pass
            step.rename("GET /v1/x")
            step.set("http.request.method", "GET")
            step.set("http.route", "/v1/x")
            step.set("http.response.status_code", 200)
        if number % PAUSE_EVERY == 0:
            time.sleep(PAUSE_S)


def main(ratio: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_address[1]}"
    os.environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"
    os.environ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio"
    os.environ["OTEL_TRACES_SAMPLER_ARG"] = ratio
    tracing.configure("bench")
    requests()
    begun = cpu_s()
    requests()
    time.sleep(SENT_WITHIN_S)  # the rest is on its way
    print((cpu_s() - begun) / REQUESTS * 1e6)


main(sys.argv[1])
