"""What the public tests of caches do not ask: crowds, credentials, targets, looks, parts, an origin that is away."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from compose.counting_origin import BODY, CountingOrigin, Headers
from compose.lone_edge import lone_edge
from conftest import until
from stack.system import System

CROWD = 50
FRESH_S = 2


@pytest.fixture(scope="module")
def http(own_stack: System, counting: CountingOrigin) -> Iterator[httpx2.Client]:
    limits = httpx2.Limits(max_connections=CROWD)
    with (
        lone_edge(counting.port) as url,
        httpx2.Client(base_url=url, limits=limits, timeout=20) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def _at_once(counting: CountingOrigin) -> Iterator[None]:
    yield
    counting.pause_s = 0.0


def crowd(http: httpx2.Client, path: str) -> Counter[str]:
    """How a crowd that asks at once is answered, by X-Cache."""
    with ThreadPoolExecutor(CROWD) as pool:
        answers = list(pool.map(http.get, [path] * CROWD))
    assert {answer.content for answer in answers} == {BODY}
    return Counter(answer.headers["X-Cache"] for answer in answers)


@pytest.mark.parametrize("rule", ["max-age=2", "max-age=2, must-revalidate", "s-maxage=2"])
def test_a_crowd_is_one_question_when_it_is_cold_and_when_it_has_expired(
    http: httpx2.Client, counting: CountingOrigin, rule: str
) -> None:
    path = f"/crowd-{rule.replace(' ', '')}"
    counting.headers[path] = {"Cache-Control": rule, "ETag": '"a"'}
    counting.pause_s = 0.2
    crowd(http, path)
    assert counting.hits(path) == 1
    time.sleep(FRESH_S + 1.1)  # the time for which it is fresh, in nginx's whole seconds
    assert crowd(http, path)["RefreshHit"] >= 1
    assert counting.hits(path) == 2


@pytest.mark.parametrize("rule", ["no-store", "private", "no-cache", "max-age=0"])
def test_what_serves_one_is_asked_for_by_each_and_nobody_waits_twice(
    http: httpx2.Client, counting: CountingOrigin, rule: str
) -> None:
    path = f"/each-{rule}"
    counting.headers[path] = {"Cache-Control": rule}
    crowd(http, path)
    assert counting.hits(path) == CROWD
    counting.pause_s = 0.2
    started = time.monotonic()
    crowd(http, path)
    assert counting.hits(path) == 2 * CROWD
    assert time.monotonic() - started < 2, "one after the other they would take ten seconds"


def test_an_answer_in_five_codings_is_one_question(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    path = "/codings"
    counting.headers[path] = {"Cache-Control": "max-age=60", "Content-Type": "application/json"}
    counting.bodies[path] = b"[" + b"1, " * 1000 + b"1]"
    for coding in ("gzip", "br", "gzip, deflate, br", "identity", "GZIP;q=1"):
        with http.stream("GET", path, headers={"Accept-Encoding": coding}) as answer:
            assert sum(map(len, answer.iter_raw())) > 0
        assert (answer.status_code, answer.headers["Vary"]) == (200, "Accept-Encoding")
    assert counting.hits(path) == 1


def test_what_may_be_a_little_old_is_answered_at_once(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    path = "/a-little-old"
    counting.headers[path] = {"Cache-Control": "max-age=1, stale-while-revalidate=60"}
    crowd(http, path)
    stale = until(lambda: _when(http.get(path), "Stale"))
    assert int(stale.headers["Age"]) >= 1
    until(lambda: counting.hits(path) == 2 or None)
    assert stale.headers["Cache-Control"] == "max-age=1, stale-while-revalidate=60"


def _when(answer: httpx2.Response, how: str) -> httpx2.Response | None:
    return answer if answer.headers["X-Cache"] == how else None


@pytest.mark.parametrize(
    "shown",
    [{"Authorization": "Bearer x"}, {"X-API-Key": "x"}, {"Cookie": "a=b"}],
    ids=["token", "key", "cookie"],
)
def test_what_was_asked_with_credentials_is_stored_for_nobody(
    http: httpx2.Client, counting: CountingOrigin, shown: Headers
) -> None:
    path = f"/mine-{next(iter(shown))}"
    counting.headers[path] = {"Cache-Control": "public, max-age=60"}
    for _ in range(2):
        assert http.get(path, headers=shown).headers["X-Cache"] == "Miss"
    assert http.get(path).headers["X-Cache"] == "Miss"
    assert http.get(path).headers["X-Cache"] == "Hit"
    assert http.get(path, headers=shown).headers["X-Cache"] == "Miss"
    assert counting.hits(path) == 4


def test_a_cookie_that_is_set_is_given_to_one(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    counting.headers["/cookie"] = {"Cache-Control": "max-age=60", "Set-Cookie": "a=b"}
    for _ in range(3):
        assert http.get("/cookie").headers["X-Cache"] == "Miss"
        http.cookies.clear()
    assert counting.hits("/cookie") == 3


def test_a_look_is_answered_from_the_store_and_fills_it_with_nothing(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    counting.headers["/look"] = {"Cache-Control": "max-age=60", "ETag": '"a"'}
    looks = [http.head("/look") for _ in range(2)]
    assert [one.headers["X-Cache"] for one in looks] == ["Miss", "Miss"]
    assert [method for method, path, _ in counting.asked if path == "/look"] == ["HEAD", "HEAD"]
    assert http.get("/look").content == BODY
    look = http.head("/look")
    assert (look.headers["X-Cache"], look.headers["Content-Length"], look.content) == (
        "Hit",
        str(len(BODY)),
        b"",
    )


def test_parts_and_conditions_are_answered_from_the_store(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    counting.headers["/part"] = {"Cache-Control": "max-age=60", "ETag": '"a"'}
    cold = http.get("/part", headers={"Range": "bytes=2-4"})
    assert (cold.status_code, cold.content) == (206, BODY[2:5])
    for wanted, content in (("bytes=0-0", b"0"), ("bytes=-3", b"789"), ("bytes=8-", b"89")):
        part = http.get("/part", headers={"Range": wanted})
        assert (part.status_code, part.content) == (206, content)
    beyond = http.get("/part", headers={"Range": "bytes=99-"})
    assert (beyond.status_code, beyond.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert http.get("/part", headers={"If-None-Match": 'W/"a"'}).status_code == 304
    assert http.get("/part", headers={"If-None-Match": '"b"'}).content == BODY
    assert counting.hits("/part") == 1


def test_a_field_for_this_cache_comes_before_that_for_all(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    """RFC 9213; clients are shown both."""
    counting.headers["/targeted"] = {
        "CDN-Cache-Control": "max-age=60",
        "Cache-Control": "no-store",
    }
    counting.headers["/targeted-never"] = {
        "CDN-Cache-Control": "no-store",
        "Cache-Control": "max-age=60",
    }
    answers = [http.get("/targeted") for _ in range(2)]
    assert [one.headers["X-Cache"] for one in answers] == ["Miss", "Hit"]
    assert answers[1].headers["Cache-Control"] == "no-store"
    assert answers[1].headers["CDN-Cache-Control"] == "max-age=60"
    for _ in range(2):
        assert http.get("/targeted-never").headers["X-Cache"] == "Miss"


def test_what_varies_is_kept_apart_when_it_is_renewed_too(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    def headers(request: Any) -> Headers:
        language = request.get("Accept-Language", "")
        return {
            "Cache-Control": "max-age=1",
            "ETag": f'"{language}"',
            "Vary": "Accept-Language, Accept-Encoding",
            "Content-Language": language,
        }

    counting.headers["/vary"] = headers
    for _ in range(2):
        for language in ("en", "de"):
            until(lambda one=language: _renewed(http, one))
    for coding in ("gzip", "br, gzip", "identity", "gzip;q=0.5", "*"):
        answer = http.get("/vary", headers={"Accept-Language": "de", "Accept-Encoding": coding})
        assert answer.headers["Vary"] == "Accept-Language, Accept-Encoding"
    asked = [one for _, path, one in counting.asked if path == "/vary"]
    assert {one.get("Accept-Encoding") for one in asked} == {None}


def _renewed(http: httpx2.Client, language: str) -> bool | None:
    answer = http.get("/vary", headers={"Accept-Language": language})
    assert answer.headers["Content-Language"] == language
    return answer.headers["X-Cache"] == "RefreshHit" or None


def test_a_changed_thing_is_asked_for_again_whatever_its_query(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    for path in ("/changed", "/beside"):
        counting.headers[path] = {"Cache-Control": "max-age=60"}
    counting.headers["/form"] = {"Location": "/changed", "Cache-Control": "max-age=60"}
    for _ in range(2):
        for path in ("/changed", "/changed?a=1", "/beside"):
            http.get(path)
    assert [counting.hits(one) for one in ("/changed", "/changed?a=1", "/beside")] == [1, 1, 1]
    assert http.put("/changed", content=b"x").status_code == 200
    for path in ("/changed", "/changed?a=1", "/beside"):
        assert http.get(path).headers["X-Cache"] == ("Hit" if path == "/beside" else "Miss")
    http.post("/form", content=b"x")
    assert http.get("/changed").headers["X-Cache"] == "Miss"


def test_a_query_in_another_order_is_the_same_question(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    counting.headers["/query"] = {"Cache-Control": "max-age=60"}
    found = [http.get(f"/query?{one}").headers["X-Cache"] for one in ("b=2&a=1", "a=1&b=2", "a=1")]
    assert found == ["Miss", "Hit", "Miss"]


@pytest.mark.parametrize("path", ["/assets/x.js", "/samples/x.png", "/v1/x"])
def test_another_origin_may_have_any_path(
    http: httpx2.Client, counting: CountingOrigin, path: str
) -> None:
    counting.headers[path] = {"Cache-Control": "max-age=60"}
    answers = [http.get(path) for _ in range(2)]
    assert [(one.content, one.headers["X-Cache"]) for one in answers] == [
        (BODY, "Miss"),
        (BODY, "Hit"),
    ]


@pytest.mark.parametrize(
    ("rule", "status"),
    [("max-age=1", 200), ("max-age=1, must-revalidate", 503), ("no-cache", 503)],
)
def test_an_origin_that_is_away_is_stood_in_for_where_that_is_allowed(
    own_stack: System, rule: str, status: int
) -> None:
    origin = CountingOrigin()
    origin.headers["/away"] = {"Cache-Control": rule, "ETag": '"a"'}
    with lone_edge(origin.port) as url, httpx2.Client(base_url=url, timeout=20) as client:
        assert client.get("/away").content == BODY
        until(lambda: client.get("/away").headers["X-Cache"] == "RefreshHit" or None)
        origin.stop()
        answer = until(lambda: _when(client.get("/away"), "Stale" if status == 200 else "Error"))
        assert answer.status_code == status
        if status == 200:
            assert answer.headers["Cache-Control"] == rule


def test_what_an_origin_says_to_nginx_is_not_heard(
    http: httpx2.Client, counting: CountingOrigin
) -> None:
    counting.headers["/inside"] = {
        "X-Accel-Expires": "60",
        "X-Accel-Redirect": "/index.html",
        "X-Edge-Stamp": "1 1",
        "X-Edge-Cache-Control": "max-age=5",
        "Cache-Control": "no-store",
    }
    for _ in range(2):
        answer = http.get("/inside", headers={"X-Edge-Key": "x", "X-Edge-Path": "/y"})
        assert (answer.content, answer.headers["X-Cache"]) == (BODY, "Miss")
        assert answer.headers["Cache-Control"] == "no-store"
        assert not [
            name for name in answer.headers if name.lower().startswith(("x-edge", "x-accel"))
        ]
    seen = next(one for _, path, one in counting.asked if path == "/inside")
    assert not [name for name in seen if name.lower().startswith("x-edge")]


def test_a_policy_says_what_is_in_the_key_and_bounds_the_origins_times(
    own_stack: System, counting: CountingOrigin, tmp_path: Path
) -> None:
    policies = tmp_path / "policies.json"
    policies.write_text('[{"path": "/catalogue/*", "query": ["page"], "default": 60, "max": 3600}]')
    tmp_path.chmod(0o755)
    counting.headers["/catalogue/never"] = {"Cache-Control": "no-store"}
    with (
        lone_edge(counting.port, policies) as url,
        httpx2.Client(base_url=url, timeout=20) as client,
    ):

        def asked(*paths: str) -> list[str]:
            return [client.get(path).headers["X-Cache"] for path in paths]

        assert asked("/catalogue/a?page=1&utm=x", "/catalogue/a?utm=y&page=1") == ["Miss", "Hit"]
        assert asked("/catalogue/a?page=2", "/catalogue/a") == ["Miss", "Miss"]
        assert asked("/catalogue/never", "/catalogue/never") == ["Miss", "Miss"]
        assert asked("/other", "/other") == ["Miss", "Miss"]
