"""Pictures, a real Valkey, and what the worker's tests share."""

import asyncio
import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from aiohttp.test_utils import TestServer
from fakes import FakeResults
from PIL import Image
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sightline_contracts import context, events, ids, work_queue
from sightline_testing import stores

from image_service.app import create_app
from image_service.instances.server import SET
from image_service.label_models.delivered import DETECTOR
from image_service.operations.face_model import model_file
from image_service.picture import decode as decoding
from image_service.picture import formats
from image_service.settings import Settings
from image_service.sla import read_sla
from image_service.wiring import Wiring, real

LEASE_S = 1.0
PIXELS_AT_MOST = read_sla().image_limit_pixels
os.environ.update(SET)  # for what runs here instead of in an instance
pillow_heif.register_heif_opener()  # for its encoder, which the service has not
formats.heif.register()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of the queue itself, marked `both_servers`, run on Valkey, which the demo starts, and on Redis, which
    compose runs; the others on Valkey alone."""
    if "redis_url" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_servers")
        servers = ["valkey", "redis"] if both else ["valkey"]
        metafunc.parametrize("redis_url", servers, indirect=True, scope="session")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server of its own."""
    start = {"valkey": stores.valkey, "redis": stores.redis}[request.param]
    with start() as url:
        yield url


@pytest.fixture(scope="session")
def pictures() -> Path:
    """scikit-image's free test pictures; the package itself is not imported."""
    found = importlib.util.find_spec("skimage")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data"


MAKE_MODELS = Path(__file__).parents[1] / "model_files" / "make.py"


@pytest.fixture(scope="session")
def given_models() -> Path:
    """The models that are fetched: all but the one that is converted here."""
    given = os.environ.get("MODELS_DIR")
    path = Path(given) if given else Path(__file__).parents[1] / "models"
    if model_file(path) is None or not (path / DETECTOR.file).is_file():
        pytest.skip("the models are not there: make models, or MODELS_DIR")
    return path


@pytest.fixture(scope="session")
def models_dir(given_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All models that are delivered."""
    path = tmp_path_factory.mktemp("models")
    command = [sys.executable, str(MAKE_MODELS), str(given_models), str(path)]
    subprocess.run(command, check=True, timeout=60, env={**os.environ, "STRICT": "1"})
    return path


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def decode(
    data: bytes, pixels_at_most: int = PIXELS_AT_MOST, *, whole: bool = False
) -> decoding.Decoded:
    """A picture within the contract's limit, or another."""
    return decoding.decode(data, pixels_at_most, whole=whole)


@dataclass
class Queue:
    redis: Redis
    results: FakeResults
    settings: Settings
    url: str
    user_id: str
    events: dict[str, str] = field(default_factory=dict)

    async def add(self, picture: bytes | None, **changes: Any) -> str:
        """An upload in the queue."""
        analysis_id = changes.pop("analysis_id", ids.new_id("an"))
        if picture is not None:
            self.results.uploads[analysis_id] = picture
        given = {"kind": "upload", "image_url": None, "operations": ["hash"], "engine": "auto"}
        data = {
            "analysis_id": analysis_id,
            "user_id": self.user_id,
            "created_at": ids.now(),
            "input": given,
            **changes,
        }
        context.request_id.set("queued-by-test")
        event = events.dump(events.REQUESTED, "test", analysis_id, data)
        self.events[analysis_id] = event
        queue = work_queue.of(data["input"]["operations"])
        await self.redis.eval(f"{queue.add} add(ARGV[1], ARGV[2])", 0, analysis_id, event)
        return str(analysis_id)

    async def cancel(self, analysis_id: str) -> None:
        """Say that its owner has ended it."""
        data = {
            "analysis_id": analysis_id,
            "user_id": self.user_id,
            "status": "canceled",
            "created_at": ids.now(),
            "finished_at": ids.now(),
        }
        event = events.dump(events.COMPLETED, "test", analysis_id, data)
        await self.redis.xadd(events.COMPLETED, {"event": event})

    async def redeliver(self, analysis_id: str) -> None:
        """The same message once more, as of a worker that died before it acknowledged."""
        await self.redis.xadd(events.REQUESTED, {events.FIELD: self.events[analysis_id]})

    async def until_empty(self) -> None:
        async with asyncio.timeout(15):
            while await self.waiting():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def add_text(self, picture: bytes | None, **changes: Any) -> str:
        """An upload in the queue for text."""
        given = {"kind": "upload", "image_url": None, "operations": ["text"], "engine": "auto"}
        return await self.add(picture, input=given, **changes)

    async def waiting(self) -> int:
        """Messages that have not ended, delayed ones aside."""
        found = 0
        for queue in work_queue.QUEUES:
            in_line: int = await self.redis.hlen(queue.lined_up)
            found += in_line + int(await self.redis.xlen(queue.stream))
        return found

    @asynccontextmanager
    async def worker(self, **changes: Any) -> AsyncIterator[Wiring]:
        wiring = real(self.settings.model_copy(update=changes))
        app = create_app(wiring)
        async with app.router.lifespan_context(app):
            yield wiring


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    redis = Redis.from_url(redis_url, decode_responses=True)
    results = FakeResults(redis)
    await redis.flushall()
    async with TestServer(results.app) as server:
        url = str(server.make_url(""))
        settings = Settings(
            redis_url=redis_url,
            result_service_url=url,
            instances=2,
            lease_s=LEASE_S,
            retry_delays_s="0.1,0.1",
            function_timeout_s=20,
            drain_s=5,
            reuse_for_s=0,
        )
        yield Queue(redis, results, settings, url, ids.new_id("us"))
    await redis.aclose()


@pytest.fixture
def coffee(pictures: Path) -> bytes:
    return (pictures / "coffee.png").read_bytes()


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0
