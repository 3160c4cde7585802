"""user-service on a table of its own."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from sightline_contracts import ids
from sightline_testing import stores

from user_service.app import create_app
from user_service.settings import Settings
from user_service.wiring import Wiring, real

SERVER_KEY = bytes(range(32))
PASSWORD = "correct horse"
QUOTA = 3


@pytest.fixture(scope="session", params=["moto", "dynamodb-local"])
def dynamodb(request: pytest.FixtureRequest) -> Iterator[str]:
    """DynamoDB Local where there is a Docker engine, and the embedded one."""
    start = {"moto": stores.moto, "dynamodb-local": stores.dynamodb_local}
    with start[request.param]() as store, pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment("DYNAMODB").items():
            patch.setenv(name, value)
        yield store.endpoint


@dataclass
class Service:
    client: httpx2.AsyncClient
    wiring: Wiring

    async def sign_up(self, **changes: Any) -> dict[str, Any]:
        body = {"email": f"{uuid.uuid4().hex}@example.test", "password": PASSWORD, **changes}
        answer = await self.client.post("/v1/users", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def token(self, headers: dict[str, str] | None = None, **form: str) -> httpx2.Response:
        return await self.client.post("/v1/oauth/token", data=form, headers=headers)

    async def sign_in(
        self,
        user: dict[str, Any],
        password: str = PASSWORD,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        form = {"grant_type": "password", "username": user["email"], "password": password}
        answer = await self.token(headers, **form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sessions(
        self, user: dict[str, Any], headers: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/users/{user['id']}/sessions", headers=headers)
        return list(answer.json()["items"])

    async def events(self, user: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/users/{user['id']}/events", params={"limit": "100"})
        return list(answer.json()["items"])

    async def kinds(self, user: dict[str, Any]) -> list[str]:
        """Of what the trail tells, newest first."""
        return [one["kind"] for one in await self.events(user)]

    async def reserve(self, user: dict[str, Any], analysis_id: str | None = None) -> Any:
        analysis_id = analysis_id or ids.new_id("an")
        return await self.client.put(f"/v1/users/{user['id']}/reservations/{analysis_id}")

    async def settle(self, user: dict[str, Any], analysis_id: str, **changes: Any) -> Any:
        return await self.settle_all(ended(user, analysis_id, **changes))

    async def settle_all(self, *analyses: dict[str, Any]) -> Any:
        return await self.client.post("/v1/settlements", json={"analyses": list(analyses)})

    async def usage(self, user: dict[str, Any], **query: Any) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/users/{user['id']}/usage", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def ended(
    user: dict[str, Any], analysis_id: str, status: str = "succeeded", **changes: Any
) -> dict[str, Any]:
    metering = {
        "billed_ms": 61,
        "duration_ms": 60.4,
        "init_ms": 0.0,
        "memory_mb": 512,
        "gb_seconds": 0.0305,
        "engine_calls": 0,
        **changes,
    }
    return {
        "user_id": user["id"],
        "analysis_id": analysis_id,
        "finished_at": ids.now(),
        "status": status,
        "metering": metering,
    }


@pytest.fixture
async def service(dynamodb: str) -> AsyncIterator[Service]:
    settings = Settings(table_name=f"users-{uuid.uuid4().hex}", monthly_quota=QUOTA)
    wiring = real(settings, SERVER_KEY)
    await wiring.table.create()
    await wiring.signing_keys.ensure()
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://users") as client:
        yield Service(client, wiring)
    wiring.table.close()
