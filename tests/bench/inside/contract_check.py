"""Microseconds that the gateway's look at one answer takes: `python contract_check.py`.

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


def main() -> None:
    contract, body = Contract("result-service"), json.dumps(analysis()).encode()
    for times in (TIMES, TIMES):  # the first time round is to be warm
        started = time.perf_counter()
        for _ in range(times):
            _, violation = contract.read("GET", PATH, 200, "application/json", body)
            assert violation is None, violation
        seconds = time.perf_counter() - started
    print(len(body), seconds / TIMES * 1e6)


if __name__ == "__main__":
    main()
