"""Submitting an analysis, reading it, and waiting for its end."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from sightline_contracts import context
from sightline_contracts.problems import Problem
from starlette.datastructures import UploadFile

from gateway.admission.credentials import Principal
from gateway.admission.rate_limits import RateLimiter
from gateway.analyses.engines import Engines
from gateway.analyses.submission import RequestWeights, surcharge
from gateway.analyses.waiting import until
from gateway.errors import Suspended, UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService

ENDED = frozenset({"succeeded", "failed", "canceled"})


class AnalysisService:
    """One analysis at a time, whatever asked for it: a submission, a batch or a vendor's API."""

    def __init__(
        self,
        users: UserService,
        results: ResultService,
        engines: Engines,
        limiter: RateLimiter,
        weights: RequestWeights,
    ) -> None:
        self._users = users
        self._results = results
        self._engines = engines
        self._limiter = limiter
        self._weights = weights

    async def get(
        self, principal: Principal, analysis_id: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The analysis as result-service tells it; `headers` may hold a condition."""
        return await self._results.get_analysis(principal.user_id, analysis_id, headers)

    async def submit(
        self,
        principal: Principal,
        analysis_id: str,
        intent: dict[str, Any],
        image: UploadFile | None = None,
        *,
        alone: bool = True,
    ) -> Answer:
        """`alone`: the request that asks for this analysis was counted for it, and for no other.
        Raises OperationUnavailable and RateLimited besides what `accept` does."""
        await self._engines.require(intent["input"]["engine"])
        more = surcharge(intent, self._weights)
        await self._limiter.weigh(
            principal.limit_key, principal.user_id, more if alone else max(1, more)
        )
        return await self.accept(principal, analysis_id, intent, image)

    async def accept(
        self,
        principal: Principal,
        analysis_id: str,
        intent: dict[str, Any],
        image: UploadFile | None = None,
    ) -> Answer:
        """Reserve a unit, store the image, write the intent: then 202 may be answered.

        When a later step fails the unit is given back; when that fails too, the reservation
        expires by itself. An image without an intent expires with the bucket's lifecycle.
        """
        try:
            await self._users.reserve(principal.user_id, analysis_id)
        except UpstreamProblem as problem:
            if problem.slug == Suspended.slug:
                raise Suspended from problem
            raise
        try:
            if image is not None:
                await self._store(principal, analysis_id, image)
            return await self._results.put_intent(principal.user_id, analysis_id, intent)
        except Problem:
            await self._give_back(principal, analysis_id)
            raise

    async def _store(self, principal: Principal, analysis_id: str, image: UploadFile) -> None:
        payload = aiohttp.payload.BufferedReaderPayload(
            image.file, content_type="application/octet-stream"
        )
        await self._results.put_upload(principal.user_id, analysis_id, payload)

    async def _give_back(self, principal: Principal, analysis_id: str) -> None:
        try:
            await self._users.give_back(principal.user_id, analysis_id)
        except Problem:
            return  # the reservation expires

    async def wait(
        self,
        principal: Principal,
        analysis_id: str,
        ends: asyncio.Queue[str],
        answer: Answer,
        seconds: float,
    ) -> tuple[Answer, bool]:
        """Wait up to `seconds` for the end. Returns the newest answer, and whether it has ended.

        `ends` has heard of the end since before `answer` was asked for, so nothing is asked again
        until there is something to hear.
        """
        newest = answer

        async def ended() -> bool:
            nonlocal newest
            newest = await self.get(principal, analysis_id)
            return status_of(newest) in ENDED

        if status_of(answer) in ENDED:
            return answer, True
        started = time.monotonic()
        in_time = await until(ends, seconds, ended)
        context.held_s.set(time.monotonic() - started)
        return newest, in_time


def status_of(answer: Answer) -> str:
    """Of an analysis."""
    return str(answer.json()["status"])
