"""Runs a dead letter anew, as an analysis of its own."""

from sightline_contracts import context, ids

from result_service.accounts.user_service import Accounts
from result_service.analyses.service import AnalysisService
from result_service.deliveries.dead_letters import DeadLetters
from result_service.models.analyses import Analysis, GivenInput, Submission
from result_service.models.deliveries import DeadLetter
from result_service.store import keys
from result_service.store.bucket import Bucket


class Redrive:
    """Raises Unavailable when the bucket or user-service does not answer."""

    def __init__(
        self,
        bucket: Bucket,
        dead_letters: DeadLetters,
        analyses: AnalysisService,
        accounts: Accounts,
    ) -> None:
        self._bucket = bucket
        self._dead_letters = dead_letters
        self._analyses = analyses
        self._accounts = accounts

    async def redrive(self, analysis_id: str) -> Analysis:
        """Submit the same input once more for the same user, as one new analysis: a repetition, or a
        second admin at the same time, gets that analysis. Raises NoSuchDeadLetter, NoQuotaLeft."""
        dead_letter = await self._dead_letters.get(analysis_id)
        new_id = await self._chosen_id(dead_letter)
        await self._accounts.reserve(dead_letter.user_id, new_id)
        submission = Submission(
            input=GivenInput.model_validate(dead_letter.invocation.input.model_dump()),
            request_id=context.request_id.get(),
            retry_of=dead_letter.id,
        )
        analysis, _ = await self._analyses.accept(dead_letter.user_id, new_id, submission)
        await self._dead_letters.mark_redriven(dead_letter, new_id)
        return analysis

    async def _chosen_id(self, dead_letter: DeadLetter) -> str:
        """The new analysis's id, chosen once and kept first, so that every further step can be
        repeated."""
        key, chosen = keys.redrive(dead_letter.user_id, dead_letter.id), ids.new_id("an")
        if await self._bucket.put_new(key, chosen.encode(), content_type="text/plain"):
            return chosen
        kept = await self._bucket.get(key)
        return chosen if kept is None else kept.body.decode()
