"""Who may call what: as much as the pacts say, and no more."""

import json
from pathlib import Path
from typing import Any

import pytest

from sightline_contracts import loader
from sightline_contracts.service_identity import OPEN

CLI = {
    "GET /v1/dead-letters",
    "GET /v1/dead-letters/{analysis_id}",
    "POST /v1/dead-letters/{analysis_id}/redrive",
}
"""Of `python -m image_service dead-letters`, which no pact has."""
PACTS = sorted((loader.ROOT / "pacts").glob("*.json"))


@pytest.mark.parametrize("pact", PACTS, ids=lambda one: one.stem)
def test_each_may_do_what_its_pact_says_and_no_more(pact: Path) -> None:
    consumer, _, provider = pact.stem.partition("--")
    allowed = set(json.loads((loader.ROOT / "callers" / f"{provider}.json").read_text())[consumer])
    needed = {
        operation
        for one in json.loads(pact.read_text())["interactions"]
        if "request" in one and (operation := _operation(provider, one["request"])) is not None
    }
    assert needed - allowed == set()
    assert allowed - needed <= (CLI if consumer == "image-service" else set())


def _operation(provider: str, request: dict[str, Any]) -> str | None:
    """As in the contract, the one with the fewest variables; None for what is open to all."""
    if request["path"] in OPEN:
        return None
    names = [
        f"{method.upper()} {path}"
        for path, methods in loader.openapi(provider)["paths"].items()
        for method in methods
    ]
    asked = f"{request['method']} {request['path']}"
    found = [name for name, pattern in loader._patterns(tuple(names)) if pattern.fullmatch(asked)]
    return min(found, key=lambda name: name.count("{"))
