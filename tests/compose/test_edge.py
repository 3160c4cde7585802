"""What the edge's image adds to nginx as it comes: brotli, Age, and the limit of one address."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2

from conftest import User, until

REQUESTS = 600
CLIENTS = 24


def test_brotli_where_the_client_knows_it(user: User) -> None:
    answer = user.http.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_stored_answer_tells_its_age(user: User) -> None:
    path = "/docs/swagger-ui.css"
    stored = until(lambda: _hit(user.http.get(path)))
    assert int(stored.headers["Age"]) >= 0
    older = until(lambda: _older(user.http.get(path), int(stored.headers["Age"])))
    assert older.headers["Cache-Control"] == "public, max-age=86400"
    assert "Age" not in user.http.get("/").headers


def _hit(answer: httpx2.Response) -> httpx2.Response | None:
    return answer if answer.headers["X-Cache"] == "Hit" else None


def _older(answer: httpx2.Response, age: int) -> httpx2.Response | None:
    return answer if int(answer.headers["Age"]) > age else None


def test_an_upload_is_what_was_signed_and_nothing_else(user: User) -> None:
    """The store's own refusals, in the shape of all others."""
    wanted = {"content_type": "image/png", "size": 4}
    url = user.post("/v1/uploads", json=wanted).json()["url"]
    good, headers = b"\x89PNG", {"Content-Type": "image/png"}
    tries = [
        (url, good + b"!", headers), (url, good, {"Content-Type": "text/html"}),
        (url.partition("?")[0], good, headers), (url.replace("up_", "up_0")[:-1], good, headers),
        (url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000"), good, headers),
    ]  # fmt: skip
    for address, content, given in tries:
        answer = user.http.put(address, content=content, headers=given)
        assert answer.status_code in (403, 404), address
        assert answer.json()["type"] in ("/problems/forbidden", "/problems/not-found")
    assert user.http.put(url, content=good, headers=headers).status_code == 200


def test_an_answer_is_asked_for_again_when_its_time_is_up(user: User) -> None:
    """The status may be a second old."""
    results = set()

    def both() -> bool | None:
        results.add(user.http.get("/v1/status").headers["X-Cache"])
        return True if {"Hit", "Miss"} <= results else None

    assert until(both)


def test_too_many_requests_of_one_address_are_refused_and_the_next_ones_are_not(
    base_url: str, user: User
) -> None:
    def ask(_: int) -> httpx2.Response:
        return user.http.get("/version")

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(ask, range(REQUESTS)))
    counts = Counter(answer.status_code for answer in answers)
    assert set(counts) == {200, 429}, counts
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.json()["type"], refused.headers["Retry-After"]) == (
        "/problems/rate-limited", "1",
    )  # fmt: skip
    assert until(lambda: user.http.get("/version").status_code == 200 or None)
