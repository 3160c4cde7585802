"""Figures that the API's schemas name are those that the contracts promise."""

from sightline_contracts import events, loader

from gateway.models.analyses import IMAGE_LIMIT, MAX_WAIT_S, OPERATIONS
from gateway.routes.account.browser_session import COOKIE_S


def test_an_image_may_be_as_large_as_result_service_stores_it() -> None:
    assert loader.sla("result-service").settings["image_limit_bytes"] == IMAGE_LIMIT


def test_a_wait_is_as_long_as_the_gateway_promises() -> None:
    assert loader.sla("gateway").settings["max_wait_s"] == MAX_WAIT_S


def test_the_cookie_lives_as_long_as_its_refresh_token() -> None:
    assert loader.sla("user-service").settings["refresh_token_ttl_s"] == COOKIE_S


def test_the_event_knows_no_operation_that_the_api_does_not() -> None:
    requested = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"]
    assert set(requested["operations"]["items"]["enum"]) <= set(OPERATIONS)
