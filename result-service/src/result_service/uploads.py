"""Images that users upload, and how much of them one user may keep.

A presigned upload is put straight into the store, under a key that nothing else has, is copied when
an analysis takes it, and goes after a day. What is kept, and what is promised to presigned uploads that have not come yet, is
counted by listing it: there is no counter that could be wrong.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from sightline_contracts import ids, loader

from result_service import keys, removal
from result_service.bucket import Bucket
from result_service.errors import NoSuchUpload, StorageExceeded
from result_service.models import IMAGE_LIMIT, PresignedUpload, Removal, Storage, UploadRequest

KEPT_S = 86_400.0
"""For so long a presigned upload is there to be taken, by as many analyses as are wanted."""
VALID_S = int(loader.sla("result-service").settings["presigned_upload_valid_s"])
LEAST = 64 << 10
"""Bytes that a promise counts at the least, so that their number is limited too."""
PROMISED_SHARE = 8
"""Of a user's storage this part may be promised to uploads that have not come."""
RETRY_AFTER_S = "3600"


class Uploads:
    """`limit`: bytes that are kept of one user. Each method raises Unavailable."""

    def __init__(self, bucket: Bucket, limit: int) -> None:
        self._bucket = bucket
        self._limit = limit

    async def storage(self, user_id: str) -> Storage:
        """How much of it is taken."""
        # Promises first: what arrives between the listings is then counted twice, and not never.
        promises = [
            keys.promised_in(one.key) async for one in self._bucket.list(keys.slots_of(user_id))
        ]
        there = {one.key: one.size async for one in self._bucket.list(keys.uploads_of(user_id))}
        used = sum(there.values())
        reserved = sum(
            max(size, LEAST)
            for upload_id, size in promises
            if keys.upload(user_id, upload_id) not in there
        )
        left = max(0, self._limit - used - reserved)
        return Storage(limit=self._limit, used=used, reserved=reserved, left=left)

    async def require(self, user_id: str, size: int) -> None:
        """Raises StorageExceeded where `size` bytes more are too many. Uploads that come at the same
        moment do not see each other: the gateway passes on four of one user at a time."""
        storage = await self.storage(user_id)
        if size > storage.left:
            raise _exceeded(storage)

    async def presign(self, user_id: str, upload_id: str, wanted: UploadRequest) -> PresignedUpload:
        """Type and length are signed too: nothing else can be put there, and not for longer. Raises
        StorageExceeded."""
        # Written before it is counted: of promises made at once, none is missing in every count.
        slot = keys.slot(user_id, upload_id, wanted.size)
        unclaimed = Removal(user_id=user_id, upload_ids=[upload_id])
        await asyncio.gather(
            self._bucket.put(slot, b"", content_type="text/plain"),
            removal.remove_in(self._bucket, KEPT_S, unclaimed),
        )
        storage = await self.storage(user_id)
        promised = self._limit // PROMISED_SHARE
        if storage.used + storage.reserved > self._limit or storage.reserved > promised:
            await self._bucket.delete([slot])
            raise _exceeded(storage)
        return PresignedUpload(
            upload_id=upload_id,
            url=self._bucket.presign_put(
                keys.upload(user_id, upload_id), wanted.content_type, wanted.size, VALID_S
            ),
            headers={"Content-Type": wanted.content_type, "Content-Length": str(wanted.size)},
            expires_at=ids.rfc3339(datetime.now(UTC) + timedelta(seconds=VALID_S)),
        )

    async def take(self, user_id: str, upload_id: str, target: str) -> None:
        """Make it an analysis's image; for a day it stays for others. Raises NoSuchUpload,
        StorageExceeded."""
        source = keys.upload(user_id, upload_id)
        found = await self._bucket.head(source)
        if found is None:
            raise NoSuchUpload("Nothing was uploaded there, or it has expired.")
        if not 0 < found.size <= IMAGE_LIMIT:  # for stores that do not hold to what was signed
            raise NoSuchUpload(f"An image may have {IMAGE_LIMIT} bytes at the most.")
        async for one in self._bucket.list(keys.slots_for(user_id, upload_id), page=1):
            _, size = keys.promised_in(one.key)
            if size != found.size:
                raise NoSuchUpload(f"It was made for {size} bytes, and has {found.size}.")
        await self.require(user_id, found.size)
        if not await self._bucket.copy(source, target):
            raise NoSuchUpload("It has just expired.")

    async def repeat(self, source: str, target: str, user_id: str) -> bool:
        """Copy an earlier analysis's image; False where it is gone. Raises StorageExceeded."""
        found = await self._bucket.head(source)
        if found is None:
            return False
        await self.require(user_id, found.size)
        return await self._bucket.copy(source, target)


def _exceeded(storage: Storage) -> StorageExceeded:
    return StorageExceeded(
        f"Images of {storage.limit} bytes may be kept, and uploads that have not come may be "
        f"promised {storage.limit // PROMISED_SHARE} of them. Delete analyses that you do not need.",
        headers={"Retry-After": RETRY_AFTER_S},
        extra={"storage": storage.model_dump()},
    )
