"""An analysis from submission to result within one request, accepted in the same way as any other."""

from typing import Any

from sightline_contracts import context, ids
from sightline_contracts.problems import DeadlineExceeded, Problem

from gateway.admission.credentials import Principal
from gateway.analyses.service import ENDED, AnalysisService, status_of
from gateway.analyses.submission import Submission
from gateway.analyses.waiting import Hints, end_of
from gateway.upstream.results import ResultService
from gateway.vendor_apis.errors import AnalysisFailed

ANSWERING_S = 3.0
"""Kept of the deadline for the work after the wait."""


class SynchronousAnalysis:
    """`call_s`: seconds that a call may take where its request has no deadline."""

    def __init__(
        self, analyses: AnalysisService, results: ResultService, hints: Hints, call_s: float
    ) -> None:
        self._analyses = analyses
        self._results = results
        self._hints = hints
        self._call_s = call_s

    async def run(self, principal: Principal, submission: Submission) -> dict[str, Any]:
        """The analysis with its result. Raises AnalysisFailed, what submitting does, and
        DeadlineExceeded: then the analysis is canceled, since nobody would read it."""
        if context.remaining(self._call_s) <= ANSWERING_S:
            raise DeadlineExceeded  # nothing is begun that could only be canceled
        analysis_id = ids.new_id("an")
        with self._hints.listen(end_of(analysis_id)) as ends:
            newest = await self._analyses.submit(
                principal, analysis_id, submission.intent(), submission.image
            )
            if submission.image is not None:
                await submission.image.close()  # it is stored; no memory is held while it runs
            ended = status_of(newest) in ENDED
            # A waiter released by a shutting-down gateway polls on; it never returns a partial answer.
            while not ended and (left := context.remaining(self._call_s) - ANSWERING_S) > 0:
                newest, ended = await self._analyses.wait(
                    principal, analysis_id, ends, newest, left
                )
        if not ended:
            await self._cancel(principal, analysis_id)
            raise DeadlineExceeded
        analysis: dict[str, Any] = newest.json()
        if analysis["status"] != "succeeded":
            error = analysis["error"] or {"code": analysis["status"], "detail": ""}
            raise AnalysisFailed(error["code"], error["detail"])
        return analysis

    async def _cancel(self, principal: Principal, analysis_id: str) -> None:
        try:
            await self._results.cancel(principal.user_id, analysis_id)
        except Problem:
            return  # it ends by itself
