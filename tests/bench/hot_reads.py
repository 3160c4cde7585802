"""What clients read most, through the gateway with a token: answers a second, CPU of the gateway for each, and
what the same clients get straight from the service behind.

`python tests/bench/hot_reads.py` measures it alone.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "contracts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.environments import CACHE, ROOT, python

from bench.client import TIMEOUT, sign_in
from stack.processes import ProcessStack

READ_S = 1.0
ROUNDS = 5
CLIENTS = 16
LISTED = 20
OPERATIONS = ("faces", "colors", "quality", "hash", "metadata")
TICKS = os.sysconf("SC_CLK_TCK")
Row = tuple[str, str]
Read = tuple[str, dict[str, str]]
"""Address and headers."""


def cpu_s(process: int) -> float:
    """Seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def rate(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> tuple[int, float]:
    """Answers of CLIENTS clients within READ_S seconds, and the seconds they took."""
    done, began = 0, time.monotonic()

    async def ask() -> None:
        nonlocal done
        while time.monotonic() < began + READ_S:
            async with session.get(url, headers=headers) as answer:
                assert answer.status == 200, answer.status
                await answer.read()
            done += 1

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done, time.monotonic() - began


async def submit(session: aiohttp.ClientSession, picture: bytes) -> str:
    form = aiohttp.FormData([("operations", one) for one in OPERATIONS])
    form.add_field("image", picture, filename="picture")
    async with session.post("/v1/analyses", data=form, headers={"Prefer": "wait=30"}) as answer:
        analysis = await answer.json()
    assert analysis["status"] == "succeeded", analysis
    return str(analysis["id"])


async def measure(stack: ProcessStack) -> list[Row]:
    """A row for each read: through the gateway, and straight from its service."""
    picture = (CACHE / "samples" / "astronaut.png").read_bytes()
    async with sign_in(stack.base_url, "reads@example.test") as session:
        last = [await submit(session, picture) for _ in range(LISTED)][-1]
        async with session.get("/v1/me") as answer:
            user = (await answer.json())["id"]
        bearer = {"Authorization": session.headers["Authorization"]}
    results, users = "result-service", "user-service"
    behind = f"/v1/users/{user}"
    reads = {
        "one analysis": (f"/v1/analyses/{last}", results, f"{behind}/analyses/{last}"),
        "its result": (f"/v1/analyses/{last}/result", results, f"{behind}/analyses/{last}/result"),
        f"a list of {LISTED}": (
            f"/v1/analyses?limit={LISTED}",
            results,
            f"{behind}/analyses?limit={LISTED}",
        ),
        "/v1/me": ("/v1/me", users, behind),
        "public keys": ("/.well-known/jwks.json", users, "/.well-known/jwks.json"),
    }
    process = stack.children["gateway"].pid
    rows = []
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        for name, (path, service, straight) in reads.items():
            through = stack.url("gateway") + path, {} if name == "public keys" else bearer
            direct = stack.url(service) + straight, _as_gateway(stack, service)
            found = [await compared(session, process, through, direct) for _ in range(ROUNDS)]
            per_s, share, spent_ms = (statistics.median(one) for one in zip(*found, strict=True))
            value = (
                f"{per_s:7.0f} /s   {share:.2f} of straight   {spent_ms:.2f} ms CPU of the gateway"
            )
            rows.append((f"read, {name}", value))
    return rows


async def compared(
    session: aiohttp.ClientSession, gateway: int, through: Read, direct: Read
) -> tuple[float, float, float]:
    """Answers a second through the gateway, their share of those straight from the service right after it, and
    milliseconds of the gateway's CPU for each."""
    before = cpu_s(gateway)
    done, took_s = await rate(session, *through)
    spent_ms = (cpu_s(gateway) - before) / done * 1000
    alone, alone_s = await rate(session, *direct)
    return done / took_s, done / took_s / (alone / alone_s), spent_ms


def _as_gateway(stack: ProcessStack, service: str) -> dict[str, str]:
    """The headers by which a service knows the gateway, for a minute."""
    seed = stack.secret("gateway.seed")
    done = subprocess.run(
        [
            python("gateway"),
            Path(__file__).parent / "inside" / "service_token.py",
            "gateway",
            seed,
            service,
        ],
        env={"PYTHONPATH": str(ROOT / "contracts" / "src")},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return {"Authorization": done.stdout.strip()}


def main() -> None:
    settings = {
        "gateway": {"REQUESTS_PER_MINUTE": "1000000"},
        "image-service": {"REUSE_FOR_S": "0"},
    }
    with ProcessStack(settings=settings, with_nginx=False) as stack:
        for name, value in asyncio.run(measure(stack)):
            print(f"{name:24}{value}")


if __name__ == "__main__":
    main()
