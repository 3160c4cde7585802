"""What goes wrong on the way to the object store, and how often it is tried again."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import faulty
import obstore.exceptions
import pytest
from conftest import use
from faulty import HANGS, LOST, REFUSED, FaultyStore, answer
from sightline_contracts import context
from sightline_contracts.problems import Unavailable
from sightline_testing.stores import AwsStore

from result_service.store import objects
from result_service.store.attempts import Attempts
from result_service.store.s3 import S3Bucket

SLOW_DOWN = answer("503 Slow Down", "SlowDown")
BROKEN = answer("500 Internal Server Error", "InternalError")
BEING_WRITTEN = answer("409 Conflict", "ConditionalRequestConflict")
Call = Callable[[S3Bucket], Awaitable[object]]


async def keys(bucket: S3Bucket) -> list[str]:
    return [listed.key async for listed in bucket.list("folder/")]


CALLS: dict[str, Call] = {
    "put": lambda bucket: bucket.put("key", b"body"),
    "put_new": lambda bucket: bucket.put_new("new", b"body"),
    "get": lambda bucket: bucket.get("key"),
    "head": lambda bucket: bucket.head("key"),
    "open": lambda bucket: bucket.open("key"),
    "delete": lambda bucket: bucket.delete(["folder/gone"]),
    "list": keys,
}


@dataclass
class Ground:
    bucket: S3Bucket
    store: FaultyStore

    async def meet(self, call: Call, *faults: bytes) -> object:
        self.store.faults[:] = faults
        self.store.requests.clear()
        return await call(self.bucket)


@pytest.fixture
async def ground(s3: AwsStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    async with faulty.before(s3.endpoint) as store:
        use(replace(s3, endpoint=store.endpoint), monkeypatch)
        bucket = S3Bucket(f"bucket-{uuid.uuid4().hex}", "us-east-1")
        await bucket.create({"uploads/": 30})
        await bucket.put("key", b"before")
        await bucket.put("folder/key", b"before")
        yield Ground(bucket, store)
        bucket.close()


async def test_a_write_meets_itself_when_its_answer_is_lost(ground: Ground) -> None:
    assert await ground.meet(CALLS["put_new"], LOST)
    methods = [line.partition(" ")[0] for line in ground.store.requests]
    assert methods == ["PUT", "PUT", "HEAD"]
    assert not await ground.meet(CALLS["put_new"])


async def test_a_write_whose_answer_does_not_come_is_recognised(ground: Ground) -> None:
    assert await ground.meet(CALLS["put_new"], LOST, REFUSED)
    stored = await ground.bucket.get("new")
    assert stored is not None
    assert stored.body == b"body"


async def test_a_write_that_did_not_come_through_is_unavailable(ground: Ground) -> None:
    with pytest.raises(Unavailable):
        await ground.meet(CALLS["put_new"], REFUSED, REFUSED)
    assert await ground.bucket.head("new") is None


async def test_who_writes_at_the_same_moment_has_lost_and_meets_no_trouble(ground: Ground) -> None:
    """AWS answers 409 while another conditional write of the key is under way."""
    assert not await ground.meet(CALLS["put_new"], BEING_WRITTEN)


@pytest.mark.parametrize("fault", [SLOW_DOWN, BROKEN, REFUSED, b"no answer of HTTP\r\n\r\n"])
async def test_trouble_that_passes_is_not_noticed(ground: Ground, fault: bytes) -> None:
    for name, call in CALLS.items():
        met = await ground.meet(call, fault)
        assert bool(met) == (name not in ("put", "delete")), name  # these two answer nothing
        assert len(ground.store.requests) == 2


@pytest.mark.parametrize("fault", [SLOW_DOWN, BROKEN, REFUSED, HANGS])
async def test_trouble_that_stays_is_unavailable(
    ground: Ground, fault: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "CALL_S", 0.1)  # until a call that hangs is given up
    for name, call in CALLS.items():
        with pytest.raises(Unavailable):
            await ground.meet(call, *[fault] * 4)
        # A write that may be made once looks for its object at last.
        assert len(ground.store.requests) == (4 if name == "put_new" else 2)


async def test_a_refusal_is_not_repeated(ground: Ground) -> None:
    denied = answer("403 Forbidden", "AccessDenied")
    for name, call in CALLS.items():
        with pytest.raises(Unavailable):
            await ground.meet(call, *[denied] * 2)
        assert len(ground.store.requests) == (2 if name == "put_new" else 1)


async def test_nothing_is_repeated_when_nobody_waits_any_more(ground: Ground) -> None:
    context.deadline.set(time.monotonic() - 1)
    with pytest.raises(Unavailable):
        await ground.meet(CALLS["get"], REFUSED)
    assert len(ground.store.requests) == 1


async def test_a_store_in_trouble_is_not_asked_twice_for_ever(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = ground.bucket._attempts
    monkeypatch.setattr(attempts, "_budget", 1.0)
    for tries in (2, 1):
        with pytest.raises(Unavailable):
            await ground.meet(CALLS["get"], *[REFUSED] * tries)
        assert len(ground.store.requests) == tries
    for _ in range(20):
        await ground.meet(CALLS["get"])
    await ground.meet(CALLS["get"], REFUSED)
    assert len(ground.store.requests) == 2


async def test_a_missing_bucket_is_unavailable_and_not_empty(s3: AwsStore) -> None:
    bucket = S3Bucket(f"missing-{uuid.uuid4().hex}", "us-east-1")
    for name in ("put", "put_new", "get", "open", "delete", "list"):
        with pytest.raises(Unavailable):
            await CALLS[name](bucket)
    bucket.close()


async def test_a_stranger_that_knows_nothing_is_not_an_absence(ground: Ground) -> None:
    for name in ("get", "open"):
        with pytest.raises(Unavailable):
            await ground.meet(CALLS[name], b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")


async def test_an_answer_without_a_tag_is_unavailable(ground: Ground) -> None:
    for name in ("get", "head", "open"):
        with pytest.raises(Unavailable):
            await ground.meet(CALLS[name], b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def test_credentials_come_from_where_botocore_finds_them(
    s3: AwsStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "credentials"
    kept.write_text(
        f"[default]\naws_access_key_id = {s3.access_key}\naws_secret_access_key = {s3.secret_key}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(kept))
    bucket = S3Bucket(f"bucket-{uuid.uuid4().hex}", "us-east-1")
    await bucket.create({"uploads/": 30})
    assert await bucket.put_new("key", b"body")
    bucket.close()


async def test_without_credentials_the_store_is_unavailable(
    s3: AwsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    bucket = S3Bucket("bucket", "us-east-1")
    with pytest.raises(Unavailable):
        await bucket.get("key")
    bucket.close()


def _library_errors() -> list[type[Exception]]:
    found = vars(obstore.exceptions).values()
    return [member for member in found if isinstance(member, type)]


@pytest.mark.parametrize("kind", [*_library_errors(), OSError, TimeoutError, ValueError])
async def test_every_error_of_the_library_is_translated(kind: type[Exception]) -> None:
    async def fail() -> None:
        raise kind

    with pytest.raises(Unavailable):
        await Attempts(places=1).make(fail, 1)
