"""Vendors' engines behind the public API: their services are stubs, all else is the system."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sightline_testing.vendors import clarifai, rekognition
from sightline_testing.vendors.clarifai import clarifai_stub
from sightline_testing.vendors.rekognition import rekognition_stub
from sightline_testing.vendors.stub import Stub

from conftest import FAST, PASSWORD, User, until
from stack.processes import ProcessStack

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]


@dataclass(frozen=True)
class Configured:
    """A system with accounts of both vendors."""

    user: User
    clarifai: Stub
    rekognition: Stub


@pytest.fixture(scope="module")
def configured() -> Iterator[Configured]:
    with clarifai_stub() as one, rekognition_stub() as other:
        engines = {
            "ENGINE_CLARIFAI_KEY": clarifai.KEY,
            "ENGINE_CLARIFAI_BASE_URL": one.url,
            "ENGINE_REKOGNITION_REGION": rekognition.REGION,
            "ENGINE_REKOGNITION_ACCESS_KEY_ID": rekognition.ACCESS_KEY_ID,
            "ENGINE_REKOGNITION_SECRET_ACCESS_KEY": rekognition.SECRET_ACCESS_KEY,
            "ENGINE_REKOGNITION_ENDPOINT_URL": other.url,
            "ENGINE_ORDER": "labels=clarifai,rekognition,local",
        }
        settings = {**FAST, "image-service": {**FAST["image-service"], **engines}}
        with (
            ProcessStack(settings=settings, with_nginx=False) as stack,
            httpx2.Client(base_url=stack.base_url, timeout=60, trust_env=False) as http,
        ):
            http.post("/v1/users", json={"email": "a@example.test", "password": PASSWORD})
            form = {"grant_type": "password", "username": "a@example.test", "password": PASSWORD}
            token = http.post("/v1/oauth/token", data=form).json()["access_token"]
            user = User(http, "a@example.test", {"Authorization": f"Bearer {token}"})
            yield Configured(user, one, other)


@pytest.fixture
def vendors(configured: Configured) -> Configured:
    """As on a good day."""
    for stub in (configured.clarifai, configured.rekognition):
        stub.always(None)
        stub.requests.clear()
    return configured


def ended(user: User, picture: Path, **fields: Any) -> Any:
    data = {name: value for name, value in fields.items() if value is not None}
    answer = user.post("/v1/analyses", files={"image": picture.read_bytes()}, data=data)
    assert answer.status_code == 202, answer.text
    return user.ended(answer.json()["id"])


@pytest.mark.parametrize(("engine", "label"), [("clarifai", "train"), ("rekognition", "Car")])
def test_a_vendor_finds_and_its_calls_are_billed(
    vendors: Configured, pictures: Path, engine: str, label: str
) -> None:
    analysis = ended(
        vendors.user,
        pictures / "coffee.png",
        operations=["labels", "faces", "hash"],
        engine=engine,
        raw_answers="true",
    )
    result = analysis["result"]
    assert result["labels"][0]["name"] == label
    assert [(one["operation"], one["name"]) for one in result["engines"]] == [
        ("labels", engine),
        ("faces", engine),
        ("hash", "local"),
    ]
    assert result["engines"][0]["raw"]
    assert result["engines"][2]["raw"] is None
    assert analysis["metering"]["engine_calls"] == 2

    def billed() -> Any:
        lines = vendors.user.usage()["line_items"]
        return next((one for one in lines if one["analysis_id"] == analysis["id"]), None)

    line = until(billed)
    assert line["engine_calls"] == 2
    assert float(line["amount"]) >= 0.002  # two calls at the price that is set


def test_auto_goes_down_its_order_and_the_status_page_says_why(
    vendors: Configured, pictures: Path
) -> None:
    vendors.clarifai.always(clarifai.error("CONN_EXCEED_MONTHLY_LIMIT"))
    result = ended(vendors.user, pictures / "coffee.png", operations=["labels"])["result"]
    [engine] = result["engines"]
    assert (engine["name"], engine["degraded"]) == ("rekognition", True)
    status = vendors.user.get("/v1/status").json()
    off = {one["name"]: one["off"] for one in status["engines"]}
    assert off["clarifai"] == {"*": "It answers 11004 (402)."}
    assert off["local"] == off["rekognition"] == {}
    state = {one["name"]: one["state"] for one in status["services"]}
    assert state["image-service"] == "degraded"


def test_batches_and_retries_keep_the_engine(vendors: Configured, pictures: Path) -> None:
    first = ended(vendors.user, pictures / "coffee.png", operations=["faces"], engine="rekognition")
    again = vendors.user.post(f"/v1/analyses/{first['id']}/retry").json()
    assert again["input"]["engine"] == "rekognition"
    [engine] = vendors.user.ended(again["id"])["result"]["engines"]
    assert engine["name"] == "rekognition"


def test_an_engine_that_nobody_configured_is_refused_at_once(
    sign_up: Callable[[], User], pictures: Path
) -> None:
    user = sign_up()
    answer = user.post(
        "/v1/analyses",
        files={"image": (pictures / "coffee.png").read_bytes()},
        data={"engine": "clarifai"},
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/operation-unavailable"
    assert answer.json()["errors"] == [{"pointer": "/engine", "detail": "not configured"}]
    used = user.get("/v1/me/usage").json()["quota"]
    assert (used["used"], used["reserved"]) == (0, 0)
