"""`make sla [RATE=20] [DURATION=30] [BASE_URL=http://127.0.0.1:8080]`: are the promises kept under load?

Puts the running system under an open-loop load and prints, for each objective of the gateway, what a
client measured, and then what each service says of itself. Ends with 0 when every objective was seen
often enough and holds. The load is bounded in number and time, and goes to this machine alone.
"""

import asyncio
import io
import ipaddress
import json
import os
import socket
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

from PIL import Image
from sightline_contracts import loader

from sla.load import Load, Refused, Sample
from sla.verdict import HEADING, Verdict, judge

RATE, DURATION = 20.0, 30.0
AT_MOST = {"RATE": 200.0, "DURATION": 600.0}
STATUS_S = 10
MISSED, USAGE = 1, 2


def picture() -> bytes:
    target = io.BytesIO()
    Image.effect_noise((256, 256), 60).save(target, "PNG")
    return target.getvalue()


def verdicts(samples: list[Sample]) -> list[Verdict]:
    return [judge(one, samples) for one in loader.sla("gateway").objectives]


def main() -> int:
    base_url = os.environ.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT', '8080')}"
    try:
        rate, seconds = _given("RATE", RATE), _given("DURATION", DURATION)
        _on_this_machine(base_url)
        samples = asyncio.run(Load(base_url, picture(), rate, seconds).run())
    except (Refused, OSError) as error:
        print(f"sla: {error}. Is the system running at {base_url}?", file=sys.stderr)
        return USAGE
    print(
        f"{rate:g} requests a second for {seconds:g} s, {len(samples)} samples, as a client saw them"
    )
    found = verdicts(samples)
    print(HEADING, *found, sep="\n")
    print("\nas the services say themselves")
    said = _status(base_url)
    for one in said:
        word = "ok" if one["holds"] else "MISSED"
        measured = "-" if one["measured"] is None else f"{one['measured']:.4g}"
        name = f"{one['service']} {one['name']}"
        print(
            f"{name:40} {one['target']:>8g} {measured:>10} {one['budget_left']:>8.0%} left  {word}"
        )
    return 0 if all(one.passed for one in found) and all(one["holds"] for one in said) else MISSED


def _given(name: str, default: float) -> float:
    value = float(os.environ.get(name) or default)
    if not 0 < value <= AT_MOST[name]:
        raise Refused(f"{name} is above 0 and at most {AT_MOST[name]:g}")
    return value


def _on_this_machine(base_url: str) -> None:
    """Raises Refused for an address elsewhere: nobody else is put under load."""
    host = urlsplit(base_url).hostname or ""
    addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    if not all(ipaddress.ip_address(one).is_loopback for one in addresses):
        raise Refused(f"{host} is not this machine")


def _status(base_url: str) -> list[dict[str, object]]:
    with urlopen(f"{base_url}/v1/status", timeout=STATUS_S) as answer:
        objectives: list[dict[str, object]] = json.load(answer)["objectives"]
        return objectives


if __name__ == "__main__":
    raise SystemExit(main())
