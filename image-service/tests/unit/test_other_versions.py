"""What another version wrote is read: a field more is passed over, a field less has a meaning."""

from typing import Any

import pytest

from image_service.engines import vendor_limits
from image_service.upstream.function_settings import FunctionControl, FunctionSettings
from image_service.upstream.results import ResultService, Unreadable, WebhookMessage
from image_service.worker import result_reuse

DELIVERY = {
    "delivery_id": "1-an_01",
    "request_id": "r",
    "url": "http://a.test/",
    "body": "{}",
    "headers": {"webhook-id": "m"},
}
FUNCTION = FunctionSettings(512, 30.0, 3, 3600.0, (60.0, 120.0))
RESULT = {
    **{name: [] for name in result_reuse.PARTS},
    "image": {"sha256": "aa"},
    "schema_version": "1",
    "analysis_id": "an_1",
    "attempts": [],
    "receipt": {},
    "reused_from": None,
}


def test_a_webhook_with_a_field_more_is_sent() -> None:
    assert WebhookMessage.read({**DELIVERY, "priority": 1}) == WebhookMessage(**DELIVERY)  # type: ignore[arg-type]


def test_a_webhook_without_a_request_id_is_sent() -> None:
    less = {name: value for name, value in DELIVERY.items() if name != "request_id"}
    assert WebhookMessage.read(less).request_id == "-"


@pytest.mark.parametrize("missing", ["delivery_id", "url", "headers", "body"])
def test_a_webhook_without_what_sending_needs_is_unreadable(missing: str) -> None:
    with pytest.raises(Unreadable):
        WebhookMessage.read({name: value for name, value in DELIVERY.items() if name != missing})


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "x",
        7,
        {**DELIVERY, "headers": [1]},
        {**DELIVERY, "url": 7},
        {**DELIVERY, "headers": {"webhook-id": 7}},
    ],
)
def test_what_is_no_webhook_is_unreadable(given: Any) -> None:
    with pytest.raises(Unreadable):
        WebhookMessage.read(given)


class _Settings(ResultService):
    def __init__(self, **changes: Any) -> None:
        super().__init__("")
        self._changes = changes

    async def function_changes(self) -> dict[str, Any]:
        return self._changes


@pytest.mark.parametrize(
    "more",
    [{"priority": 1}, {"retry_delays": [1, 2]}, {"timeout_s": "long"}, {"max_attempts": True}],
)
async def test_function_settings_that_are_not_known_are_passed_over(more: dict[str, Any]) -> None:
    control = FunctionControl(_Settings(memory_mb=256, **more), FUNCTION)
    await control.follow()
    assert control.now == FunctionSettings(256, 30.0, 3, 3600.0, (60.0, 120.0))


async def test_without_function_settings_those_of_the_worker_hold() -> None:
    control = FunctionControl(_Settings(), FUNCTION)
    await control.follow()
    assert control.now == FUNCTION


def test_of_a_result_with_a_part_more_the_known_ones_are_used_again() -> None:
    assert result_reuse._parts({**RESULT, "emotions": []}) == {
        name: RESULT[name] for name in result_reuse.PARTS
    }


@pytest.mark.parametrize("less", ["metadata", "image", "schema_version"])
def test_a_result_with_a_part_less_is_not_used_again(less: str) -> None:
    assert (
        result_reuse._parts({name: part for name, part in RESULT.items() if name != less}) is None
    )


@pytest.mark.parametrize("changes", [{"schema_version": "2"}, {"image": []}, {"image": {}}])
def test_a_result_of_another_schema_is_not_used_again(changes: dict[str, Any]) -> None:
    assert result_reuse._parts({**RESULT, **changes}) is None


@pytest.mark.parametrize(
    ("kept", "kind", "reason"),
    [
        ('{"kind": "unwilling", "reason": "no", "more": 1}', "unwilling", "no"),
        ('{"kind": "resting", "reason": "no"}', "unavailable", "no"),
        ("{}", "unavailable", ""),
        ("[]", "unavailable", ""),
        ("no", "unavailable", ""),
    ],
)
def test_a_vendor_that_another_version_switched_off_is_off(
    kept: str, kind: str, reason: str
) -> None:
    off = vendor_limits._read_off(kept)
    assert (off.kind, str(off)) == (kind, reason)
