"""What is shared, through the edge: stored there, and shown to nobody once it is not shared any more."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from conftest import User


@pytest.fixture
def analysis_id(user: User, pictures: Path) -> str:
    return str(user.ended(user.submit_file(pictures / "coffee.png")["id"])["id"])


@pytest.fixture
def shared(user: User, analysis_id: str) -> dict[str, Any]:
    answer = user.post(f"/v1/analyses/{analysis_id}/share", json={"expires_in": 600})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def get(url: str, **headers: str) -> httpx2.Response:
    """As somebody without an account."""
    return httpx2.get(url, headers=headers, timeout=20)


def test_a_shared_picture_is_stored_and_asked_about_each_time(
    user: User, analysis_id: str, shared: dict[str, Any]
) -> None:
    other = user.post(f"/v1/analyses/{analysis_id}/share", json={"expires_in": 900}).json()
    first = get(shared["urls"]["preview"])
    assert (first.status_code, first.headers["Content-Type"]) == (200, "image/jpeg")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "X-Accel-Expires" not in first.headers
    again = get(shared["urls"]["preview"])
    assert again.content == first.content
    assert again.headers["X-Cache"] == "RefreshHit"
    part = get(shared["urls"]["preview"], Range="bytes=1-3")
    assert (part.status_code, part.content) == (206, first.content[1:4])
    tag = get(shared["urls"]["preview"], **{"If-None-Match": first.headers["ETag"]})
    assert tag.status_code == 304
    path = f"/v1/analyses/{analysis_id}/share/{shared['share_id']}"
    assert user.http.delete(path, headers=user.headers).status_code == 204
    for url in shared["urls"].values():
        assert get(url).status_code == 404
    assert get(other["urls"]["preview"]).content == first.content


def test_what_is_deleted_is_gone_at_once(
    user: User, analysis_id: str, shared: dict[str, Any]
) -> None:
    urls = shared["urls"].values()
    assert [get(url).status_code for url in urls] == [200, 200, 200]
    assert user.delete(analysis_id) == 204
    assert [get(url).status_code for url in urls] == [404, 404, 404]


def test_nothing_near_its_address_shows_anything(shared: dict[str, Any]) -> None:
    assert get(shared["url"]).headers["Content-Type"].startswith("text/html")
    for url in shared["urls"].values():
        assert get(url).status_code == 200
        address, _, query = url.partition("?")
        tries = (
            address,
            url[:-1],
            f"{url}&x=1",
            url.replace("/shared/", "/%73hared/"),
            url.replace("/shared/", "//shared/"),
            f"{address}%00?{query}",
            url.replace("expires=", "expires=9"),
        )
        for other in tries:
            assert get(other).status_code in (400, 404), other
        host = get(url, Host="other.test")
        assert (host.status_code, host.json()["type"]) == (404, "/problems/not-found")
