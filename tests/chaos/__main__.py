"""`make test-chaos JOBS=1000 KILLS=30 SEED=1`: jobs go in while parts die, forget, freeze and misbehave.

Prints what it does on stderr and one JSON line on stdout; ends with 1 unless every accepted job has
ended once, is billed once and was told to its webhook. STACK=compose: on containers. Traffic goes to 127.0.0.1 and to the
containers alone, and everything is bounded in count and time.
"""

import io
import json
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import httpx2
from minio import Minio
from PIL import Image
from redis import Redis
from redis.exceptions import RedisError

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.environments import SERVICES

from chaos.checker import check, holds
from chaos.clients import ASK_S, Clients
from chaos.deliveries import Report
from chaos.ground import LEASE_S, ChaosComposeStack, ChaosStack
from chaos.plan import NETWORK_FAULTS, Step, plan
from chaos.receiver import receiving
from stack.compose import OUTSIDE, bridge_address

AT_A_TIME = 8
STREAM, GROUP = "analysis.requested", "image-service"
Ground = ChaosStack | ChaosComposeStack


class Chaos:
    """Carries the plan out: jobs side by side, everything else one after another."""

    def __init__(self, ground: Ground, clients: Clients) -> None:
        self._ground = ground
        self._clients = clients
        self.interrupted: dict[str, float] = {}

    def run(self, steps: list[Step]) -> None:
        """A job waits until one of those before it has been accepted, so that events stay among
        the jobs. Raises what a job or an event raises. Parts are started by this thread, since
        they end with the one that started them."""
        address = self._ground.edge_address()
        under_way: set[Future[None]] = set()
        with (
            httpx2.Client(base_url=address, timeout=ASK_S, trust_env=False) as http,
            ThreadPoolExecutor(AT_A_TIME) as pool,
        ):
            for step in steps:
                if step.kind != "job":
                    _say(step)
                    self._do(step)
                    continue
                under_way.add(pool.submit(self._clients.run, http))
                if len(under_way) == AT_A_TIME:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for one in done:
                        one.result()
            for one in under_way:
                one.result()

    def _do(self, step: Step) -> None:
        ground = self._ground
        match step.kind:
            case "kill":
                if step.part == "image-service":
                    self._note_what_is_in_hand()
                ground.kill(step.part)
                ground.launch(step.part)
            case "kill-instance":
                self._note_what_is_in_hand()
                ground.kill_instance()
            case "freeze":
                self._note_what_is_in_hand()
                ground.pause("image-service")
                time.sleep(LEASE_S + 1)  # the point: longer than the lease
                ground.resume("image-service")
            case "restart-redis":
                ground.kill("redis")
                ground.launch("redis")
            case "remember":
                ground.remember_redis()
            case "roll-back":
                ground.roll_back_redis()
            case "flushall" | "trim":
                self._forget(step.kind)
            case kind if kind in NETWORK_FAULTS:
                ground.fault(step.part, kind, step.value)
                time.sleep(step.seconds)
                ground.fault(step.part, "pass", 0)

    def _forget(self, kind: str) -> None:
        with Redis.from_url(self._ground.redis_url, socket_timeout=5) as redis:
            try:
                redis.flushall() if kind == "flushall" else redis.xtrim(STREAM, maxlen=0)
            except RedisError as error:
                print(f"    {type(error).__name__}: it is away", file=sys.stderr)

    def _note_what_is_in_hand(self) -> None:
        """What is leased at this moment has to be picked up again, unless it has just ended."""
        with Redis.from_url(
            self._ground.redis_url, socket_timeout=5, decode_responses=True
        ) as redis:
            try:
                for held in redis.xpending_range(STREAM, GROUP, "-", "+", 100):
                    for _, fields in redis.xrange(STREAM, held["message_id"], held["message_id"]):
                        self.interrupted[json.loads(fields["event"])["subject"]] = time.time()
            except RedisError as error:
                print(f"    {type(error).__name__}: nothing is known", file=sys.stderr)


def run(jobs: int, kills: int, seed: int, *, compose: bool) -> Report:
    """One run on a system of its own. Raises StackError, NotSettled."""
    address, name = (bridge_address(), OUTSIDE) if compose else ("127.0.0.1", "127.0.0.1")
    with (
        receiving(address, name) as receiver,
        ChaosComposeStack(receiver.url) if compose else ChaosStack(receiver.url) as ground,
    ):
        clients = Clients(ground.base_url, _picture(), f"{receiver.url}/hook")
        clients.sign_up()
        chaos = Chaos(ground, clients)
        try:
            chaos.run(plan(jobs, kills, seed))
            ground.wait_until_ready()
        finally:
            _show_errors(ground)
        host, access_key, secret_key = ground.bucket()
        store = Minio(host, access_key, secret_key, secure=False)
        log = ground.log("result-service")
        return check(clients, ground.base_url, store, chaos.interrupted, log, receiver.messages)


def _show_errors(ground: Ground) -> None:
    """What the services call an error of theirs; trouble with others is a warning."""
    for service in SERVICES:
        for line in ground.log(service).splitlines():
            if '"level": "error"' in line:
                print(line, file=sys.stderr)


def _picture() -> bytes:
    target = io.BytesIO()
    Image.effect_noise((64, 64), 60).save(target, "PNG")
    return target.getvalue()


def _say(step: Step) -> None:
    shown = f"{step.kind} {step.part} {step.value:.2f} {step.seconds:.1f} s"
    print(shown if step.part else step.kind, file=sys.stderr, flush=True)


def main() -> int:
    jobs, kills, seed = (int(os.environ.get(name, "0")) for name in ("JOBS", "KILLS", "SEED"))
    report = run(jobs or 150, kills or 5, seed, compose=os.environ.get("STACK") == "compose")
    print(json.dumps(report))
    return 0 if holds(report) else 1


if __name__ == "__main__":
    raise SystemExit(main())
