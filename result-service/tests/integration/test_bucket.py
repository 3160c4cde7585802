"""The port's promises, kept by the fake and by the S3 adapter alike."""

import asyncio
import contextlib
import socket
import struct
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import use
from fakes import FakeBucket
from minio import Minio
from sightline_contracts.problems import Unavailable
from sightline_testing.stores import AwsStore

from result_service.errors import RangeNotSatisfiable
from result_service.store import objects
from result_service.store.bucket import Bucket
from result_service.store.s3 import S3Bucket


@pytest.fixture(params=["fake", "moto", "s3_server"])
async def bucket(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bucket]:
    if request.param == "fake":
        yield FakeBucket()
        return
    store: AwsStore = request.getfixturevalue(request.param)
    use(store, monkeypatch)
    real = S3Bucket(f"bucket-{uuid.uuid4().hex}", "us-east-1")
    await real.create({"uploads/": 30})
    yield real
    real.close()


async def test_an_object_comes_back_with_body_and_metadata(bucket: Bucket) -> None:
    await bucket.put("a/b", b"body", metadata={"status": "succeeded"})
    stored = await bucket.get("a/b")
    assert stored is not None
    assert (stored.body, stored.metadata["status"]) == (b"body", "succeeded")
    assert stored.etag.startswith('"')


async def test_only_the_first_of_two_conditional_writes_counts(bucket: Bucket) -> None:
    assert await bucket.put_new("once", b"first")
    assert not await bucket.put_new("once", b"second")
    stored = await bucket.get("once")
    assert stored is not None
    assert stored.body == b"first"


async def pieces(bucket: Bucket, key: str, wanted: str | None = None) -> tuple[bytes, str | None]:
    opened = await bucket.open(key, wanted)
    assert opened is not None
    body = b"".join([piece async for piece in opened.pieces])
    assert opened.size == len(body)
    return body, opened.content_range


async def test_a_body_is_read_in_pieces_and_in_part(bucket: Bucket) -> None:
    body = bytes(range(256)) * 3000
    await bucket.put("large", body)
    assert await pieces(bucket, "large") == (body, None)
    assert await pieces(bucket, "large", "bytes=2-5") == (body[2:6], "bytes 2-5/768000")
    assert await pieces(bucket, "large", "bytes=767990-") == (
        body[-10:],
        "bytes 767990-767999/768000",
    )
    assert await pieces(bucket, "large", "bytes=5-3") == (body, None)
    assert await pieces(bucket, "large", "bytes=-3") == (body[-3:], "bytes 767997-767999/768000")
    with pytest.raises(RangeNotSatisfiable):
        await bucket.open("large", "bytes=768000-")
    assert await bucket.open("nothing") is None


async def test_a_listing_tells_sizes(bucket: Bucket) -> None:
    await bucket.put("s/a", bytes(7))
    assert [(listed.key, listed.size) async for listed in bucket.list("s/")] == [("s/a", 7)]


async def test_what_is_not_there_is_none_and_not_an_error(bucket: Bucket) -> None:
    assert await bucket.get("nothing") is None
    assert await bucket.head("nothing") is None
    assert not await bucket.copy("nothing", "elsewhere")
    await bucket.delete(["nothing"])


async def test_a_key_that_is_named_twice_is_deleted_once(bucket: Bucket) -> None:
    await bucket.put("twice", b"x")
    await bucket.put("beside", b"x")
    await bucket.delete(["twice", "beside", "twice"])
    assert await bucket.head("twice") is None
    assert await bucket.head("beside") is None
    await bucket.delete(["twice", "twice"])


async def test_keys_are_listed_in_ascending_order_after_a_key(bucket: Bucket) -> None:
    for name in ("l/c", "l/a", "l/b", "m/a"):
        await bucket.put(name, b"x")
    assert [listed.key async for listed in bucket.list("l/", page=1)] == ["l/a", "l/b", "l/c"]
    assert [listed.key async for listed in bucket.list("l/", after="l/a")] == ["l/b", "l/c"]


async def test_a_long_listing_has_every_key_once(bucket: Bucket) -> None:
    names = [f"many/{number:04}" for number in range(1005)]
    places = asyncio.Semaphore(16)

    async def put(name: str) -> None:
        async with places:
            await bucket.put(name, b"x")

    await asyncio.gather(*map(put, names), bucket.put("many-others", b"x"), bucket.put("m", b"x"))
    for page in (1000, 100):
        assert [listed.key async for listed in bucket.list("many/", page=page)] == names
        some = [listed async for listed in bucket.list("many/", after="many/0999~", page=page)]
        assert [listed.key for listed in some] == names[1000:]
        stored = await bucket.head(some[0].key)
        assert stored is not None
        assert (some[0].etag, some[0].size) == (stored.etag, 1)
        assert datetime.now(UTC) - some[0].modified < timedelta(minutes=10)


async def test_an_empty_folder_has_no_keys(bucket: Bucket) -> None:
    for page in (1000, 10):
        assert [listed async for listed in bucket.list("empty/", page=page)] == []


async def test_a_copy_is_independent_of_its_source(bucket: Bucket) -> None:
    await bucket.put("source", b"bytes")
    assert await bucket.copy("source", "target")
    await bucket.delete(["source"])
    stored = await bucket.get("target")
    assert stored is not None
    assert stored.body == b"bytes"


async def test_an_independent_client_reads_the_same_bytes(
    s3_bucket: S3Bucket, s3: AwsStore
) -> None:
    await s3_bucket.put("analyses/x.json", b'{"a":1}')
    address = s3.endpoint.removeprefix("http://")
    reader = Minio(
        endpoint=address, access_key=s3.access_key, secret_key=s3.secret_key, secure=False
    )
    answer = reader.get_object(bucket_name=s3_bucket._name, object_name="analyses/x.json")
    assert answer.read() == b'{"a":1}'
    answer.close()
    answer.release_conn()


async def test_of_many_conditional_writes_at_once_one_counts(bucket: Bucket) -> None:
    for number in range(10):
        writes = (bucket.put_new(f"race/{number}", str(writer).encode()) for writer in range(32))
        assert sum(await asyncio.gather(*writes)) == 1


async def test_the_store_removes_what_has_had_its_time(s3_bucket: S3Bucket, s3: AwsStore) -> None:
    await s3_bucket.create({"uploads/": 30, "idempotency/": 2})
    reader = Minio(
        endpoint=s3.endpoint.removeprefix("http://"),
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        secure=False,
    )
    config = reader.get_bucket_lifecycle(bucket_name=s3_bucket._name)
    assert config is not None
    rules = {rule.rule_filter.prefix: rule.expiration.days for rule in config.rules}
    assert rules == {"uploads/": 30, "idempotency/": 2}


async def test_an_upload_is_signed_for_the_address_at_which_clients_reach_the_store(
    s3: AwsStore,
) -> None:
    bucket = S3Bucket("pictures", "us-east-1", "http://store.test:8080")
    url = bucket.presign_put("uploads/a", "image/png", 7, 60)
    assert url.startswith("http://store.test:8080/pictures/uploads/a?")
    assert bucket._client.meta.endpoint_url == s3.endpoint
    bucket.close()


async def test_a_missing_bucket_is_unavailable(s3: AwsStore) -> None:
    bucket = S3Bucket(f"missing-{uuid.uuid4().hex}", "us-east-1")
    with pytest.raises(Unavailable):
        await bucket.check()
    bucket.close()


def _library_errors() -> list[type[Exception]]:
    found = vars(botocore.exceptions).values()
    return [
        member for member in found if isinstance(member, type) and issubclass(member, BotoCoreError)
    ]


@pytest.mark.parametrize("kind", _library_errors(), ids=lambda kind: kind.__name__)
async def test_every_error_of_the_library_is_translated(
    kind: type[Exception], s3_bucket: S3Bucket
) -> None:
    def fail() -> None:
        raise kind.__new__(kind)

    with pytest.raises(Unavailable):
        await s3_bucket._call(fail)


async def test_an_error_code_that_nobody_expects_is_translated(s3_bucket: S3Bucket) -> None:
    def fail() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    with pytest.raises(Unavailable):
        await s3_bucket._call(fail)


@pytest.mark.parametrize("how", ["cut", "reset", "late"])
async def test_a_body_that_breaks_off_is_unavailable(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the library's stream and not of the raw one below it, whose errors have other names."""
    with breaking_off(how) as endpoint:
        use(AwsStore(endpoint), monkeypatch)
        monkeypatch.setattr(objects, "CALL_S", 0.3)
        bucket = S3Bucket("bucket", "us-east-1")
        with pytest.raises(Unavailable):
            await bucket.get("key")
        opened = await bucket.open("key")
        assert opened is not None
        with pytest.raises(Unavailable):
            async for _ in opened.pieces:
                pass
        bucket.close()


@contextlib.contextmanager
def breaking_off(how: str) -> Iterator[str]:
    """A store that answers each request with ten of a hundred bytes, and then with no more."""
    head = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 100\r\n\r\n' + b"x" * 10
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.recv(65_536)
            connection.sendall(head)
            if how == "late":
                over.wait(10)
            elif how == "reset":
                at_once = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed, which ends it
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        server.shutdown(socket.SHUT_RDWR)
