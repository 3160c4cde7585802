"""Takes out of this machine's index what was deleted at other replicas, and keeps it within its size.

A match is read from the bucket before it is shown, so that nothing deleted is shown meanwhile. The index holds texts of
pictures, and must not keep those for longer than it has to.
"""

import asyncio
import random
from collections import defaultdict

import structlog
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service.index.folder import IndexFolder
from result_service.store import keys
from result_service.store.bucket import Bucket

TIDY_S = 30.0
"""Seconds between two rounds."""
UNTENDED_S = 86_400.0
"""Tombstones live for two days: after one without a round the index is forgotten, since it might have missed some."""
USERS_A_ROUND = 100
"""Users of whom a round asks whether they have anything left; the next round asks of the next ones."""
_log = structlog.get_logger()


class Tidying:
    """`limit_bytes`: what the index may take."""

    def __init__(self, bucket: Bucket, folder: IndexFolder, limit_bytes: int) -> None:
        self._bucket = bucket
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._asked_last = ""

    async def run(self) -> None:
        """Tidy until cancelled. A store that is down is waited for."""
        while not stopping():
            try:
                await self.tidy()
            except Unavailable as error:
                _log.warning("tidying_failed", reason=error.detail)
            await asyncio.sleep(TIDY_S * random.uniform(0.8, 1.2))  # noqa: S311

    async def tidy(self) -> None:
        """One round. Raises Unavailable."""
        users = await self._folder.users()
        if await self._folder.untended_s() > UNTENDED_S:
            for user_id in users:
                await self._folder.forget(user_id)
            users = []
        await self._remove_deleted(frozenset(users))
        await self._forget_accounts(sorted(users))
        await self._keep_within_limit()
        await self._folder.tended()

    async def _remove_deleted(self, users: frozenset[str]) -> None:
        if not users:
            return
        deleted: dict[str, list[str]] = defaultdict(list)
        async for listed in self._bucket.list(keys.TOMBSTONES):
            user_id, analysis_id = keys.buried_in(listed.key)
            if user_id in users:
                deleted[user_id].append(analysis_id)
        for user_id, analysis_ids in deleted.items():
            await self._folder.remove(user_id, analysis_ids)

    async def _forget_accounts(self, users: list[str]) -> None:
        """Forget users that have no analysis: nothing of them is to be found."""
        after = [user_id for user_id in users if user_id > self._asked_last]
        turn = after[:USERS_A_ROUND]
        self._asked_last = turn[-1] if len(after) > USERS_A_ROUND else ""
        for user_id in turn:
            outcomes = self._bucket.list(keys.outcomes_of(user_id), page=1)
            if await anext(outcomes, None) is None:
                await self._folder.forget(user_id)

    async def _keep_within_limit(self) -> None:
        """Forget those who searched longest ago, until there is room."""
        for user_id in await self._folder.users():
            if await self._folder.size() <= self._limit_bytes:
                return
            _log.info("index_forgotten", user_id=user_id)
            await self._folder.forget(user_id)
