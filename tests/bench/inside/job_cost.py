"""What a job and a read cost result-service: CPU milliseconds of its process, and calls of its store.

`python job_cost.py JOBS` prints a line for each: name, milliseconds, calls. The stores are those of the
environment (`AWS_ENDPOINT_URL_S3`, `REDIS_URL`); user-service is left out, and so is HTTP.
"""

import asyncio
import base64
import inspect
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from result_service.deliveries.stream import connect
from result_service.models.analyses import Report, Submission
from result_service.outcomes.outcome import End
from result_service.routes.streaming import streamed
from result_service.settings import Settings
from result_service.sla import read_sla
from result_service.store import keys
from result_service.store.bucket import Bucket
from result_service.store.s3 import S3Bucket
from result_service.wiring import Adapters, Wiring, wire
from sightline_contracts import ids
from sightline_contracts.tasks import stop

AT_A_TIME = 4
PICTURE, PREVIEW, VECTOR = os.urandom(100_000), os.urandom(20_000), os.urandom(1280)
OPERATIONS = ["faces", "colors", "quality", "hash", "metadata"]
USER = ids.new_id("us")


class Counted:
    """A bucket that counts its calls; a listing counts as one."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._bucket, name)
        if not (inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)):
            return method

        def counted(*given: Any, **named: Any) -> Any:
            self.calls += 1
            return method(*given, **named)

        return counted


class NoBill:
    """Stands for user-service: settles whatever ends."""

    async def settle(self, ends: Sequence[End]) -> set[str]:
        return {end.analysis_id for end in ends}

    async def close(self) -> None:
        """Nothing is open."""


class Service:
    """What the gateway and a worker ask of result-service in the life of an analysis."""

    def __init__(self, wiring: Wiring, bucket: Counted) -> None:
        self.parts = wiring
        self.bucket = bucket

    async def job(self, kind: str) -> str:
        analysis_id = ids.new_id("an")
        if kind == "upload":
            await self.parts.uploads.store(USER, analysis_id, PICTURE)
        await self.parts.analyses.accept(USER, analysis_id, _submission(kind))
        await self.parts.lookup.needs_no_work(USER, analysis_id)
        if kind == "upload":
            await self._read(keys.upload(USER, analysis_id))
        await self.parts.analyses.finish(USER, analysis_id, _report(analysis_id))
        await self.parts.completion.flush()
        await self.parts.lookup.find(USER, analysis_id)
        return analysis_id

    async def preview(self, analysis_id: str) -> None:
        await self._read(keys.preview(USER, analysis_id))

    async def page(self) -> None:
        page = await self.parts.listing.page(USER, 20, None, None)
        assert len(page.items) == 20

    async def _read(self, key: str) -> None:
        answer: Any = await streamed(self.parts.bucket, key, "image/jpeg")
        async for _ in answer.body_iterator:
            pass

    async def measure(self, name: str, run: Callable[[], Awaitable[Any]], times: int) -> str:
        await run()
        places = asyncio.Semaphore(AT_A_TIME)

        async def in_turn() -> None:
            async with places:
                await run()

        self.bucket.calls, started = 0, time.process_time()
        await asyncio.gather(*(in_turn() for _ in range(times)))
        spent_ms = (time.process_time() - started) / times * 1000
        return f"{name}\t{spent_ms:.2f}\t{self.bucket.calls / times:.1f}"


def _submission(kind: str) -> Submission:
    address = None if kind == "upload" else "http://pictures.test/a.png"
    given = {"kind": kind, "image_url": address, "operations": OPERATIONS, "engine": "auto"}
    return Submission.model_validate(
        {"input": {**given, "metadata": {}}, "request_id": "r", "retry_of": None}
    )


def _report(analysis_id: str) -> Report:
    moment = ids.now()
    attempt = {
        "number": 1,
        "started_at": moment,
        "duration_ms": 60.0,
        "init_ms": 0.0,
        "max_memory_mb": 200.0,
        "outcome": "succeeded",
    }
    metering = {"billed_ms": 60, "duration_ms": 60.0, "init_ms": 0.0, "memory_mb": 512}
    return Report.model_validate(
        {
            "status": "succeeded",
            "started_at": moment,
            "finished_at": moment,
            "attempts": [attempt],
            "metering": {**metering, "gb_seconds": 0.03, "engine_calls": 0},
            "result": {"schema_version": "1", "analysis_id": analysis_id, "faces": []},
            "error": None,
            "preview": base64.b64encode(PREVIEW).decode(),
            "embedding": {"model": "m", "vector": base64.b64encode(VECTOR).decode()},
        }
    )


async def lines(jobs: int) -> list[str]:
    real = S3Bucket("bench", "us-east-1")
    await real.create({"uploads/": 30})
    bucket: Any = Counted(real)
    accounts: Any = NoBill()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index_dir=folder, queue_wait_s=3600)  # nobody takes what is announced
        outside = Adapters(bucket=bucket, stream=connect(settings.redis_url), accounts=accounts)
        service = Service(wire(settings, outside, read_sla()), bucket)
        listening = asyncio.create_task(service.parts.deletions.run())
        found = [
            await service.measure("a job, by file", lambda: service.job("upload"), jobs),
            await service.measure("a job, by address", lambda: service.job("url"), jobs),
        ]
        last = await service.job("url")
        reads: dict[str, Callable[[], Awaitable[Any]]] = {
            "a read of an ended analysis": lambda: service.parts.lookup.shown(USER, last),
            "a read of its preview": lambda: service.preview(last),
            "a list of 20": service.page,
        }
        found += [await service.measure(name, run, 4 * jobs) for name, run in reads.items()]
        await stop(listening)
        await service.parts.close()
    return found


def main(jobs: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print("\n".join(asyncio.run(lines(jobs))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
