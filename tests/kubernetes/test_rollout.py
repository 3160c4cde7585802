"""A new image takes the place of the one that runs, under load: no request fails, no analysis is lost.

There is no release with manifests yet from which an upgrade could begin: what is tried is the upgrade of each
service alone, by the tag of its image. ROLLOUTS=5 puts five in the place of each other.
"""

import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compose.load import Load
from compose.test_rollout import report
from compose.traffic import Traffic
from conftest import User
from stack.compose import OURS, docker
from stack.kubernetes import (
    IMAGES,
    WORKLOADS,
    KubernetesStack,
    kubectl,
    load,
    pods,
    tag_by_content,
)

ROLLOUTS = int(os.environ.get("ROLLOUTS", "1"))
AFTER = 20
"""Analyses accepted after one rollout, before the next."""
KILLS_FOR_S, KILL_EVERY_S = 60, 1
KILLED = (
    *["image-service"] * 3,
    "result-service",
    *["image-service"] * 3,
    "gateway",
    "user-service",
)
"""In turn: mostly who works, and who serves as often as new ones get ready on two cores that all share."""
BESIDE = 2
"""So many of each, of workers of each lane."""
ACCEPTED_AT_LEAST = 5
"""Most is refused while the machine does little but start pods: what is accepted is what counts."""


def new_image(stack: KubernetesStack, service: str, number: int, folder: Path) -> str:
    """As the one that runs, under another tag."""
    base = f"{IMAGES}/{service}:{stack.images[service]}"
    label = f"LABEL rollout={number}-{time.time_ns()}"
    (folder / "Dockerfile").write_text(f"FROM {base}\n{label}\n")
    name = f"{IMAGES}/{service}"
    docker("build", "--quiet", "--tag", name, str(folder))
    image = f"{name}:{tag_by_content(name)}"
    load(image)
    return image


def running(service: str) -> set[str]:
    """The images of all its pods."""
    return {one["spec"]["containers"][0]["image"] for one in pods(service)}


def check(traffic: Traffic) -> None:
    assert not traffic.failures, "\n".join(traffic.failures[:20])
    Load(traffic.user, traffic.picture, accepted=traffic.accepted).check()


@pytest.mark.parametrize("service", OURS)
def test_a_rollout_loses_nothing(
    stack: KubernetesStack,
    sign_up: Callable[[], User],
    tiny: bytes,
    service: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loads: list[Traffic] = []
    for number in range(ROLLOUTS):
        image = new_image(stack, service, number, tmp_path)
        with Traffic(sign_up(), tiny) as traffic:
            loads.append(traffic)
            kubectl("set", "image", *WORKLOADS[service], f"{service}={image}")
            stack.until_rolled_out(service)
            traffic.more(AFTER)
        assert running(service) == {image}
        check(traffic)
    with capsys.disabled():
        print(f"\n{service}: {ROLLOUTS} rollout(s), {report(loads)}")


def test_a_version_that_never_gets_ready_is_taken_back(
    stack: KubernetesStack, user: User, tiny: bytes
) -> None:
    (workload,) = WORKLOADS["gateway"]
    ran = running("gateway")
    bad = [{"op": "add", "path": "/spec/template/spec/containers/0/command", "value": ["false"]}]
    with Traffic(user, tiny) as traffic:
        kubectl("patch", workload, "--type=json", f"--patch={json.dumps(bad)}")
        traffic.more(AFTER)
        kubectl("rollout", "undo", workload)
        stack.until_rolled_out("gateway")
        traffic.more(AFTER)
    assert running("gateway") == ran
    check(traffic)


@pytest.fixture
def several(stack: KubernetesStack) -> Iterator[None]:
    def scale(count: int) -> None:
        for service in set(KILLED):
            kubectl("scale", *WORKLOADS[service], f"--replicas={count}")
        for service in set(KILLED):
            stack.until_rolled_out(service)

    scale(BESIDE)
    yield
    scale(1)


def test_pods_killed_each_second_lose_nothing(
    stack: KubernetesStack,
    user: User,
    tiny: bytes,
    several: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One at a time, at once and without a word; everything accepted ends once and is billed once."""
    killed: Counter[str] = Counter()
    with Load(user, tiny, edge_dies=True) as load:
        end = time.monotonic() + KILLS_FOR_S
        for service in itertools.cycle(KILLED):
            if time.monotonic() > end:
                break
            due = time.monotonic() + KILL_EVERY_S
            one = random.choice(pods(service))["metadata"]["name"]
            at_once = ("--grace-period=0", "--force", "--wait=false", "--ignore-not-found")
            kubectl("delete", "pod", one, *at_once)
            killed[service] += 1
            time.sleep(max(0, due - time.monotonic()))  # the pace is what is tried
    for service in OURS:
        stack.until_rolled_out(service)
    stack.wait_until_ready()
    load.check()
    with capsys.disabled():
        print(
            f"\n{killed.total()} pods killed in {KILLS_FOR_S} s ({dict(killed)}): {len(load.accepted)} analyses"
            f" accepted, lost 0, doubled 0, each billed once; {len(load.refused)} refused with Retry-After"
        )
    assert len(load.accepted) >= ACCEPTED_AT_LEAST
