"""More workers and gateways share the load; going back to one loses nothing."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator

import pytest

from compose.load import Load
from conftest import User
from stack.compose import ComposeStack, docker

WORKERS, GATEWAYS = 3, 2
JOBS = 60
TAKERS_AT_MOST = 8


def test_load_is_shared_and_shrinking_loses_nothing(
    stack: ComposeStack, user: User, tiny: bytes
) -> None:
    grown = ["--scale", f"image-service={WORKERS}", "--scale", f"gateway={GATEWAYS}"]
    stack.up("--no-recreate", *grown)
    try:
        with Load(user, tiny) as load:
            load.more(JOBS)
            workers = {one: count(one, "report") for one in stack.containers("image-service")}
            gateways = {one: count(one, "request") for one in stack.containers("gateway")}
            stack.up("--no-recreate", "--scale", "image-service=1", "--scale", "gateway=1")
            load.more(10)
        load.check()
    finally:
        stack.up("--no-recreate", "--scale", "image-service=1", "--scale", "gateway=1")
    assert len(workers) == WORKERS
    assert len(gateways) == GATEWAYS
    assert min(workers.values()) > 0, workers
    assert min(gateways.values()) > 0, gateways
    assert len(stack.containers("image-service")) == len(stack.containers("gateway")) == 1


def count(container: str, event: str) -> int:
    """Lines of a container's log that tell of an event."""
    lines = [line for line in docker("logs", container).splitlines() if line.startswith("{")]
    events = Counter(json.loads(line).get("event") for line in lines)
    return events[event]


def test_a_gateway_with_a_new_address_is_found_again(
    stack: ComposeStack, user: User, tiny: bytes
) -> None:
    before = stack.inspect("gateway")["NetworkSettings"]["Networks"]
    network = next(name for name in before if name.endswith("_edge"))
    with Load(user, tiny) as load:
        stack.compose("rm", "--stop", "--force", "gateway")
        with others_on(network, before[network]["IPAddress"]):
            stack.compose("up", "--detach", "--no-deps", "--wait", "gateway")
            stack.wait_until_ready()
            load.more(5)
    load.check()


@contextlib.contextmanager
def others_on(network: str, address: str) -> Iterator[None]:
    """Containers on a network, one of which has taken the address."""
    started: list[str] = []
    try:
        for _ in range(TAKERS_AT_MOST):
            command = ("run", "--detach", "--rm", "--network", network, "--entrypoint", "sleep")
            started.append(docker(*command, "sightline/secrets", "120").strip())
            asked = f'{{{{(index .NetworkSettings.Networks "{network}").IPAddress}}}}'
            if docker("inspect", "--format", asked, started[-1]).strip() == address:
                break
        else:
            pytest.fail("the address was not to be had")
        yield
    finally:
        if started:
            docker("rm", "--force", *started)
