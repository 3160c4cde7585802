"""Batches: up to 128 submissions by JSON in one request, each accepted or rejected by itself."""

import asyncio
import hashlib
import json
from typing import Any

from pydantic import ValidationError
from sightline_contracts import ids, memory
from sightline_contracts.problems import Problem

from gateway.admission.credentials import Principal
from gateway.analyses.idempotency import Idempotency
from gateway.analyses.service import AnalysisService
from gateway.analyses.submission import Submission, SubmissionReader, problem_of
from gateway.errors import UpstreamProblem
from gateway.models.batches import BatchSubmission
from gateway.upstream.answers import DECODED, Answer
from gateway.upstream.results import ResultService

AT_A_TIME = 8
Member = dict[str, Any]


class BatchService:
    """Mixed success is allowed: a member that is not accepted holds the problem. `body_limit` is in
    bytes."""

    def __init__(
        self,
        results: ResultService,
        analyses: AnalysisService,
        reader: SubmissionReader,
        idempotency: Idempotency,
        body_limit: int,
    ) -> None:
        self._results = results
        self._analyses = analyses
        self._reader = reader
        self._idempotency = idempotency
        self.body_limit = body_limit

    async def submit(
        self, principal: Principal, body: bytes | bytearray, key: str | None
    ) -> tuple[str, Answer]:
        """The batch's id, and the batch. Raises BadRequest, InvalidRequest, Overloaded, and what the
        idempotency key and calls of result-service raise."""
        batch = _parsed(body)
        digest = hashlib.sha256(json.dumps(batch.items, sort_keys=True).encode()).hexdigest()
        user_id = principal.user_id
        async with self._idempotency.claim(user_id, key, f"batch:{digest}") as claim:
            batch_id = ids.sibling("ba", claim.analysis_id)
            checked = [self._checked(index, item) for index, item in enumerate(batch.items)]
            # The batch is kept before any member is accepted: a repetition takes up the kept ids.
            kept = await self._results.put_batch(
                user_id, batch_id, [member for member, _ in checked]
            )
            before: list[Member] = kept.json()["members"]
            submissions = [submission for _, submission in checked]
            members = await self._accept_all(principal, before, submissions)
            if members != before:
                await self._results.settle_batch(user_id, batch_id, members)
        return batch_id, await self._results.get_batch(user_id, batch_id)

    async def _accept_all(
        self, principal: Principal, members: list[Member], submissions: list[Submission | None]
    ) -> list[Member]:
        places = asyncio.Semaphore(AT_A_TIME)

        async def accept(member: Member, submission: Submission | None) -> Member:
            if submission is None or member["analysis_id"] is None:
                return member
            async with places:
                return await self._accept(principal, member, submission)

        pairs = zip(members, submissions, strict=True)
        return list(await asyncio.gather(*(accept(*pair) for pair in pairs)))

    async def _accept(self, principal: Principal, member: Member, submission: Submission) -> Member:
        """The member, with the problem where it was not accepted. A member that was accepted before
        and is deleted stays as it is: a repetition of the batch does not make it again."""
        try:
            await self._analyses.submit(
                principal, member["analysis_id"], submission.intent(), alone=False
            )
        except Problem as problem:
            if isinstance(problem, UpstreamProblem) and problem.is_of_deleted:
                return member
            return _rejected(member["index"], problem)
        return member

    def _checked(self, index: int, item: dict[str, Any]) -> tuple[Member, Submission | None]:
        try:
            submission = self._reader.of_value(item)
        except Problem as problem:
            return _rejected(index, problem), None
        return {"index": index, "analysis_id": ids.new_id("an"), "error": None}, submission


def _parsed(body: bytes | bytearray) -> BatchSubmission:
    memory.take(len(body) * DECODED)
    try:
        return BatchSubmission.model_validate_json(body)
    except ValidationError as error:
        raise problem_of(error) from error


def _rejected(index: int, problem: Problem) -> Member:
    error = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "errors": list(problem.errors),
    }
    return {"index": index, "analysis_id": None, "error": error}
