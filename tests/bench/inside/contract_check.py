"""Microseconds that the gateway's look at one answer takes, at a new one and at one that it knows:
`python contract_check.py`.

The answer is an analysis that has ended, with a result of ten faces.
"""

import json
import time
from typing import Any

from gateway.upstream.contract import Contract
from sightline_contracts import ids

TIMES = 2000
USER, ANALYSIS = ids.new_id("us"), ids.new_id("an")
PATH = f"/v1/users/{USER}/analyses/{ANALYSIS}"
FACE = {
    "box": {"left": 0.34, "top": 0.12, "width": 0.22, "height": 0.29},
    "confidence": 0.93,
    "landmarks": [{"type": name, "x": 0.4, "y": 0.2} for name in ("left_eye", "right_eye", "nose")],
}


def analysis() -> dict[str, Any]:
    metering = {
        "billed_ms": 61,
        "duration_ms": 60.4,
        "init_ms": 0.0,
        "memory_mb": 512,
        "gb_seconds": 0.0305,
        "engine_calls": 0,
    }
    given = {
        "kind": "upload",
        "image_url": None,
        "operations": ["faces"],
        "engine": "auto",
        "metadata": {},
    }
    return {
        "id": ANALYSIS,
        "status": "succeeded",
        "created_at": ids.now(),
        "started_at": ids.now(),
        "finished_at": ids.now(),
        "input": given,
        "attempts": 1,
        "error": None,
        "result": {"faces": [FACE] * 10},
        "retry_of": None,
        "request_id": "r",
        "metering": metering,
        "links": dict.fromkeys(("self", "result", "preview", "events"), "/v1/analyses"),
    }


def microseconds(contract: Contract, bodies: list[bytes]) -> float:
    """Of one look, at the mean."""
    started = time.perf_counter()
    for body in bodies:
        violation = contract.violation("GET", PATH, 200, "application/json", body)
        assert violation is None, violation
    return (time.perf_counter() - started) / len(bodies) * 1e6


def main() -> None:
    contract = Contract("result-service")
    bodies = [json.dumps({**analysis(), "attempts": n}).encode() for n in range(TIMES)]
    microseconds(contract, [bodies[0]])  # the validator is made for the first one
    print(len(bodies[0]), microseconds(contract, bodies), microseconds(contract, bodies))


if __name__ == "__main__":
    main()
