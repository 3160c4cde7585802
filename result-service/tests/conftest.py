"""A real Valkey and a moto S3 for the folder's tests, and a service wired on them."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import boto3
import httpx2
import pytest
from fakes import FakeAccounts, FakeBucket
from redis.asyncio import Redis
from sightline_contracts import events, ids, work_queue
from sightline_testing import stores
from sightline_testing.stores import AwsStore

from result_service.app import create_app
from result_service.deliveries.stream import connect
from result_service.settings import Settings
from result_service.sla import ResultServiceSla, read_sla
from result_service.store import keys
from result_service.store.s3 import S3Bucket
from result_service.wiring import Adapters, Wiring, wire


@pytest.fixture(scope="session", params=["valkey", "redis"])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A real Redis where there is a Docker engine, and the embedded one."""
    start = {"valkey": stores.valkey, "redis": stores.redis}[request.param]
    with start() as url:
        yield url


@pytest.fixture(scope="session")
def sla() -> ResultServiceSla:
    return read_sla()


@pytest.fixture(scope="session")
def moto() -> Iterator[AwsStore]:
    with stores.moto() as store:
        yield store


@pytest.fixture(scope="session")
def s3_server() -> Iterator[AwsStore]:
    with stores.s3_server() as store:
        yield store


def use(store: AwsStore, patch: pytest.MonkeyPatch) -> None:
    """Let new S3 clients go to this store: boto3's default session remembers credentials."""
    patch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in store.environment("S3").items():
        patch.setenv(name, value)


@pytest.fixture(params=["moto", "s3_server"])
def s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AwsStore:
    """The S3 server of compose where there is a Docker engine, and the embedded one."""
    store: AwsStore = request.getfixturevalue(request.param)
    use(store, monkeypatch)
    return store


@pytest.fixture
async def s3_bucket(s3: AwsStore) -> AsyncIterator[S3Bucket]:
    bucket = S3Bucket(f"bucket-{uuid.uuid4().hex}", "us-east-1")
    await bucket.create({"uploads/": 30})
    yield bucket
    bucket.close()


@dataclass
class Service:
    wiring: Wiring
    bucket: FakeBucket
    accounts: FakeAccounts
    redis: Redis
    client: httpx2.AsyncClient
    user_id: str

    def url(self, analysis_id: str, tail: str = "") -> str:
        return f"/v1/users/{self.user_id}/analyses/{analysis_id}{tail}"

    def left(self) -> set[str]:
        """Keys in the bucket but for those that say that something was deleted."""
        said = (keys.TOMBSTONES, keys.REMOVALS)
        return {key for key in self.bucket.objects if not key.startswith(said)}

    async def requested(self) -> list[str]:
        """The analyses that are announced: those on the runway, then those in line."""
        entries = await self.redis.xrange(events.REQUESTED)
        in_line: list[str] = await self.redis.hkeys(work_queue.ORDINARY.lined_up)
        return [json.loads(fields["event"])["subject"] for _, fields in entries] + in_line

    async def accept(self, **changes: object) -> str:
        analysis_id = ids.new_id("an")
        answer = await self.client.put(self.url(analysis_id), json=submission(**changes))
        assert answer.status_code == 201, answer.text
        return analysis_id

    async def finish(self, analysis_id: str, **changes: object) -> httpx2.Response:
        """Report the end, and complete it, as the loop in the lifespan does."""
        given = report(analysis_id, **changes)
        answer = await self.client.put(self.url(analysis_id, "/outcome"), json=given)
        await self.wiring.completion.flush()
        return answer


def submission(**changes: object) -> dict[str, object]:
    given = {
        "kind": "url",
        "image_url": "http://pictures.test/a.png",
        "operations": ["faces"],
        "engine": "auto",
        "metadata": {"tag": "x"},
        **changes,
    }
    return {"input": given, "request_id": "req-1", "retry_of": None}


def report(analysis_id: str, **changes: object) -> dict[str, object]:
    attempt = {
        "number": 1,
        "started_at": "2026-11-01T00:00:00.000Z",
        "duration_ms": 60.4,
        "init_ms": 0.0,
        "max_memory_mb": 210.0,
        "outcome": "succeeded",
    }
    metering = {
        "billed_ms": 61,
        "duration_ms": 60.4,
        "init_ms": 0.0,
        "memory_mb": 512,
        "gb_seconds": 0.0305,
        "engine_calls": 0,
    }
    return {
        "status": "succeeded",
        "started_at": "2026-11-01T00:00:00.000Z",
        "finished_at": "2026-11-01T00:00:01.000Z",
        "attempts": [attempt],
        "metering": metering,
        "result": {
            "schema_version": "1",
            "analysis_id": analysis_id,
            "faces": [],
            "attempts": [attempt],
        },
        "error": None,
        **changes,
    }


@pytest.fixture
async def service(redis_url: str, sla: ResultServiceSla) -> AsyncIterator[Service]:
    bucket, accounts = FakeBucket(), FakeAccounts()
    redis = Redis.from_url(redis_url, decode_responses=True)
    await redis.flushall()
    settings = Settings(sweep_interval_s=3600, sweep_grace_s=0)
    outside = Adapters(bucket=bucket, stream=connect(redis_url), accounts=accounts)
    wiring = wire(settings, outside, sla)
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://result") as client:
        yield Service(wiring, bucket, accounts, redis, client, ids.new_id("us"))
    await wiring.close()
    await redis.aclose()
