"""Dead letters are for admins, and come from result-service as they are."""

import pytest
from conftest import Gateway
from sightline_contracts import ids

BASE = "/v1/dead-letters"
ADMIN = "analyses:read analyses:write account admin"


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("GET", f"/{ids.new_id('an')}"), ("POST", f"/{ids.new_id('an')}/redrive")],
)
async def test_nobody_else_gets_in(gateway: Gateway, method: str, tail: str) -> None:
    answer = await gateway.client.request(method, BASE + tail, headers=gateway.auth())
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")
    assert (await gateway.client.request(method, BASE + tail)).status_code == 401


async def test_an_admin_lists_reads_and_redrives(gateway: Gateway) -> None:
    admin = gateway.auth(scope=ADMIN)
    listed = await gateway.client.get(BASE, params={"limit": 5}, headers=admin)
    assert listed.json()["asked"] == {"limit": "5"}
    analysis_id = ids.new_id("an")
    missing = await gateway.client.get(f"{BASE}/{analysis_id}", headers=admin)
    assert (missing.status_code, missing.json()["instance"]) == (404, f"{BASE}/{analysis_id}")
    redriven = await gateway.client.post(f"{BASE}/{analysis_id}/redrive", headers=admin)
    assert (redriven.status_code, redriven.json()["retry_of"]) == (202, analysis_id)
