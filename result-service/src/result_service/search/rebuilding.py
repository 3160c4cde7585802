"""Makes indexes anew from the bucket alone."""

from collections.abc import AsyncIterator, Sequence

from result_service.index.folder import IndexFolder
from result_service.search.catch_up import CatchUp
from result_service.store import keys
from result_service.store.bucket import Bucket


async def rebuild(
    bucket: Bucket, folder: IndexFolder, catch_up: CatchUp, users: Sequence[str] = ()
) -> AsyncIterator[str]:
    """Yields each user whose index is made anew: those that are named, else all that have an analysis which has ended,
    after the indexes of the others were forgotten. Raises Unavailable."""
    if not users:
        for user_id in await folder.users():
            await folder.forget(user_id)
        users = [user_id async for user_id in _users(bucket)]
    for user_id in users:
        await folder.forget(user_id)
        await catch_up.fill_whole(user_id)
        yield user_id


async def _users(bucket: Bucket) -> AsyncIterator[str]:
    """One listing for each, however many analyses there are."""
    after = ""
    while True:
        listed = await anext(bucket.list(keys.OUTCOMES, after=after, page=1), None)
        if listed is None:
            return
        user_id = keys.user_id_in(listed.key)
        yield user_id
        after = f"{keys.outcomes_of(user_id)}~"
