"""What the gateway needs of image-service."""

import pytest
from asking import OBJECTIVES, Asking
from pact import match
from sightline_testing.pacts import Call, Scenario, Written

from gateway.errors import OperationUnavailable

PACT = Written("gateway", "image-service")
LIVE = {
    "instances": match.int(0),
    "warm": match.int(0),
    "busy": match.int(0),
    "queue_depth": match.int(0),
    "oldest_age_s": match.number(0.5),
    "cold_starts": match.int(0),
}


@PACT.calls(
    Call(
        "the state of the function",
        "GET",
        "/v1/function",
        200,
        answer={
            "memory_mb": match.int(512),
            "timeout_s": match.number(30.5),
            "max_attempts": match.int(3),
            "max_event_age_s": match.number(21600.5),
            "reserved_concurrency": None,
            "live": LIVE,
        },
    )
)
async def the_function_is_shown(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/function")
    assert (answer.status_code, answer.json()["memory_mb"]) == (200, 512)


@PACT.calls(
    Call(
        "which engines there are",
        "GET",
        "/v1/engines",
        200,
        answer={
            "engines": match.each_like(
                {"name": match.str("local"), "operations": match.each_like("faces"), "off": {}},
                min=1,
            )
        },
    )
)
async def an_engine_that_is_not_configured_is_refused(gateway: Asking) -> None:
    with pytest.raises(OperationUnavailable):
        await gateway.wiring.engines.require("clarifai")


@PACT.calls(
    Call("which image-service it is", "GET", "/version", 200, answer={"version": match.str("1")}),
    Call("how it keeps its objectives", "GET", "/objectives", 200, answer=OBJECTIVES),
)
async def its_state_is_shown(gateway: Asking) -> None:
    """Not whether it is ready: as its tests start it, it has no stores."""
    assert (await gateway.wiring.images.call("GET", "/version")).json()["version"] == "1"
    report = (await gateway.wiring.images.call("GET", "/objectives")).json()
    assert report["objectives"][0]["name"] == "latency-p95"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", PACT.scenarios, ids=str)
async def test_the_gateway_asks_and_reads_as_the_pact_says(
    gateway: Asking, scenario: Scenario
) -> None:
    with PACT.answering(scenario) as url, gateway.at("image-service", url):
        await scenario.drive(gateway)


def test_the_pact_is_the_committed_one() -> None:
    PACT.check()
