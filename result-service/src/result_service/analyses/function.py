"""The image function's settings, kept for all workers."""

from result_service.models.function import FunctionChanges, FunctionSettings
from result_service.store import keys
from result_service.store.bucket import Bucket


class ImageFunction:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def settings(self) -> FunctionChanges:
        """The settings that admins have made, without fields that only a later version knows."""
        stored = await self._bucket.get(keys.FUNCTION)
        if stored is None:
            return FunctionChanges()
        settings = FunctionSettings.model_validate_json(stored.body)
        return FunctionChanges.model_validate(settings.model_dump())

    async def change(self, changes: FunctionChanges) -> FunctionChanges:
        """Set the fields that are given; null gives a setting back to the workers. Of two simultaneous
        changes the later one's whole document stands."""
        update = changes.model_dump(exclude_unset=True)
        settings = (await self.settings()).model_copy(update=update)
        await self._bucket.put(keys.FUNCTION, settings.model_dump_json().encode())
        return settings
