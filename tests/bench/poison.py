"""The rows of `make bench` that tell what poison among the work costs everybody else."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
from local.environments import ROOT

from bench.client import sign_in
from bench.containers import SMALL, BenchStack, Row, form

MODULE = ROOT / "image-service" / "tests" / "poison.py"
MOUNTED = "/opt/poison"
KINDS = (b"#crash", b"#loop", b"#memory", b"#fork-bomb", b"#fill-tmp")
POISONED, WARM_UP, SAMPLES = 20, 60, 400
ATTEMPTS, TIMEOUT_S = 3, 2
THINK_S = 0.05
"""What somebody waits between two pictures: the machine is not full, so that a wait is poison's."""


class PoisonStack(BenchStack):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            FUNCTION="poison",
            INSTANCES="4",
            RETRY_DELAYS_S="0.2,0.2",
            FUNCTION_TIMEOUT_S=str(TIMEOUT_S),
            MAX_ATTEMPTS=str(ATTEMPTS),
        )

    def _override(self) -> dict[str, Any]:
        changes = super()._override()
        worker = changes["services"]["image-service"]
        worker["volumes"].append(f"{MODULE}:{MOUNTED}/poison.py:ro")
        worker["environment"]["PYTHONPATH"] += f":{MOUNTED}"
        return changes


async def wait_for(session: aiohttp.ClientSession, picture: bytes, status: str) -> dict[str, Any]:
    async with session.post(
        "/v1/analyses", data=form(picture), headers={"Prefer": "wait=30"}
    ) as answer:
        analysis: dict[str, Any] = await answer.json()
    assert analysis["status"] == status, analysis
    return analysis


async def p99_ms(session: aiohttp.ClientSession, picture: bytes, count: int) -> float:
    """Of `count` pictures one after the other, from submitting to the result."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        await wait_for(session, picture, "succeeded")
        times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(THINK_S)
    return sorted(times)[int(0.99 * count) - 1]


async def _measure(stack: PoisonStack) -> list[Row]:
    picture = (stack.pictures / SMALL).read_bytes()
    async with (
        sign_in(stack.base_url) as somebody,
        sign_in(stack.base_url, "poisoner@example.test") as poisoner,
    ):
        await p99_ms(somebody, picture, WARM_UP)
        began = time.monotonic()
        quiet = await p99_ms(somebody, picture, SAMPLES)
        between_s = (time.monotonic() - began) / POISONED

        async def poison() -> list[dict[str, Any]]:
            """Evenly over the time that the others take."""
            under_way = []
            for number in range(POISONED):
                bad = picture + KINDS[number % len(KINDS)]
                under_way.append(asyncio.create_task(wait_for(poisoner, bad, "failed")))
                await asyncio.sleep(between_s)
            return await asyncio.gather(*under_way)

        poisoning = asyncio.create_task(poison())
        beside = await p99_ms(somebody, picture, SAMPLES)
        failed = await poisoning
    attempts = Counter(one["error"]["attempts"] for one in failed)
    codes = Counter(one["error"]["code"] for one in failed)
    return [
        ("p99 of one user's pictures, quiet", f"{quiet:7.1f} ms"),
        (
            f"the same beside {POISONED} poisoned ones of another's",
            f"{beside:7.1f} ms   {beside / quiet:.2f} of quiet",
        ),
        ("  attempts of each poisoned one", f"{dict(attempts)}, {dict(codes)}"),
    ]


def rows(folder: Path) -> list[Row]:
    with PoisonStack(folder) as stack:
        return asyncio.run(_measure(stack))
