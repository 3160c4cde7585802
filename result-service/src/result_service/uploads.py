"""Presigned uploads: a client puts its image straight into the store, and submits its id."""

from datetime import UTC, datetime, timedelta

from sightline_contracts import ids, loader

from result_service import keys
from result_service.bucket import Bucket
from result_service.errors import NoSuchUpload
from result_service.models import IMAGE_LIMIT, PresignedUpload, UploadRequest

VALID_S = int(loader.sla("result-service").settings["presigned_upload_valid_s"])


def presign(bucket: Bucket, user_id: str, upload_id: str, wanted: UploadRequest) -> PresignedUpload:
    """Type and length are signed too: nothing else can be put there, and not for longer."""
    key = keys.upload(user_id, upload_id)
    return PresignedUpload(
        upload_id=upload_id,
        url=bucket.presign_put(key, wanted.content_type, wanted.size, VALID_S),
        headers={"Content-Type": wanted.content_type, "Content-Length": str(wanted.size)},
        expires_at=ids.rfc3339(datetime.now(UTC) + timedelta(seconds=VALID_S)),
    )


async def take(bucket: Bucket, user_id: str, upload_id: str, target: str) -> None:
    """Make it an analysis's image; it stays for others. Raises NoSuchUpload, Unavailable."""
    source = keys.upload(user_id, upload_id)
    found = await bucket.head(source)
    if found is None:
        raise NoSuchUpload("Nothing was uploaded there, or it has expired.")
    if not 0 < found.size <= IMAGE_LIMIT:  # for stores that do not hold to what was signed
        raise NoSuchUpload(f"An image may have {IMAGE_LIMIT} bytes at the most.")
    if not await bucket.copy(source, target):
        raise NoSuchUpload("It has just expired.")
