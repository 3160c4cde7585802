"""A dead letter is run anew, as an analysis of its own."""

from sightline_contracts import context, ids

from result_service import keys
from result_service.accounts import Accounts
from result_service.analyses import Analyses
from result_service.bucket import Bucket
from result_service.dead_letters import DeadLetters
from result_service.models import Analysis, DeadLetter, GivenInput, Submission


class Redrive:
    def __init__(
        self, bucket: Bucket, dead_letters: DeadLetters, analyses: Analyses, accounts: Accounts
    ) -> None:
        self._bucket = bucket
        self._dead_letters = dead_letters
        self._analyses = analyses
        self._accounts = accounts

    async def run(self, analysis_id: str) -> Analysis:
        """The same input as a new analysis of the same user, once: a repetition, or a second admin
        at the same time, gets that one. Raises NoSuchDeadLetter, NoQuotaLeft."""
        record = await self._dead_letters.get(analysis_id)
        new_id = await self._chosen_id(record)
        await self._accounts.reserve(record.user_id, new_id)
        given = Submission(
            input=GivenInput.model_validate(record.invocation.input.model_dump()),
            request_id=context.request_id.get(),
            retry_of=record.id,
        )
        analysis, _ = await self._analyses.accept(record.user_id, new_id, given)
        redriven = record.model_copy(update={"redriven_as": new_id})
        key = keys.dead_letter(record.user_id, record.id)
        await self._bucket.put(key, redriven.model_dump_json().encode())
        return analysis

    async def _chosen_id(self, record: DeadLetter) -> str:
        """Chosen once and kept before anything is done, so that every further step can be repeated."""
        key, chosen = keys.redrive(record.user_id, record.id), ids.new_id("an")
        await self._bucket.put_new(key, chosen.encode(), content_type="text/plain")
        kept = await self._bucket.get(key)
        return chosen if kept is None else kept.body.decode()
