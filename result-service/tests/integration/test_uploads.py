"""Presigned uploads, against the stores that check the signature."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import pytest
from conftest import Service, submission
from fakes import tell_nobody
from sightline_contracts import ids

from result_service.accounts.removals import Removals
from result_service.accounts.uploads import MIN_PROMISE_BYTES, Uploads
from result_service.errors import NoSuchUpload, StorageExceeded
from result_service.index.folder import IndexFolder
from result_service.models.accounts import IMAGE_LIMIT, UploadRequest
from result_service.store import keys
from result_service.store.bucket import Bucket, Listed
from result_service.store.s3 import S3Bucket

PICTURE = b"picture"


async def put(url: str, body: bytes = PICTURE, content_type: str = "image/png") -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.put(url, content=body, headers={"Content-Type": content_type})
    return answer.status_code


async def test_what_was_put_there_becomes_an_analysiss_image(s3_bucket: S3Bucket) -> None:
    user, upload_id = ids.new_id("us"), ids.new_id("up")
    wanted = UploadRequest(content_type="image/png", size=len(PICTURE))
    removals = Removals(s3_bucket, IndexFolder(None), tell_nobody)
    uploads = Uploads(s3_bucket, removals, limit=1 << 20, valid_s=900)
    signed = await uploads.presign(user, upload_id, wanted)
    assert await put(signed.url) == 200
    await uploads.take(user, upload_id, "target")
    stored = await s3_bucket.get("target")
    assert stored is not None
    assert stored.body == PICTURE
    with pytest.raises(NoSuchUpload):
        await uploads.take(ids.new_id("us"), upload_id, "target")


@pytest.mark.parametrize("s3", ["s3_server"], indirect=True)  # moto checks no signature
async def test_nothing_else_can_be_put_there(s3_bucket: S3Bucket) -> None:
    user = ids.new_id("us")
    wanted = UploadRequest(content_type="image/png", size=len(PICTURE))
    removals = Removals(s3_bucket, IndexFolder(None), tell_nobody)
    uploads = Uploads(s3_bucket, removals, limit=1 << 20, valid_s=900)
    url = (await uploads.presign(user, ids.new_id("up"), wanted)).url
    assert await put(url, PICTURE + b"!") == 403
    assert await put(url, PICTURE, "text/html") == 403
    assert await put(url.replace("/uploads/", "/results/")) == 403
    short = s3_bucket.presign_put(keys.upload(user, "x"), "image/png", len(PICTURE), 1)
    async with asyncio.timeout(10):
        while (status := await put(short)) == 200:  # noqa: ASYNC110  # a poll with a deadline
            await asyncio.sleep(0.2)
    assert status == 403


async def test_an_upload_that_is_not_there_or_too_large_is_said_so(service: Service) -> None:
    upload_id, analysis_id = ids.new_id("up"), ids.new_id("an")
    body = {**submission(kind="upload", image_url=None), "upload_id": upload_id}
    for content in (None, b"", bytes(IMAGE_LIMIT + 1)):
        if content is not None:
            await service.bucket.put(keys.upload(service.user_id, upload_id), content)
        answer = await service.client.put(service.url(analysis_id), json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/upload_id"
    await service.bucket.put(keys.upload(service.user_id, upload_id), PICTURE)
    assert (await service.client.put(service.url(analysis_id), json=body)).status_code == 201
    image = await service.client.get(service.url(analysis_id, "/upload"))
    assert image.content == PICTURE


@pytest.mark.parametrize(
    "wanted",
    [
        {"content_type": "image/png", "size": 0},
        {"content_type": "image/png", "size": IMAGE_LIMIT + 1},
        {"content_type": "text/html", "size": 1},
        {"content_type": "image/png"},
    ],
)
async def test_what_is_no_image_is_refused(service: Service, wanted: dict[str, object]) -> None:
    path = f"/v1/users/{service.user_id}/uploads/{ids.new_id('up')}"
    assert (await service.client.put(path, json=wanted)).status_code == 422


async def presign(service: Service, size: int) -> httpx2.Response:
    path = f"/v1/users/{service.user_id}/uploads/{ids.new_id('up')}"
    return await service.client.put(path, json={"content_type": "image/png", "size": size})


async def storage(service: Service) -> dict[str, int]:
    found = (await service.client.get(f"/v1/users/{service.user_id}/storage")).json()
    return dict(found)


async def test_promises_are_counted_and_an_eighth_of_the_storage_may_be_promised(
    service: Service,
) -> None:
    service.wiring.uploads._limit = 8 * 5 * 1_000_000
    answers = await asyncio.gather(*(presign(service, 1_000_000) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    refused = await presign(service, 1)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/quota-exceeded")
    assert refused.headers["Retry-After"] == "3600"
    told = {"limit": 40_000_000, "used": 0, "reserved": 5_000_000, "left": 35_000_000}
    assert refused.json()["storage"] == told | {
        "reserved": 5_000_000 + MIN_PROMISE_BYTES,
        "left": 34_934_464,
    }
    assert await storage(service) == told


async def test_of_promises_made_at_once_not_one_too_many_is_kept(service: Service) -> None:
    service.wiring.uploads._limit = 8 * 3 * 1_000_000
    answers = await asyncio.gather(*(presign(service, 1_000_000) for _ in range(12)))
    made = [answer for answer in answers if answer.status_code == 200]
    assert len(made) <= 3
    assert (await storage(service))["reserved"] == len(made) * 1_000_000


async def test_what_is_kept_counts_and_deleting_gives_it_back(service: Service) -> None:
    service.wiring.uploads._limit = 100
    analysis_id = ids.new_id("an")
    for content, status in ((bytes(60), 201), (bytes(41), 429)):
        put = await service.client.put(service.url(ids.new_id("an"), "/upload"), content=content)
        assert put.status_code == status
    assert await storage(service) == {"limit": 100, "used": 60, "reserved": 0, "left": 40}
    put = await service.client.put(service.url(analysis_id, "/upload"), content=bytes(40))
    assert put.status_code == 201
    await service.client.put(service.url(analysis_id), json=submission(kind="upload"))
    await service.client.delete(service.url(analysis_id))
    assert (await storage(service))["used"] == 60


async def test_a_repetition_keeps_its_image_once_more(service: Service) -> None:
    service.wiring.uploads._limit = 100
    first = ids.new_id("an")
    await service.client.put(service.url(first, "/upload"), content=bytes(60))
    body = {**submission(kind="upload", image_url=None), "retry_of": first}
    assert (await service.client.put(service.url(first), json=body)).status_code == 429
    service.wiring.uploads._limit = 120
    again = await service.client.put(service.url(ids.new_id("an")), json=body)
    assert again.status_code == 201
    assert (await storage(service))["left"] == 0


async def test_an_upload_of_another_size_than_it_was_made_for_is_not_taken(
    service: Service,
) -> None:
    upload_id = ids.new_id("up")
    path = f"/v1/users/{service.user_id}/uploads/{upload_id}"
    await service.client.put(path, json={"content_type": "image/png", "size": 7})
    await service.bucket.put(keys.upload(service.user_id, upload_id), bytes(8))
    body = {**submission(kind="upload", image_url=None), "upload_id": upload_id}
    answer = await service.client.put(service.url(ids.new_id("an")), json=body)
    assert answer.status_code == 422
    assert "made for 7 bytes, and has 8" in answer.json()["errors"][0]["detail"]


async def test_an_upload_that_has_come_is_kept_and_no_longer_promised(service: Service) -> None:
    upload_id = ids.new_id("up")
    path = f"/v1/users/{service.user_id}/uploads/{upload_id}"
    await service.client.put(path, json={"content_type": "image/png", "size": 70_000})
    assert (await storage(service))["reserved"] == 70_000
    await service.bucket.put(keys.upload(service.user_id, upload_id), bytes(70_000))
    found = await storage(service)
    assert (found["used"], found["reserved"]) == (70_000, 0)


async def test_the_image_of_a_deleted_analysis_is_not_stored_again(service: Service) -> None:
    analysis_id = await service.accept()
    await service.client.delete(service.url(analysis_id))
    answer = await service.client.put(service.url(analysis_id, "/upload"), content=PICTURE)
    assert (answer.status_code, answer.json()["deleted"]) == (404, True)
    assert not service.left()


async def test_a_presigned_upload_goes_after_a_day_and_what_took_it_stays(
    service: Service,
) -> None:
    upload_id, analysis_id = ids.new_id("up"), ids.new_id("an")
    path = f"/v1/users/{service.user_id}/uploads/{upload_id}"
    await service.client.put(path, json={"content_type": "image/png", "size": len(PICTURE)})
    await service.bucket.put(keys.upload(service.user_id, upload_id), PICTURE)
    body = {**submission(kind="upload", image_url=None), "upload_id": upload_id}
    await service.client.put(service.url(analysis_id), json=body)
    await service.wiring.sweeper.sweep()
    assert keys.upload(service.user_id, upload_id) in service.bucket.objects
    tomorrow = time.time() + 86_401
    service.wiring.due_removals.clock = lambda: tomorrow
    await service.wiring.sweeper.sweep()
    assert keys.upload(service.user_id, upload_id) not in service.bucket.objects
    assert keys.upload(service.user_id, analysis_id) in service.bucket.objects
    assert (await storage(service))["reserved"] == 0


class CountedListings:
    """A bucket that counts the listings which were asked of it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.listings = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bucket, name)

    def list(self, prefix: str, **options: Any) -> AsyncIterator[Listed]:
        self.listings += 1
        return self._bucket.list(prefix, **options)


def uploads_of(service: Service, limit: int) -> tuple[Uploads, CountedListings]:
    """Another replica's, over the same bucket."""
    bucket = CountedListings(service.bucket)
    return Uploads(cast(Bucket, bucket), service.wiring.removals, limit, 60), bucket


async def test_one_count_serves_for_many_images(service: Service) -> None:
    uploads, bucket = uploads_of(service, 1600 * 100)
    for _ in range(50):
        await uploads.store(service.user_id, ids.new_id("an"), bytes(100))
    assert bucket.listings == 2  # what is kept, and what is promised
    await uploads.store(service.user_id, ids.new_id("an"), bytes(100 * 51))
    assert bucket.listings == 4
    assert (await uploads.storage(service.user_id)).used == 50 * 100 + 51 * 100


async def test_replicas_exceed_the_limit_by_a_sixteenth_each_at_the_most(service: Service) -> None:
    limit, size = 32_000, 500
    replicas = [uploads_of(service, limit)[0] for _ in range(2)]
    refused = 0
    for turn in range(2 * limit // size):
        try:
            await replicas[turn % 2].store(service.user_id, ids.new_id("an"), bytes(size))
        except StorageExceeded:
            refused += 1
    used = (await replicas[0].storage(service.user_id)).used
    assert limit <= used <= limit + 2 * limit // 16
    assert refused > 0


async def test_what_one_count_left_serves_one_user_alone(service: Service) -> None:
    uploads, bucket = uploads_of(service, 160_000)
    for user_id in (service.user_id, ids.new_id("us")):
        await uploads.store(user_id, ids.new_id("an"), bytes(100))
    assert bucket.listings == 4
