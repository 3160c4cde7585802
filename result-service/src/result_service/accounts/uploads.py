"""Images that users upload, and how much of them a user may keep.

A client puts a presigned upload straight into the store, under a key of its own. An analysis that takes it
makes a copy, and the upload expires after a day. Kept images and promises of presigned uploads that have not
arrived are counted by listing them: there is no counter that could be wrong. Counting costs more the more
there is, so a count serves for several images: until a sixteenth of what it left has been stored. A refusal
always follows a fresh count. What other replicas store meanwhile is not seen, so each replica can exceed a
user's limit by a sixteenth of it at the most.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache
from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from result_service.accounts.removals import Removals
from result_service.errors import Deleted, NoSuchUpload, StorageExceeded
from result_service.models.accounts import (
    IMAGE_LIMIT,
    PresignedUpload,
    Removal,
    Storage,
    UploadReceipt,
    UploadRequest,
)
from result_service.store import keys
from result_service.store.bucket import Bucket

KEPT_S = 86_400.0
"""Seconds for which a presigned upload can be taken, by any number of analyses."""
MIN_PROMISE_BYTES = 64 << 10
"""Bytes that a promise counts at the least, so that the number of promises is limited too."""
PROMISED_SHARE = 8
"""One part in so many of a user's storage may be promised to uploads that have not arrived."""
RETRY_AFTER_S = "3600"
UNCOUNTED_SHARE = 16
"""One part in so many of what a count left may be stored before the next count."""
COUNT_SERVES_S = 600.0
USERS_REMEMBERED = 10_000


@dataclass
class _Uncounted:
    """Bytes that a user may store before the next count; below 0 where the last image alone was more."""

    bytes: int


class Uploads:
    """Each method raises Unavailable when the bucket does not answer. `limit` is the number of bytes
    that one user may keep; `valid_s` the number of seconds for which a presigned address works."""

    def __init__(self, bucket: Bucket, removals: Removals, limit: int, valid_s: int) -> None:
        self._bucket = bucket
        self._removals = removals
        self._limit = limit
        self._valid_s = valid_s
        self._uncounted: TTLCache[str, _Uncounted] = TTLCache(USERS_REMEMBERED, COUNT_SERVES_S)

    async def storage(self, user_id: str) -> Storage:
        """How much of the user's storage is taken."""
        # Promises first: an upload that arrives between the listings is counted twice, not missed.
        slots = [slot.key async for slot in self._bucket.list(keys.slots_of(user_id))]
        sizes = {
            upload.key: upload.size async for upload in self._bucket.list(keys.uploads_of(user_id))
        }
        used = sum(sizes.values())
        reserved = sum(
            max(size, MIN_PROMISE_BYTES)
            for upload_id, size in map(keys.promised_in, slots)
            if keys.upload(user_id, upload_id) not in sizes
        )
        left = max(0, self._limit - used - reserved)
        self._uncounted[user_id] = _Uncounted(left // UNCOUNTED_SHARE)
        return Storage(limit=self._limit, used=used, reserved=reserved, left=left)

    async def require(self, user_id: str, size: int) -> None:
        """Raises StorageExceeded where the user has no room for `size` more bytes. Simultaneous uploads
        do not see each other: the gateway passes on four of a user at a time."""
        room = self._uncounted.get(user_id)
        if room is None or size > room.bytes:
            storage = await self.storage(user_id)
            if size > storage.left:
                raise _exceeded(storage)
            room = self._uncounted.setdefault(user_id, _Uncounted(0))
        room.bytes -= size

    async def store(self, user_id: str, analysis_id: str, image: bytes) -> UploadReceipt:
        """Keep an analysis's image as it came. Raises InvalidRequest for an empty one, Deleted,
        StorageExceeded."""
        if not image:
            raise InvalidRequest(errors=[{"pointer": "/image", "detail": "The file is empty."}])
        if await self._removals.was_deleted(user_id, analysis_id):
            raise Deleted
        await self.require(user_id, len(image))
        key = keys.upload(user_id, analysis_id)
        await self._bucket.put(key, image, content_type="application/octet-stream")
        return UploadReceipt(bytes=len(image), sha256=hashlib.sha256(image).hexdigest())

    async def presign(
        self, user_id: str, upload_id: str, request: UploadRequest
    ) -> PresignedUpload:
        """An address for one upload. Type and length are signed too, so that nothing else can be put
        there. Raises StorageExceeded."""
        # Written before it is counted: each of several simultaneous promises is in some count.
        slot = keys.slot(user_id, upload_id, request.size)
        unclaimed = Removal(user_id=user_id, upload_ids=[upload_id])
        await asyncio.gather(
            self._bucket.put(slot, b"", content_type="text/plain"),
            self._removals.schedule(KEPT_S, unclaimed),
        )
        storage = await self.storage(user_id)
        promised = self._limit // PROMISED_SHARE
        if storage.used + storage.reserved > self._limit or storage.reserved > promised:
            await self._bucket.delete([slot])
            raise _exceeded(storage)
        return PresignedUpload(
            upload_id=upload_id,
            url=self._bucket.presign_put(
                keys.upload(user_id, upload_id), request.content_type, request.size, self._valid_s
            ),
            headers={"Content-Type": request.content_type, "Content-Length": str(request.size)},
            expires_at=ids.rfc3339(datetime.now(UTC) + timedelta(seconds=self._valid_s)),
        )

    async def take(self, user_id: str, upload_id: str, target: str) -> None:
        """Copy a presigned upload to an analysis's image; for a day it stays for others. Raises
        NoSuchUpload, StorageExceeded."""
        source = keys.upload(user_id, upload_id)
        upload, promised = await asyncio.gather(
            self._bucket.head(source), self._promised(user_id, upload_id)
        )
        if upload is None:
            raise NoSuchUpload("Nothing was uploaded there, or it has expired.")
        if not 0 < upload.size <= IMAGE_LIMIT:  # a store may not enforce what was signed
            raise NoSuchUpload(f"An image may have {IMAGE_LIMIT} bytes at the most.")
        for size in promised:
            if size != upload.size:
                raise NoSuchUpload(f"It was made for {size} bytes, and has {upload.size}.")
        await self.require(user_id, upload.size)
        if not await self._bucket.copy(source, target):
            raise NoSuchUpload("It has just expired.")

    async def _promised(self, user_id: str, upload_id: str) -> list[int]:
        """Sizes in bytes for which the upload was promised: one, or none any more."""
        slots = self._bucket.list(keys.slots_for(user_id, upload_id), page=1)
        return [keys.promised_in(slot.key)[1] async for slot in slots]

    async def repeat(self, source: str, target: str, user_id: str) -> bool:
        """Copy an earlier analysis's image. Returns False where it is gone. Raises StorageExceeded."""
        image = await self._bucket.head(source)
        if image is None:
            return False
        await self.require(user_id, image.size)
        return await self._bucket.copy(source, target)


def _exceeded(storage: Storage) -> StorageExceeded:
    return StorageExceeded(
        f"Images of {storage.limit} bytes may be kept, and uploads that have not come may be "
        f"promised {storage.limit // PROMISED_SHARE} of them. Delete analyses that you do not need.",
        headers={"Retry-After": RETRY_AFTER_S},
        extra={"storage": storage.model_dump()},
    )
