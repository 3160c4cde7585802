"""Presigned uploads, against the stores that check the signature."""

import asyncio

import httpx2
import pytest
from conftest import Service, submission
from sightline_contracts import ids

from result_service import keys, uploads
from result_service.bucket import S3Bucket
from result_service.errors import NoSuchUpload
from result_service.models import UploadRequest
from result_service.uploads import IMAGE_LIMIT

PICTURE = b"picture"


async def put(url: str, body: bytes = PICTURE, content_type: str = "image/png") -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.put(url, content=body, headers={"Content-Type": content_type})
    return answer.status_code


async def test_what_was_put_there_becomes_an_analysiss_image(s3_bucket: S3Bucket) -> None:
    user, upload_id = ids.new_id("us"), ids.new_id("up")
    wanted = UploadRequest(content_type="image/png", size=len(PICTURE))
    signed = uploads.presign(s3_bucket, user, upload_id, wanted)
    assert await put(signed.url) == 200
    await uploads.take(s3_bucket, user, upload_id, "target")
    stored = await s3_bucket.get("target")
    assert stored is not None
    assert stored.body == PICTURE
    with pytest.raises(NoSuchUpload):
        await uploads.take(s3_bucket, ids.new_id("us"), upload_id, "target")


@pytest.mark.parametrize("s3", ["s3_server"], indirect=True)  # moto checks no signature
async def test_nothing_else_can_be_put_there(s3_bucket: S3Bucket) -> None:
    user = ids.new_id("us")
    wanted = UploadRequest(content_type="image/png", size=len(PICTURE))
    url = uploads.presign(s3_bucket, user, ids.new_id("up"), wanted).url
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
