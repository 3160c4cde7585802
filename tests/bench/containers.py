"""The rows of `make bench` that need containers: the way to an analysis and back, and what share of
the machine the analyses themselves get. A JVM among the stores wants to be warm first."""

import asyncio
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from local.environments import CACHE, samples
from PIL import Image

from bench import peaks
from bench.client import sign_in
from stack.compose import PARTS, ComposeStack

INSIDE = Path(__file__).parent / "inside"
MOUNTED = "/opt/bench"
JOBS, WARM_UP, AT_A_TIME = 200, 100, 8
DISPATCHES = 100
OPERATIONS = ("faces", "colors", "quality", "hash", "metadata")
"""The defaults of a submission."""

PIXEL, SMALL, PHOTO = "pixel.png", "astronaut.png", "photo.jpg"
PHOTO_SIZE = (4032, 3024)
CPU = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"
UNLIMITED = {
    "gateway": {"REQUESTS_PER_MINUTE": "1000000"},
    "user-service": {"MONTHLY_QUOTA": "1000000"},
}
Row = tuple[str, str]


class BenchStack(ComposeStack):
    """With our modules beside the worker's."""

    def __init__(self, folder: Path, **worker: str) -> None:
        own = {"PYTHONPATH": f"/app/src:/app/contracts/src:{MOUNTED}", "REUSE_FOR_S": "0"}
        super().__init__({**UNLIMITED, "image-service": {**own, **worker}})
        self.pictures = folder

    def _override(self) -> dict[str, Any]:
        changes = super()._override()
        changes["services"]["image-service"]["volumes"] = [
            f"{INSIDE}:{MOUNTED}:ro",
            f"{self.pictures}:/opt/samples:ro",
        ]
        for name in ("REQUESTS_PER_SECOND", "CREDENTIAL_REQUESTS_PER_SECOND"):
            changes["services"]["static-cdn"]["environment"][name] = "100000"
        changes["services"]["static-cdn"]["volumes"] = [f"{self.pictures}:/app/samples:ro"]
        return changes

    def cpu_s(self, part: str) -> float:
        """CPU time of a container so far."""
        text = self.execute(part, "sh", "-c", CPU)
        if "usage_usec" in text:
            return int(text.split()[1]) / 1e6
        return int(text) / 1e9


def form(picture: bytes) -> aiohttp.FormData:
    found = aiohttp.FormData()
    found.add_field("image", picture, filename="picture")
    return found


def pictures() -> Path:
    """The samples, a pixel, and a photo of the size that telephones make, with grain."""
    folder = CACHE / "bench"
    shutil.copytree(samples(), folder, dirs_exist_ok=True)
    Image.new("RGB", (1, 1)).save(folder / PIXEL)
    photo = Image.open(folder / SMALL).convert("RGB").resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(PHOTO_SIZE, 24).convert("RGB")
    Image.blend(photo, grain, 0.1).save(folder / PHOTO, quality=90)
    return folder


async def dispatches(stack: BenchStack, picture: bytes) -> list[Row]:
    """From the 202 to the result being readable."""
    async with sign_in(stack.base_url) as session:
        times, over = [], []
        for _ in range(WARM_UP + DISPATCHES):
            async with session.post("/v1/analyses", data=form(picture)) as answer:
                assert answer.status == 202, await answer.text()
                accepted = time.perf_counter()
                analysis = await answer.json()
            async with session.get(f"/v1/analyses/{analysis['id']}?wait=10") as answer:
                analysis = await answer.json()
            times.append((time.perf_counter() - accepted) * 1000)
            assert analysis["status"] == "succeeded", analysis
            over.append(times[-1] - analysis["metering"]["duration_ms"])
    name = "202 to result readable, a function that does nothing"
    return [(name, _spread(times[WARM_UP:])), ("of it beside the attempt", _spread(over[WARM_UP:]))]


def _spread(times: list[float]) -> str:
    p95 = sorted(times)[int(0.95 * len(times)) - 1]
    return f"{statistics.median(times):7.1f} ms p50  {p95:.1f} ms p95"


Ask = Callable[[], dict[str, Any]]
"""The body of a submission, as arguments of a request."""


async def together(stack: BenchStack, ask: Ask) -> tuple[float, dict[str, float]]:
    """Jobs a second of the whole system, and CPU milliseconds of each part for one."""
    async with sign_in(stack.base_url) as session:
        places = asyncio.Semaphore(AT_A_TIME)

        async def one() -> None:
            async with (
                places,
                session.post("/v1/analyses", headers={"Prefer": "wait=30"}, **ask()) as answer,
            ):
                assert (await answer.json())["status"] == "succeeded"

        await asyncio.gather(*(one() for _ in range(WARM_UP)))
        before = {part: stack.cpu_s(part) for part in PARTS}
        started = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(JOBS)))
        rate = JOBS / (time.perf_counter() - started)
    spent = {part: (stack.cpu_s(part) - before[part]) / JOBS * 1000 for part in PARTS}
    return rate, spent


def alone(stack: BenchStack, picture: str) -> float:
    """Jobs a second of the instances, without everything else."""
    command = ("python", f"{MOUNTED}/bare_pool.py", f"/opt/samples/{picture}", str(JOBS))
    return float(stack.execute("image-service", *command, *OPERATIONS))


def shares(stack: BenchStack) -> list[Row]:
    def file(picture: str) -> Ask:
        content = (stack.pictures / picture).read_bytes()
        return lambda: {"data": form(content)}

    def address(picture: str) -> Ask:
        return lambda: {"json": {"image_url": f"{stack.base_url}/samples/{picture}"}}

    asked = (
        ("a file of 512 px", SMALL, file(SMALL)),
        ("an address, 512 px", SMALL, address(SMALL)),
        ("a file of 12 megapixels", PHOTO, file(PHOTO)),
        ("an address, 12 megapixels", PHOTO, address(PHOTO)),
    )
    found: list[Row] = []
    for name, picture, ask in asked:
        pool = alone(stack, picture)
        rate, spent = asyncio.run(together(stack, ask))
        found += [
            (f"default operations, {name}: instances alone", f"{pool:7.1f} jobs/s"),
            (
                "  the whole system",
                f"{rate:7.1f} jobs/s   {rate / pool:.2f} of the instances alone",
            ),
            *((f"  CPU for each, {part}", f"{ms:7.1f} ms") for part, ms in spent.items()),
        ]
    return found


def rows(folder: Path) -> list[Row]:
    with BenchStack(folder, FUNCTION="nothing") as stack:
        found = asyncio.run(dispatches(stack, (folder / PIXEL).read_bytes()))
    with BenchStack(folder) as stack:
        return found + shares(stack)


def memory_rows(folder: Path) -> list[Row]:
    """Under loads that lean on the memory of the services."""
    with BenchStack(folder, REUSE_FOR_S="3600") as stack:
        return peaks.rows(peaks.measure(stack)[0])
