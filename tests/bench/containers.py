"""The rows of `make bench` that need containers: the way to an analysis and back, and what share of
the machine the analyses themselves get."""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.client import sign_in
from stack.compose import PARTS, ComposeStack
from stack.environments import CACHE

INSIDE = Path(__file__).parent / "inside"
MOUNTED = "/opt/bench"
JOBS, WARM_UP, AT_A_TIME = 200, 20, 8
DISPATCHES = 100
OPERATIONS = ("faces", "colors", "quality", "hash", "metadata")
"""The defaults of a submission."""

CPU = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"
UNLIMITED = {
    "gateway": {"REQUESTS_PER_MINUTE": "1000000"},
    "user-service": {"MONTHLY_QUOTA": "1000000"},
}
Row = tuple[str, str]


class BenchStack(ComposeStack):
    """With our modules beside the worker's."""

    def __init__(self, **worker: str) -> None:
        path = {"PYTHONPATH": f"/app/src:/app/contracts/src:{MOUNTED}"}
        super().__init__({**UNLIMITED, "image-service": {**path, **worker}})

    def _override(self) -> dict[str, Any]:
        changes = super()._override()
        changes["services"]["image-service"]["volumes"] = [
            f"{INSIDE}:{MOUNTED}:ro",
            f"{CACHE / 'samples'}:/opt/samples:ro",
        ]
        changes["services"]["static-cdn"]["environment"]["REQUESTS_PER_SECOND"] = "100000"
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


async def dispatches(stack: BenchStack, picture: bytes) -> list[Row]:
    """From the 202 to the result being readable."""
    async with sign_in(stack.base_url) as session:
        times, work = [], []
        for _ in range(DISPATCHES):
            async with session.post("/v1/analyses", data=form(picture)) as answer:
                assert answer.status == 202, await answer.text()
                accepted = time.perf_counter()
                analysis = await answer.json()
            async with session.get(f"/v1/analyses/{analysis['id']}?wait=10") as answer:
                analysis = await answer.json()
            times.append((time.perf_counter() - accepted) * 1000)
            assert analysis["status"] == "succeeded", analysis
            work.append(analysis["metering"]["duration_ms"])
    p95 = sorted(times)[int(0.95 * DISPATCHES) - 1]
    return [
        ("202 to result readable, a function that does nothing",
         f"{statistics.median(times):7.1f} ms p50  {p95:.1f} ms p95"),
        ("of it inside the attempt, the image's fetch included", f"{statistics.median(work):7.1f} ms p50"),
    ]  # fmt: skip


async def together(stack: BenchStack, picture: bytes) -> tuple[float, dict[str, float]]:
    """Jobs a second of the whole system, and CPU milliseconds of each part for one."""
    async with sign_in(stack.base_url) as session:
        places = asyncio.Semaphore(AT_A_TIME)

        async def one() -> None:
            async with (
                places,
                session.post(
                    "/v1/analyses", data=form(picture), headers={"Prefer": "wait=30"}
                ) as answer,
            ):
                assert (await answer.json())["status"] == "succeeded"

        await asyncio.gather(*(one() for _ in range(WARM_UP)))
        before = {part: stack.cpu_s(part) for part in PARTS}
        started = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(JOBS)))
        rate = JOBS / (time.perf_counter() - started)
    spent = {part: (stack.cpu_s(part) - before[part]) / JOBS * 1000 for part in PARTS}
    return rate, spent


def rows() -> list[Row]:
    picture = CACHE / "samples" / "astronaut.png"
    with BenchStack(FUNCTION="nothing") as stack:
        found = asyncio.run(dispatches(stack, picture.read_bytes()))
    with BenchStack() as stack:
        rate, spent = asyncio.run(together(stack, picture.read_bytes()))
        pool = float(
            stack.execute(
                "image-service", "python", f"{MOUNTED}/bare_pool.py",
                f"/opt/samples/{picture.name}", str(JOBS), *OPERATIONS,
            )
        )  # fmt: skip
    return [
        *found,
        ("instances alone, default operations (512 px)", f"{pool:7.1f} jobs/s"),
        ("the whole system, default operations (512 px)",
         f"{rate:7.1f} jobs/s   {rate / pool:.2f} of the instances alone"),
        *((f"CPU for each, {part}", f"{ms:7.1f} ms") for part, ms in spent.items()),
    ]  # fmt: skip
