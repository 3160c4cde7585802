"""Carries out the removals that are due: accounts, and remains of deleted analyses and uploads."""

import time
from collections.abc import Callable

from result_service.accounts.removals import Removals
from result_service.analyses.service import AnalysisService
from result_service.models.accounts import Removal
from result_service.repair import repairs
from result_service.repair.failures import Failures
from result_service.repair.set_aside import SetAside
from result_service.store import keys, unreadable
from result_service.store.bucket import PAGE, Bucket, Listed

DUE_LISTED = 100
"""Removals that are listed in one call: nearly always none is due, and the first says so."""


class DueRemovals:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self,
        bucket: Bucket,
        removals: Removals,
        analyses: AnalysisService,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bucket = bucket
        self._removals = removals
        self._analyses = analyses
        self._aside = SetAside()
        self.clock = clock

    async def carry_out(self) -> None:
        """Remove all that is due now, and raise Unavailable in the end where something could not be."""
        failures = Failures()
        async for listed in self._bucket.list(keys.DELETIONS):
            with failures.kept():
                await self._delete_user(listed.key.removeprefix(keys.DELETIONS))
        async for listed in self._bucket.list(keys.REMOVALS, page=DUE_LISTED):
            if keys.removal_due(listed.key) > self.clock():
                break
            if listed not in self._aside:
                with failures.kept():
                    await self._remove(listed)
        failures.raise_first()

    async def _delete_user(self, user_id: str) -> None:
        """Remove every object of a deleted user now, and once more when no earlier request can still be
        under way. The marker goes last."""
        analysis_ids = sorted(
            {
                keys.analysis_id_in(listed.key)
                for prefix in (keys.pendings_of(user_id), keys.outcomes_of(user_id))
                async for listed in self._bucket.list(prefix)
            }
        )
        # Written before the first analysis goes: objects outside the user's prefixes are found by ids.
        removal = Removal(user_id=user_id, analysis_ids=analysis_ids, whole_account=True)
        await self._removals.once_more(removal)
        await self._remove_account(user_id, analysis_ids)
        await self._bucket.delete([keys.deletion(user_id)])
        repairs.record("user_deleted", user_id)

    async def _remove(self, listed: Listed) -> None:
        """Remove what is left, or came back, of a deleted analysis or account."""
        stored = await self._bucket.get(listed.key)
        if stored is None:
            return  # another replica has removed it
        try:
            removal = Removal.model_validate_json(stored.body)
        except unreadable.MALFORMED as error:
            self._aside.add(listed)
            unreadable.record("removal", listed.key, error)
            return
        if removal.whole_account:
            await self._remove_account(removal.user_id, removal.analysis_ids)
        else:
            for analysis_id in removal.analysis_ids:
                await self._remove_analysis(removal.user_id, analysis_id)
            for upload_id in removal.upload_ids:
                await self._remove_upload(removal.user_id, upload_id)
        await self._bucket.delete([listed.key])

    async def _remove_upload(self, user_id: str, upload_id: str) -> None:
        """Remove a presigned upload. Analyses that took it have copies of their own."""
        slots = self._bucket.list(keys.slots_for(user_id, upload_id))
        await self._bucket.delete(
            [keys.upload(user_id, upload_id), *[slot.key async for slot in slots]]
        )

    async def _remove_analysis(self, user_id: str, analysis_id: str) -> None:
        await self._removals.bury(user_id, analysis_id)
        try:
            await self._analyses.finish_deletion(user_id, analysis_id)
        except unreadable.MALFORMED as error:
            unreadable.record("deleted", analysis_id, error)
            await self._removals.remove(user_id, analysis_id)

    async def _remove_account(self, user_id: str, analysis_ids: list[str]) -> None:
        await self._removals.forget_account(user_id)
        for prefix in keys.of_user(user_id):
            await self._delete_all(prefix)
        for key in (keys.dead_letter, keys.redrive):
            for start in range(0, len(analysis_ids), PAGE):
                some = analysis_ids[start : start + PAGE]
                await self._bucket.delete([key(user_id, analysis_id) for analysis_id in some])

    async def _delete_all(self, prefix: str) -> None:
        """Delete page by page, so that no more keys are held than one page has."""
        page: list[str] = []
        async for listed in self._bucket.list(prefix):
            page.append(listed.key)
            if len(page) == PAGE:
                await self._bucket.delete(page)
                page = []
        if page:
            await self._bucket.delete(page)
