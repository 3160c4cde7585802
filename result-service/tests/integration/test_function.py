"""The function's settings are kept until they are changed."""

from typing import Any

import pytest
from conftest import Service

PATH = "/v1/function"
UNSET = {
    "memory_mb": None,
    "timeout_s": None,
    "reserved_concurrency": None,
    "max_attempts": None,
    "max_event_age_s": None,
}


async def test_a_change_adds_to_the_earlier_ones(service: Service) -> None:
    assert (await service.client.get(PATH)).json() == UNSET
    await service.client.patch(PATH, json={"memory_mb": 1024})
    answer = await service.client.patch(PATH, json={"reserved_concurrency": 0})
    assert answer.json() == {**UNSET, "memory_mb": 1024, "reserved_concurrency": 0}
    await service.client.patch(PATH, json={"memory_mb": None})
    assert (await service.client.get(PATH)).json() == {**UNSET, "reserved_concurrency": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"memory_mb": 127},
        {"memory_mb": 10_241},
        {"timeout_s": 0},
        {"timeout_s": 901},
        {"reserved_concurrency": -1},
        {"max_attempts": 0},
        {"max_event_age_s": 59},
        {"max_event_age_s": 21_601},
        {"memory_mb": "512"},
        {"surprise": 1},
    ],
)
async def test_what_is_out_of_bounds_is_refused(service: Service, change: dict[str, Any]) -> None:
    answer = await service.client.patch(PATH, json=change)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert (await service.client.get(PATH)).json() == UNSET
