"""What happens, and between which jobs: the same for the same seed."""

import random
from dataclasses import dataclass

NETWORKED = ("redis", "s3", "dynamodb", "user-service", "result-service", "image-service", "edge")
"""What the fault proxy stands before; the edge stands for the gateway."""
NETWORK_FAULTS = {
    "delay": (0.05, 0.4),
    "reset": (0, 400),
    "cut": (0, 400),
    "drip": (16, 256),
    "black-hole": (0, 0),
}
KILLED = {"image-service": 6, "gateway": 2, "user-service": 2, "result-service": 3}
INSTANCES = 6
"""Weights among the kills: of a service, and of a child of the worker's."""
DISTURBANCES = ("restart-redis", "flushall", "roll-back", "trim", "freeze")
DISTURBED_EACH = 6
"""So many kills, and each disturbance happens once more."""


@dataclass(frozen=True)
class Step:
    """`kind` is "job", "kill", "kill-instance", "remember" (what a roll-back goes back to), a
    disturbance or a network fault; a fault lasts `seconds`."""

    kind: str
    part: str = ""
    value: float = 0
    seconds: float = 0


def plan(jobs: int, kills: int, seed: int) -> list[Step]:
    """`jobs` jobs with everything else among them, none of it before the first job."""
    chance = random.Random(seed)  # repeatable, not secret
    events = [_kill(chance) for _ in range(kills)] + [_network(chance) for _ in range(kills)]
    for kind in DISTURBANCES:
        events += [Step(kind)] * -(-kills // DISTURBED_EACH)
    chance.shuffle(events)
    places = sorted(chance.randrange(1, jobs) for _ in events)
    steps = [Step("job")] * jobs
    for place, event in reversed(list(zip(places, events, strict=True))):
        steps.insert(place, event)
    for place in reversed([one for one, step in enumerate(steps) if step.kind == "roll-back"]):
        steps.insert(max(1, place - chance.randrange(5, 30)), Step("remember"))
    return steps


def _kill(chance: random.Random) -> Step:
    names = [*KILLED, ""]
    [part] = chance.choices(names, [*KILLED.values(), INSTANCES])
    return Step("kill", part) if part else Step("kill-instance")


def _network(chance: random.Random) -> Step:
    kind = chance.choice(list(NETWORK_FAULTS))
    value = chance.uniform(*NETWORK_FAULTS[kind])
    return Step(kind, chance.choice(NETWORKED), value, chance.uniform(0.3, 2.0))
