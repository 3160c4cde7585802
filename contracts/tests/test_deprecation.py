"""An operation that will go says so."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY

from sightline_contracts.deprecation import EXTENSION, DeprecationHeaders, deprecated


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(DeprecationHeaders)

    @app.get("/old/{name}", **deprecated("2027-01-01", sunset="2027-07-01", instead="/new"))
    def old(name: str) -> str:
        return name

    @app.get("/new")
    def new() -> str:
        return "new"

    return app


def counted() -> float:
    labels = {"method": "GET", "route": "/old/{name}"}
    return REGISTRY.get_sample_value("http_deprecated_requests_total", labels) or 0.0


def test_each_answer_tells_since_when_until_when_and_what_instead(app: FastAPI) -> None:
    before = counted()
    answer = TestClient(app).get("/old/one")
    assert answer.headers["Deprecation"] == "@1798761600"
    assert answer.headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert answer.headers["Link"] == '</new>; rel="successor-version"'
    assert counted() == before + 1


def test_others_say_nothing(app: FastAPI) -> None:
    before = counted()
    answer = TestClient(app).get("/new")
    assert not {"deprecation", "sunset", "link"} & set(answer.headers)
    assert TestClient(app).get("/nothing").status_code == 404
    assert counted() == before


def test_the_document_tells_it(app: FastAPI) -> None:
    operation = app.openapi()["paths"]["/old/{name}"]["get"]
    assert operation["deprecated"] is True
    assert operation[EXTENSION] == {
        "since": "2027-01-01",
        "sunset": "2027-07-01",
        "instead": "/new",
    }


@pytest.mark.parametrize(
    ("since", "sunset"), [("2027-01-01", "2027-01-01"), ("soon", "2027-01-01")]
)
def test_days_are_in_their_order(since: str, sunset: str) -> None:
    with pytest.raises(ValueError, match=r"deprecated|isoformat"):
        deprecated(since, sunset=sunset, instead="/new")
