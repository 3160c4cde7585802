"""Remembers the objects that could not be read, so that not every sweep reads them again."""

from cachetools import TTLCache

from result_service.store.bucket import Listed

MAX_OBJECTS = 10_000
ASIDE_S = 3600
"""Seconds after which such an object is read again."""


class SetAside:
    """The objects set aside, by key and ETag."""

    def __init__(self) -> None:
        self.objects: TTLCache[tuple[str, str], bool] = TTLCache(MAX_OBJECTS, ASIDE_S)

    def add(self, listed: Listed) -> None:
        self.objects[listed.key, listed.etag] = True

    def __contains__(self, listed: Listed) -> bool:
        return (listed.key, listed.etag) in self.objects
