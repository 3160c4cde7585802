"""An analysis from submission to result within one request, by the same way as any other."""

from typing import Any

from sightline_contracts import context, ids, loader
from sightline_contracts.problems import DeadlineExceeded, Problem

from gateway.admission.credentials import Principal
from gateway.analyses.submission import Submission
from gateway.analyses.waiting import end_of
from gateway.routes.analyses import ENDED, Conductor
from gateway.vendor_apis.errors import AnalysisFailed
from gateway.wiring import Wiring

ANSWERING_S = 3.0
"""Kept of the deadline for what follows the waiting."""
LONGEST_S = loader.sla("gateway").operation("POST", "/compat/rekognition").timeout_s


class Runner:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._conductor = Conductor(wiring)

    async def run(self, principal: Principal, submission: Submission) -> dict[str, Any]:
        """The analysis with its result. Raises AnalysisFailed, what submitting does, and
        DeadlineExceeded: then it is cancelled, since nobody would read it."""
        if context.remaining(LONGEST_S) <= ANSWERING_S:
            raise DeadlineExceeded  # nothing is begun that could only be cancelled
        analysis_id = ids.new_id("an")
        with self._wiring.hints.listen(end_of(analysis_id)) as ends:
            newest = await self._conductor.submit(
                principal, analysis_id, submission.intent(), submission.image
            )
            if submission.image is not None:
                await submission.image.close()  # it is stored: nothing of it is held while it runs
            ended = newest.json()["status"] in ENDED
            # Who is let go by a gateway that leaves goes on asking: there is no half answer here.
            while not ended and (left := context.remaining(LONGEST_S) - ANSWERING_S) > 0:
                newest, ended = await self._conductor.settled(
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
        path = self._conductor.path(principal, analysis_id, "/cancel")
        try:
            await self._wiring.results.call("POST", path)
        except Problem:
            return  # it ends by itself
