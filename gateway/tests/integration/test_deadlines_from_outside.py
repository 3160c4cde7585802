"""What a client says of a deadline changes nothing for anybody."""

import pytest
from conftest import Gateway


@pytest.mark.parametrize("given", ["0", "1", "20"])
async def test_a_clients_deadline_is_not_believed(gateway: Gateway, given: str) -> None:
    headers = {**gateway.auth(), "X-Request-Deadline-Ms": given}
    answers = [await gateway.client.get("/v1/analyses", headers=headers) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert int(gateway.results.seen_headers["X-Request-Deadline-Ms"]) > 1000


async def test_who_shows_nothing_cannot_spoil_what_is_told_of_the_availability(
    gateway: Gateway,
) -> None:
    for _ in range(30):
        await gateway.client.get("/v1/status", headers={"X-Request-Deadline-Ms": "0"})
    measured = gateway.wiring.objectives.report().objectives
    assert all(one.holds for one in measured if one.name.startswith("availability"))
