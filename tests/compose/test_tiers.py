"""Edges of three regions before a shield: the origin is asked once, and nothing lives longer for being stored twice."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import httpx2
import pytest
from local.stack import free_port

from compose.counting_origin import BODY, CountingOrigin
from compose.lone_edge import lone_edge
from conftest import until
from stack.system import System

CROWD = 50
LIFE_S = 4
REGIONS = ("eu", "us", "ap")


@pytest.fixture(scope="module")
def edges(own_stack: System, counting: CountingOrigin) -> Iterator[list[httpx2.Client]]:
    """Each asks the shield, on the side that no client sees."""
    inside = free_port()
    with contextlib.ExitStack() as opened:
        opened.enter_context(lone_edge(counting.port, LISTEN_INSIDE=f"127.0.0.1:{inside}"))
        limits = httpx2.Limits(max_connections=CROWD)
        yield [
            opened.enter_context(httpx2.Client(base_url=url, limits=limits, timeout=20))
            for url in (opened.enter_context(lone_edge(inside)) for _ in REGIONS)
        ]


def test_crowds_in_three_regions_are_one_question(
    edges: list[httpx2.Client], counting: CountingOrigin
) -> None:
    path = "/crowds"
    counting.headers[path] = {"Cache-Control": "max-age=60"}
    counting.pause_s = 0.2
    with ThreadPoolExecutor(CROWD * len(edges)) as pool:
        asking = chain.from_iterable(repeat(edge, CROWD) for edge in edges)
        answers = list(pool.map(lambda edge: edge.get(path), asking))
    counting.pause_s = 0.0
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, BODY)}
    assert counting.hits(path) == 1


def test_life_does_not_add_up(edges: list[httpx2.Client], counting: CountingOrigin) -> None:
    path = "/life"
    counting.headers[path] = {"Cache-Control": f"max-age={LIFE_S}", "ETag": '"a"'}
    eu, us, _ = edges
    begun = time.monotonic()
    eu.get(path)
    _until_age(eu, path, LIFE_S - 1)
    late = us.get(path)
    assert int(late.headers["Age"]) >= LIFE_S - 1
    until(lambda: (us.get(path) and counting.hits(path) == 2) or None)
    assert time.monotonic() - begun < LIFE_S + 2, "asked of the origin when the first life is over"


def test_a_validation_by_the_shield_is_as_old_as_its_own(
    edges: list[httpx2.Client], counting: CountingOrigin
) -> None:
    path = "/validated"
    counting.headers[path] = {"Cache-Control": f"max-age={LIFE_S}", "ETag": '"a"'}
    eu, us, _ = edges
    eu.get(path)
    us.get(path)
    until(lambda: us.get(path).headers["X-Cache"] == "RefreshHit" or None)
    _until_age(us, path, LIFE_S - 1)
    answer = eu.get(path)  # old, and validated by what the shield has stored for a while
    assert answer.headers["X-Cache"] == "RefreshHit"
    assert int(answer.headers["Age"]) >= LIFE_S - 1
    assert counting.hits(path) == 2


def test_each_tier_says_that_it_was_passed_and_none_says_it_twice(
    edges: list[httpx2.Client], counting: CountingOrigin
) -> None:
    path = "/passed"
    counting.headers[path] = {"Cache-Control": "max-age=60", "Server": "an origin"}
    answer = edges[0].get(path, headers={"X-Request-Id": "mine"})
    assert answer.headers.get_list("Via") == ["1.1 sightline", "1.1 sightline"]
    for name, value in (
        ("X-Cache", "Miss"),
        ("X-Request-Id", "mine"),
        ("Cache-Control", "max-age=60"),
    ):
        assert answer.headers.get_list(name) == [value]
    edges[1].get(path)
    assert edges[1].get(path).headers.get_list("X-Cache") == ["Hit"]


def test_the_shield_hears_for_whom_an_edge_asks(
    edges: list[httpx2.Client], counting: CountingOrigin
) -> None:
    """So that its limits are those of clients, and not of edges."""
    path, client = "/for-whom", "127.0.0.7"
    with httpx2.HTTPTransport(local_address=client) as transport:
        httpx2.Client(transport=transport).get(edges[0].base_url.join(path))
    heard = [headers["X-Forwarded-For"] for _, asked, headers in counting.asked if asked == path]
    assert heard == [client]


def test_what_is_warm_is_given_while_the_origin_is_away_and_then_the_shield(
    own_stack: System,
) -> None:
    origin, inside, path = CountingOrigin(), free_port(), "/warm"
    origin.headers[path] = {"Cache-Control": "max-age=1", "ETag": '"a"'}
    with contextlib.ExitStack() as shield:
        shield.enter_context(lone_edge(origin.port, LISTEN_INSIDE=f"127.0.0.1:{inside}"))
        with lone_edge(inside) as url, httpx2.Client(base_url=url, timeout=20) as edge:
            assert edge.get(path).content == BODY
            origin.stop()
            _until_age(edge, path, 3)  # older than its life
            assert edge.get(path).content == BODY
            shield.close()
            answer = edge.get(path)
            assert (answer.content, answer.headers["X-Cache"]) == (BODY, "Stale")


def _until_age(edge: httpx2.Client, path: str, age_s: int) -> None:
    until(lambda: int(edge.get(path).headers.get("Age", "0")) >= age_s or None)
