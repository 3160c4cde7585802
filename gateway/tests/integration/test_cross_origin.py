"""Pages of other origins."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from gateway.app import create_app
from gateway.settings import Settings
from gateway.web.cross_origin import read_origins
from gateway.wiring import real

APP, OTHER = "https://app.example.com", "https://evil.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,idempotency-key,content-type",
}


def client_of(origins: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(create_app(real(Settings(cors_allowed_origins=origins))))
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(f"{APP}, http://localhost:3000") as client:
        yield client


@pytest.mark.parametrize("origin", [APP, "http://localhost:3000"])
async def test_a_page_of_an_origin_that_is_named_may_ask(
    client: httpx2.AsyncClient, origin: str
) -> None:
    asked = await client.options("/v1/analyses", headers={"Origin": origin, **PREFLIGHT})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert "Access-Control-Allow-Credentials" not in asked.headers
    answer = await client.get("/v1/nothing", headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", [OTHER, "null", "https://app.example.com.evil.example"])
async def test_a_page_of_any_other_reads_nothing(client: httpx2.AsyncClient, origin: str) -> None:
    asked = await client.options("/v1/analyses", headers={"Origin": origin, **PREFLIGHT})
    assert asked.status_code == 400
    assert "Access-Control-Allow-Origin" not in asked.headers
    answer = await client.get("/v1/nothing", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_without_a_list_there_is_no_such_page() -> None:
    async with client_of("") as client:
        asked = await client.options("/v1/analyses", headers={"Origin": APP, **PREFLIGHT})
    assert asked.status_code == 405
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_origins_are_read() -> None:
    assert read_origins(" https://a.example , http://b.example:8080,") == [
        "https://a.example",
        "http://b.example:8080",
    ]


@pytest.mark.parametrize(
    "text", ["*", "https://*.example", "a.example", "https://a.example/", "ftp://a", "https://u@a"]
)
def test_what_is_no_origin_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        Settings(cors_allowed_origins=text)
