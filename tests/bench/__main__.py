"""`make bench`: what this machine does, as figures of one run and ratios between them.

Everything runs on this machine, the load included, so that the ratios say more than the figures.
Bounded in time and in number; traffic goes to 127.0.0.1 alone.
"""

import asyncio
import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "contracts" / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "contracts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.environments import CACHE, ROOT, python

from bench import containers, edge, expected, hot_reads, poison
from bench.client import TIMEOUT, sign_in
from bench.memory import descendants, resident_mb
from stack.compose import engine_answers
from stack.processes import ProcessStack

READ_S = 4.0
CLIENTS = 16
JOBS = 40
IN_FLIGHT = 8
JWKS = "/.well-known/jwks.json"
PAST_THE_CACHE = {"Cookie": "any=1"}
RUN_ALL = {"REUSE_FOR_S": "0"}
UNLIMITED = {"gateway": {"REQUESTS_PER_MINUTE": "1000000"}, "image-service": RUN_ALL}
SHORT_OF_PATIENCE = {
    **UNLIMITED,
    "image-service": {**RUN_ALL, "INSTANCE_IDLE_S": "0.3", "FORK_SERVER_IDLE_S": "1.5"},
}
COLD_STARTS = 12
Row = tuple[str, str]


async def rate(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None
) -> float:
    """Answers a second of one read, asked by CLIENTS clients for READ_S seconds."""
    done = 0
    end = time.monotonic() + READ_S

    async def ask() -> None:
        nonlocal done
        while time.monotonic() < end:
            async with session.get(url, headers=headers) as answer:
                assert answer.status == 200, answer.status
                await answer.read()
            done += 1

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done / READ_S


async def reads(session: aiohttp.ClientSession, stack: ProcessStack) -> list[Row]:
    straight = await rate(session, stack.url("user-service") + JWKS)
    gateway = await rate(session, stack.url("gateway") + JWKS)
    rows = [
        ("read, straight from its service", f"{straight:7.0f} /s"),
        ("read, through the gateway", f"{gateway:7.0f} /s   {gateway / straight:.2f} of straight"),
    ]
    if "edge" in stack.children:
        edge = await rate(session, stack.base_url + JWKS, PAST_THE_CACHE)
        cached = await rate(session, stack.base_url + JWKS)
        rows += [
            (
                "read, through nginx and the gateway",
                f"{edge:7.0f} /s   {edge / gateway:.2f} of the gateway",
            ),
            (
                "read, from nginx's cache",
                f"{cached:7.0f} /s   {cached / gateway:.2f} of the gateway",
            ),
        ]
    return rows


def one_job(
    session: aiohttp.ClientSession, picture: bytes, operation: str
) -> Callable[[], Awaitable[float]]:
    """Seconds from submit to result."""

    async def run() -> float:
        form = aiohttp.FormData({"operations": operation})
        form.add_field("image", picture, filename="picture")
        started = time.perf_counter()
        headers = {"Prefer": "wait=30"}
        async with session.post("/v1/analyses", data=form, headers=headers) as answer:
            analysis = await answer.json()
        assert analysis["status"] == "succeeded", analysis
        return time.perf_counter() - started

    return run


async def jobs(name: str, run: Callable[[], Awaitable[float]]) -> list[Row]:
    await run()
    alone = sorted([await run() for _ in range(JOBS)])
    started = time.perf_counter()
    places = asyncio.Semaphore(IN_FLIGHT)

    async def in_turn() -> None:
        async with places:
            await run()

    await asyncio.gather(*(in_turn() for _ in range(JOBS)))
    together = JOBS / (time.perf_counter() - started)
    p95 = alone[int(0.95 * JOBS) - 1]
    return [
        (
            f"{name}, one at a time",
            f"{statistics.median(alone) * 1000:7.1f} ms p50  {p95 * 1000:.1f} ms p95",
        ),
        (f"{name}, {IN_FLIGHT} at a time", f"{together:7.1f} jobs/s"),
    ]


def pixel() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (1, 1)).save(target, "PNG")
    return target.getvalue()


async def measure(stack: ProcessStack) -> list[Row]:
    astronaut = (CACHE / "samples" / "astronaut.png").read_bytes()
    memory = [
        (f"idle memory, {name}", f"{resident_mb(child.pid):7.1f} MB")
        for name, child in stack.children.items()
    ]
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        rows = await reads(session, stack)
    async with sign_in(stack.base_url) as session:
        nothing = one_job(session, pixel(), "metadata")
        rows += await jobs("submit to result, next to nothing (metadata of one pixel)", nothing)
        faces = one_job(session, astronaut, "faces")
        rows += await jobs("submit to result, faces (512 px)", faces)
    return rows + memory


async def from_zero(stack: ProcessStack) -> list[Row]:
    """What a picture costs that finds no instance, at both depths, over one that finds a warm one;
    and what is left of the worker at the deeper."""
    coffee = (CACHE / "samples" / "coffee.png").read_bytes()
    worker = stack.children["image-service"].pid
    async with sign_in(stack.base_url) as session:
        run = one_job(session, coffee, "faces")
        warm = statistics.median([await run() for _ in range(COLD_STARTS)])
        rows = [("submit to result, warm instance", f"{warm * 1000:7.1f} ms p50")]
        for depth, processes in (("fork server is there", 1), ("nothing is there", 0)):
            times = []
            for _ in range(COLD_STARTS):
                await until_left(worker, processes)
                times.append(await run())
            more = (statistics.median(times) - warm) * 1000
            rows.append((f"more of it from zero, {depth}", f"{more:7.1f} ms p50"))
        await until_left(worker, 0)
        rows.append(("memory of the worker at zero", f"{resident_mb(worker):7.1f} MB"))
    return rows


async def until_left(worker: int, processes: int) -> None:
    async with asyncio.timeout(30):
        while len(descendants(worker)) > processes:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def contract_check() -> list[Row]:
    """What holding an answer to its contract costs the gateway, its JSON read as well where it is new."""
    source = f"{ROOT / 'gateway' / 'src'}:{ROOT / 'contracts' / 'src'}"
    script = Path(__file__).parent / "inside" / "contract_check.py"
    done = subprocess.run(
        [python("gateway"), script],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    size, new, known = done.stdout.split()
    return [
        (f"an answer held to its contract ({size} bytes), new", f"{float(new):7.1f} µs"),
        ("… one that is known", f"{float(known):7.1f} µs"),
    ]


def tracing_cost() -> list[Row]:
    """What spans cost a process, by the share of requests that is recorded."""
    source = f"{ROOT / 'gateway' / 'src'}:{ROOT / 'contracts' / 'src'}"
    script = Path(__file__).parent / "inside" / "tracing_cost.py"
    rows = []
    for ratio in ("1.0", "0.1"):
        done = subprocess.run(
            [python("gateway"), script, ratio],
            env={"PYTHONPATH": source},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        name = f"a request's two spans, {float(ratio):.0%} recorded"
        rows.append((name, f"{float(done.stdout):7.1f} µs"))
    return rows


def picture_cost() -> list[Row]:
    """CPU of a sample picture in the engine alone, one thread, at the median."""
    wanted = ("faces,colors,quality,hash,metadata", "codes", "labels", "moderation", "text")
    source = f"{ROOT / 'image-service' / 'src'}:{ROOT / 'contracts' / 'src'}"
    script = Path(__file__).parent / "inside" / "picture_cost.py"
    kept = {name: os.environ[name] for name in ("MODELS_DIR",) if os.environ.get(name)}
    done = subprocess.run(
        [python("image-service"), script, CACHE / "samples", *wanted],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": source, "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1", **kept},
        timeout=120,
        check=True,
    )
    costs = zip(wanted, done.stdout.split(), strict=True)
    return [(f"CPU of a picture: {name}", f"{float(cost):7.1f} ms") for name, cost in costs]


def search_cost() -> list[Row]:
    """What a search takes in the index alone, with 10⁵ pictures of a user against 10³."""
    source = f"{ROOT / 'result-service' / 'src'}:{ROOT / 'contracts' / 'src'}"
    script = Path(__file__).parent / "inside" / "search_cost.py"
    done = subprocess.run(
        [python("result-service"), script],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"},
        timeout=300,
        check=True,
    )
    rows = []
    for line in done.stdout.splitlines():
        name, few, many = line.split("\t")
        ratio = float(many) / float(few)
        rows.append((f"search: {name}", f"{float(many):7.2f}      {ratio:.2f} of 10³ pictures"))
    return rows


def job_cost(stack: ProcessStack) -> list[Row]:
    """What jobs and reads cost result-service, beside the calls of the store that they make. Announced where
    the stack's worker does not see it."""
    _, key, secret = stack.bucket()
    done = subprocess.run(
        [python("result-service"), Path(__file__).parent / "inside" / "job_cost.py", "100"],
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": f"{ROOT / 'result-service' / 'src'}:{ROOT / 'contracts' / 'src'}",
            "OPENBLAS_NUM_THREADS": "1",
            "AWS_ENDPOINT_URL_S3": stack.url("s3"),
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "REDIS_URL": stack.redis_url.rpartition("/")[0] + "/1",
        },
        timeout=120,
        check=True,
    )
    rows = []
    for line in done.stdout.splitlines():
        name, spent_ms, calls = line.split("\t")
        value = f"{float(spent_ms):7.2f} ms   {calls} calls of the store"
        rows.append((f"CPU of result-service: {name}", value))
    return rows


def queue_depth(stack: ProcessStack) -> list[Row]:
    """How long Redis stands still to tell what a queue holds, 20,000 users in line against ten."""
    done = subprocess.run(
        [python("result-service"), Path(__file__).parent / "inside" / "queue_depth.py"],
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": f"{ROOT / 'contracts' / 'src'}",
            "REDIS_URL": stack.redis_url.rpartition("/")[0] + "/2",
        },
        timeout=120,
        check=True,
    )
    few, many = map(float, done.stdout.split())
    return [
        ("what a queue holds, 20,000 users in line", f"{many:7.2f} ms   {many / few:.2f} of ten")
    ]


def main() -> None:
    with ProcessStack(settings=UNLIMITED) as stack:
        rows = asyncio.run(measure(stack))
        rows += asyncio.run(hot_reads.measure(stack))
        rows += job_cost(stack)
        rows += queue_depth(stack)
    with ProcessStack(settings=SHORT_OF_PATIENCE) as stack:
        rows += asyncio.run(from_zero(stack))
    rows += contract_check()
    rows += tracing_cost()
    rows += picture_cost()
    rows += search_cost()
    if engine_answers():
        folder = containers.pictures()
        rows += containers.rows(folder)
        rows += poison.rows(folder)
        rows += containers.memory_rows(folder)
        rows += edge.rows()
    width = max(len(name) for name, _ in rows)
    print(f"{CLIENTS} clients for {READ_S:g} s a read; stores in memory; load on the same machine")
    for name, value in rows:
        print(f"{name:{width}}  {value}")
    fallen = expected.fallen(rows)
    print("\n".join(["Worse than before:", *fallen]) if fallen else "Nothing is worse than before.")


if __name__ == "__main__":
    main()
