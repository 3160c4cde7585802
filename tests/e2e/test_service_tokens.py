"""Whoever is on the network and is none of the services gets nothing from them."""

import json

import httpx2
import pytest
from sightline_contracts import loader

from stack.processes import ProcessStack

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]

OPEN = ("/livez", "/readyz", "/version", "/objectives", "/metrics", "/.well-known/jwks.json")
CALLEES = ("user-service", "result-service", "image-service")
ALIKE = {
    "{user_id}": "us_01k0000000000000000000000a",
    "{analysis_id}": "an_01k0000000000000000000000a",
}


@pytest.fixture
def stack(own_stack: ProcessStack | None) -> ProcessStack:
    if not isinstance(own_stack, ProcessStack):
        pytest.skip("the services cannot be reached from here; compose/ asks from inside")
    return own_stack


def operations(service: str) -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, methods in loader.openapi(service)["paths"].items()
        for method in methods
        if path not in OPEN
    ]


@pytest.mark.parametrize("service", CALLEES)
def test_no_operation_answers_without_a_token(stack: ProcessStack, service: str) -> None:
    refused = 0
    with httpx2.Client(base_url=stack.url(service), trust_env=False, timeout=10) as client:
        for method, template in operations(service):
            path = template
            for name, value in ALIKE.items():
                path = path.replace(name, value)
            answers = [
                client.request(method, path),
                client.request(method, path, headers={"Authorization": "Bearer a.b.c"}),
                client.request(method, path, headers={"X-Service": "gateway", "Host": "gateway"}),
            ]
            for answer in answers:
                assert answer.status_code == 401, (method, path, answer.text)
                if method != "HEAD":
                    assert answer.json()["type"] == "/problems/caller-unknown"
                refused += 1
    assert refused == 3 * len(operations(service)) > 0


@pytest.mark.parametrize("service", CALLEES)
def test_probes_need_none(stack: ProcessStack, service: str) -> None:
    with httpx2.Client(base_url=stack.url(service), trust_env=False, timeout=10) as client:
        for path in ("/livez", "/readyz", "/version", "/metrics"):
            assert client.get(path).status_code == 200


def test_who_may_call_is_written_down_for_each_that_is_called() -> None:
    for service in CALLEES:
        callers = json.loads((loader.ROOT / "callers" / f"{service}.json").read_text())
        known = {f"{method} {path}" for method, path in operations(service)}
        assert {one for allowed in callers.values() for one in allowed} <= known


def test_a_new_key_is_taken_up_and_nothing_fails(stack: ProcessStack, sign_up: object) -> None:
    """As `secrets rotate` does under compose; here with a gateway that starts anew."""
    seed = stack._run / "gateway.seed"
    before = seed.read_bytes()
    published = stack._run / "service-keys" / "gateway"
    names = {file.name for file in published.iterdir()}
    seed.write_bytes(bytes(reversed(before)))
    stack.reconfigure("gateway")
    answer = httpx2.get(f"{stack.base_url}/v1/status", trust_env=False, timeout=10).json()
    assert {one["state"] for one in answer["services"]} <= {"ok", "degraded"}
    assert {file.name for file in published.iterdir()} > names
