"""Handles one message, and returns a decision on it.

The consumer alone acknowledges, waits and kills. An analysis whose outcome cannot be reported now runs
again later: result-service keeps the first outcome, so that a repetition costs time but changes nothing.
"""

import asyncio
import random
import time
import traceback
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter
from sightline_contracts import ids, tracing
from sightline_contracts.objectives import Objectives

from image_service.errors import REUSED, Broke, Refused, SystemTrouble
from image_service.fetch.fetcher import Fetcher
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.queue.message import Message
from image_service.upstream.function_settings import FunctionControl
from image_service.upstream.results import ResultService
from image_service.worker import outcome_report
from image_service.worker.result_reuse import PictureRunner

DEFER_FIRST_S, DEFER_AT_MOST_S = 1.0, 300.0
SYSTEM_TROUBLE = "system-trouble"
UNREACHABLE, SOON_S = "image-unreachable", 3.0
ATTEMPTS = Counter("attempts_total", "Attempts by outcome.", ["outcome"])
_log = structlog.get_logger()


@dataclass(frozen=True)
class Done:
    """The consumer can acknowledge the message."""


@dataclass(frozen=True)
class Retry:
    """The queue delivers `message` again after `after_s` seconds. `reason` is the attempt's outcome, or
    "system-trouble"."""

    after_s: float
    message: Message
    reason: str


@dataclass(frozen=True)
class _Fetched:
    image: bytes
    started_at: str
    duration_ms: float
    failure: Refused | Broke | None = None


@dataclass(frozen=True)
class _Ran:
    """One attempt. `duration_ms` holds `init_ms`, as billed time does."""

    started_at: str
    duration_ms: float
    init_ms: float = 0.0
    max_memory_mb: float = 0.0
    engine_calls: int = 0
    reused_from: str | None = None
    analysed: Analysed | None = None
    failure: Refused | Broke | None = None

    @property
    def outcome(self) -> str:
        if self.failure is not None:
            return self.failure.code
        return "succeeded" if self.reused_from is None else REUSED


class Handler:
    def __init__(
        self,
        results: ResultService,
        fetcher: Fetcher,
        runner: PictureRunner,
        control: FunctionControl,
        objectives: Objectives,
    ) -> None:
        self._results = results
        self._fetcher = fetcher
        self._runner = runner
        self._control = control
        self._objectives = objectives

    async def handle(self, message: Message, *, alive: bool) -> Done | Retry:
        """Run one attempt. System trouble counts as none: the message waits until it is too old.
        `alive`: the analysis has not ended, so that result-service need not be asked."""
        try:
            if message.age_s() > self._control.now.max_event_age_s:
                return await self._fail(message, "expired", "It waited for too long.")
            if message.lost_deliveries >= self._control.now.max_attempts:
                detail = f"{message.lost_deliveries} workers that had it never reported."
                return await self._fail(message, "crashed", detail)
            fetch = self._fetch if alive else self._fetched_unless_ended
            fetched = await fetch(message)
            return Done() if fetched is None else await self._attempt(message, fetched)
        except SystemTrouble as trouble:
            _log.warning("deferred", analysis_id=message.analysis_id, reason=str(trouble))
            return _deferred(message)

    async def refuse(self, message: Message) -> None:
        """End the analysis of a message outside its contract, which makes it a dead letter: it is
        run again when somebody says so. Raises SystemTrouble."""
        detail = "The message that asked for it was outside its contract."
        body = outcome_report.failed("internal", detail, message, self._control.now.memory_mb)
        await self._results.put_outcome(message, body)

    async def _fetched_unless_ended(self, message: Message) -> _Fetched | None:
        """Fetches the picture and asks for an outcome at once; None where there is one. Raises
        SystemTrouble."""
        try:
            async with asyncio.TaskGroup() as group:
                fetching = group.create_task(self._fetch(message))
                ended = await self._results.has_ended(message)
                if ended:
                    fetching.cancel()
        except* SystemTrouble as troubles:
            trouble = troubles.exceptions[0]
        else:
            return None if ended else fetching.result()
        raise trouble

    async def _attempt(self, message: Message, fetched: _Fetched) -> Done | Retry:
        number = len(message.attempts) + 1
        ran = await self._run(message, fetched)
        attempt = outcome_report.attempt(
            number, ran.started_at, ran.duration_ms, ran.outcome, ran.init_ms, ran.max_memory_mb
        )
        self._log_attempt(message, attempt)
        message = message.changed(attempts=[*message.attempts, attempt])
        if ran.engine_calls:
            message = message.changed(engine_calls=message.engine_calls + ran.engine_calls)
        if ran.failure is None:
            assert ran.analysed is not None
            return await self._succeed(message, ran.analysed, ran.reused_from)
        after_s = self._control.now.retry_after(number)
        if isinstance(ran.failure, Broke) and after_s is not None:
            if number == 1 and ran.outcome == UNREACHABLE:
                after_s = min(after_s, SOON_S)  # what passes has mostly passed by then
            return Retry(after_s, message, ran.outcome)
        return await self._fail(message, ran.failure.code, ran.failure.detail)

    async def _fetch(self, message: Message) -> _Fetched:
        """Raises SystemTrouble."""
        started_at, started = ids.now(), time.perf_counter()
        try:
            with tracing.step("fetch"):
                image = await self._image(message)
        except SystemTrouble:
            raise
        except Exception as error:  # noqa: BLE001  # an unforeseen failure ends the attempt as well
            failure = _failure(message, error)
            return _Fetched(b"", started_at, _milliseconds_since(started), failure)
        return _Fetched(image, started_at, _milliseconds_since(started))

    async def _run(self, message: Message, fetched: _Fetched) -> _Ran:
        """Analyse what was fetched. Raises SystemTrouble."""
        if fetched.failure is not None:
            return _Ran(fetched.started_at, fetched.duration_ms, failure=fetched.failure)
        started = time.perf_counter()
        try:
            with tracing.step("run") as step:
                ran = await self._runner.run(fetched.image, message)
                step.set("faas.coldstart", ran.init_ms > 0)
                step.set("sightline.run_ms", ran.run_ms)
        except SystemTrouble:
            raise
        except Exception as error:  # noqa: BLE001  # as above
            duration_ms = fetched.duration_ms + _milliseconds_since(started)
            return _Ran(fetched.started_at, duration_ms, failure=_failure(message, error))
        return _Ran(
            fetched.started_at,
            # The customer does not pay for the wait for an instance.
            fetched.duration_ms + ran.init_ms + ran.run_ms,
            ran.init_ms,
            ran.max_memory_mb,
            ran.engine_calls,
            ran.reused_from,
            analysed=ran.answer if isinstance(ran.answer, Analysed) else None,
            failure=_refused(ran.answer),
        )

    async def _succeed(self, message: Message, analysed: Analysed, reused_from: str | None) -> Done:
        memory_mb = self._control.now.memory_mb
        body = outcome_report.succeeded(message, analysed, memory_mb, reused_from)
        return await self._end(message, body)

    async def _image(self, message: Message) -> bytes:
        if message.image_url is None:
            return await self._results.upload(message)
        return await self._fetcher.fetch(message.image_url)

    async def _fail(self, message: Message, code: str, detail: str) -> Done:
        body = outcome_report.failed(code, detail, message, self._control.now.memory_mb)
        return await self._end(message, body)

    async def _end(self, message: Message, body: dict[str, Any]) -> Done:
        await self._results.put_outcome(message, body)
        self._objectives.observe("accepted-to-end", message.age_s())
        return Done()

    def _log_attempt(self, message: Message, attempt: dict[str, object]) -> None:
        ATTEMPTS.labels(attempt["outcome"]).inc()
        metering = outcome_report.metering([attempt], self._control.now.memory_mb)
        _log.info(
            "report",
            analysis_id=message.analysis_id,
            attempt=attempt["number"],
            outcome=attempt["outcome"],
            duration_ms=attempt["duration_ms"],
            billed_ms=metering["billed_ms"],
            memory_mb=self._control.now.memory_mb,
            max_memory_mb=attempt["max_memory_mb"],
            init_ms=attempt["init_ms"],
        )


def _refused(answer: Analysed | NotAnalysed) -> Refused | None:
    return Refused(answer.code, answer.detail) if isinstance(answer, NotAnalysed) else None


def _failure(message: Message, error: Exception) -> Refused | Broke:
    if isinstance(error, Refused | Broke):
        return error
    # The message might hold the image's address: the place in the code is enough.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "attempt_failed",
        analysis_id=message.analysis_id,
        error=type(error).__name__,
        place=f"{place.name}:{place.lineno}",
    )
    return Broke("internal", "Something went wrong while the image was read.")


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _deferred(message: Message) -> Retry:
    """Exponential back-off with full jitter above the first second."""
    ceiling = min(DEFER_AT_MOST_S, DEFER_FIRST_S * 2**message.deferrals)
    after = DEFER_FIRST_S / 2 + random.uniform(0, ceiling)  # noqa: S311
    return Retry(after, message.changed(deferrals=message.deferrals + 1), SYSTEM_TROUBLE)
