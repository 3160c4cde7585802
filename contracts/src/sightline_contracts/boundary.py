"""The ASGI boundary that every service wears.

Takes or makes the request id, keeps the deadline, enforces the body limit of the SLA and its budget for
all bodies together, turns an unexpected error into a problem, writes one log line, counts the request and
measures it.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from sightline_contracts import context, memory, metrics, tracing
from sightline_contracts.bodies import LimitedBody
from sightline_contracts.loader import Sla
from sightline_contracts.objectives import Objectives
from sightline_contracts.problems import DeadlineExceeded, Problem

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/livez", "/readyz", "/metrics", "/objectives"})
SECRET_PART = "{token}"  # noqa: S105  # the name of a part, not one
"""Of a route: what opens something for whoever has it."""
_log = structlog.get_logger()


class Boundary:
    """ASGI middleware around a whole app. `objectives` see every answer but those of probes.
    `outside`: clients call here, and what they say of their deadline is not believed."""

    def __init__(
        self, app: ASGIApp, sla: Sla, objectives: Objectives, *, outside: bool = False
    ) -> None:
        self._app = app
        self._sla = sla
        self._objectives = objectives
        self._outside = outside
        limit = sla.settings.get("body_budget_bytes")
        self._bodies = None if limit is None else memory.Budget(int(limit))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key.lower(): value for key, value in scope["headers"]}
        context.traceparent.set(_match(_TRACEPARENT, headers.get(b"traceparent", b"")))
        with (
            self._bodies.lease() if self._bodies else contextlib.nullcontext(),
            tracing.NOTHING
            if scope["path"] in _QUIET
            else tracing.step("request", "server") as step,
        ):
            await self._answer(scope, headers, receive, send, step)

    async def _answer(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
        step: tracing.Step,
    ) -> None:
        started = time.monotonic()
        operation = self._sla.operation(scope["method"], scope["path"])
        budget = self._set_context(headers, started, operation.timeout_s)
        body = LimitedBody(receive, operation.body_limit_bytes, headers)
        answer = _Answer(send, body, tells_trace=self._outside)
        timeout = asyncio.timeout(None)
        try:
            if budget <= 0:
                raise DeadlineExceeded  # nobody waits any more: nothing is begun
            body.check_announced()
            # What the app says once it has been ended is no answer: fail() says what it was.
            answer.instead = lambda: (
                body.problem or (DeadlineExceeded() if timeout.expired() else None)
            )
            # The deadline is for the first byte: a stream that has begun may go on.
            answer.on_start = lambda: timeout.reschedule(None)
            async with timeout:
                timeout.reschedule(asyncio.get_running_loop().time() + budget)
                await self._app(scope, body, answer)
            if (problem := answer.instead()) is not None:
                await answer.fail(problem, scope, receive)
        except TimeoutError:
            await answer.fail(DeadlineExceeded(), scope, receive)
        except Problem as problem:
            if answer.status is not None:
                _log.warning("answer_broken_off", reason=problem.slug)
            await answer.fail(problem, scope, receive)
        except ClientDisconnect:
            pass  # it went away in the middle of its body: there is nobody to answer
        except Exception as error:  # noqa: BLE001  # the last line of defence: logged, answered as 500
            if answer.status is not None and isinstance(error.__cause__, Problem):
                # The framework's word for a problem in the middle of an answer, which breaks it off.
                _log.warning("answer_broken_off", reason=error.__cause__.slug)
            else:
                _log.exception("unexpected_error")
            await answer.fail(answer.instead() or Problem(), scope, receive)
        finally:
            self._record(scope, answer, started, step)

    def _set_context(
        self, headers: Mapping[bytes, bytes], started: float, timeout_s: float
    ) -> float:
        """Set what belongs to this request, and return the seconds until its deadline."""
        context.request_id.set(_taken_or_made(headers.get(b"x-request-id", b"")))
        remaining_ms = b"" if self._outside else headers.get(b"x-request-deadline-ms", b"")
        budget = _budget(remaining_ms, timeout_s)
        context.deadline.set(started + budget)
        context.held_s.set(0.0)
        return budget

    def _record(self, scope: Scope, answer: "_Answer", started: float, step: tracing.Step) -> None:
        seconds = (answer.started_at or time.monotonic()) - started - context.held_s.get()
        route = getattr(scope.get("route"), "path", "unmatched")
        status = answer.status or 499  # the client went away before there was an answer
        method = scope["method"] if scope["method"] in _METHODS else "other"
        _describe(step, method, route, status)
        metrics.HTTP_REQUESTS.labels(method, route, status).inc()
        metrics.HTTP_DURATION.labels(method, route).observe(seconds)
        if scope["path"] not in _QUIET:
            good = status < 500  # noqa: PLR2004
            self._objectives.observe(f"{method} {route}", seconds, good=good)
            # Who reads a token in a log could use it: an address that is a secret is not written.
            path = route if SECRET_PART in route else scope["path"]
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                path=path,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                **(
                    {"held_ms": round(held_s * 1000, 1)} if (held_s := context.held_s.get()) else {}
                ),
            )


def _describe(step: tracing.Step, method: str, route: str, status: int) -> None:
    """By the semantic conventions of HTTP; the path itself may hold what is a user's."""
    step.rename(f"{method} {route}")
    step.set("http.request.method", method)
    step.set("http.route", route)
    step.set("http.response.status_code", status)
    if status >= 500:  # noqa: PLR2004
        step.failed(str(status))


class _Answer:
    """Sends on, remembers the status and adds the request id to the headers. Where it is said before the
    request's body has come to its end, the edge in front is told so: nginx, where it passes bodies on as they
    come, closes the client's connection then, without a word, under the request that is sent next. This
    side goes on reading, since an answer may be lost with a connection that is closed under a body."""

    def __init__(self, send: Send, body: LimitedBody, *, tells_trace: bool) -> None:
        self._send = send
        self._body = body
        self._request_id = context.request_id.get().encode()
        self._tells_trace = tells_trace
        self.status: int | None = None
        self.started_at: float | None = None
        self.on_start: Callable[[], None] = lambda: None
        self.instead: Callable[[], Problem | None] = lambda: None
        self._failed = False

    async def __call__(self, message: Message) -> None:
        """Of the app. It may take a broken-off body for a bad one, or speak when its time is over."""
        if not self._failed and (self.status is not None or self.instead() is None):
            await self._pass(message)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started_at = time.monotonic()
            self.on_start()
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"x-request-id"]
            headers.append((b"x-request-id", self._request_id))
            if self._tells_trace and (recorded := tracing.recorded()):
                headers.append((b"server-timing", f'traceparent;desc="{recorded}"'.encode()))
            if not await self._body.take_in_the_rest():
                headers.append((b"x-edge-connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)

    async def fail(self, problem: Problem, scope: Scope, receive: Receive) -> None:
        # Once the status line is out there is no honest answer left but to break off.
        if self.status is None:
            self._failed = True
            self.on_start = lambda: None
            await problem.response(scope["path"])(scope, receive, self._pass)


def _taken_or_made(raw: bytes) -> str:
    return _match(_REQUEST_ID, raw) or str(ULID()).lower()


def _match(pattern: re.Pattern[str], raw: bytes) -> str | None:
    value = raw.decode("latin-1")
    return value if pattern.fullmatch(value) else None


def _budget(raw: bytes, default: float) -> float:
    """Seconds: what is left of the caller's budget, never more than our own promise."""
    return min(default, int(raw) / 1000) if re.fullmatch(rb"\d{1,9}", raw) else default
