"""An answer that came through the edge says where its time went."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from compose.counting_origin import CountingOrigin
from compose.lone_edge import lone_edge
from stack.system import System

PAUSE_S = 0.2
MEMBER = re.compile(r"(\w+);(dur|desc)=([\w.]+)")


@pytest.fixture(scope="module")
def slow() -> Iterator[CountingOrigin]:
    origin = CountingOrigin()
    origin.pause_s = PAUSE_S
    own = {"Server-Timing": "db;dur=53"}
    origin.headers["/stored"] = {"Cache-Control": "max-age=60", **own}
    origin.headers["/v1/me"] = own
    yield origin
    origin.stop()


@pytest.fixture(scope="module")
def http(own_stack: System, slow: CountingOrigin) -> Iterator[httpx2.Client]:
    settings = {"GATEWAY": f"127.0.0.1:{slow.port}", "CACHED_ROUTES": "^/stored$"}
    with (
        lone_edge(slow.port, **settings) as url,
        httpx2.Client(base_url=url, timeout=20) as client,
    ):
        yield client


def timing(answer: httpx2.Response) -> dict[str, str]:
    members = MEMBER.findall(", ".join(answer.headers.get_list("Server-Timing")))
    return {name: value for name, _, value in members}


def test_what_is_passed_on_tells_the_edges_time_and_the_servers_own(http: httpx2.Client) -> None:
    said = timing(http.get("/v1/me"))
    assert said.keys() == {"edge", "origin", "db"}
    assert said["db"] == "53"
    assert min(float(said["edge"]), float(said["origin"])) >= PAUSE_S * 1000 - 2


def test_what_is_stored_tells_whether_the_origin_was_asked(http: httpx2.Client) -> None:
    first, second = (timing(http.get("/stored")) for _ in range(2))
    assert (first["cache"], second["cache"]) == ("MISS", "HIT")
    assert min(float(first["edge"]), float(first["origin"])) >= PAUSE_S * 1000 - 2
    assert second.keys() == {"edge", "cache"}


def test_more_than_a_second_is_as_many_milliseconds(
    http: httpx2.Client, slow: CountingOrigin
) -> None:
    slow.pause_s = 1.1
    assert 1099 <= float(timing(http.get("/v1/me"))["origin"]) < 20_000


def test_files_tell_nothing(http: httpx2.Client) -> None:
    assert "Server-Timing" not in http.get("/").headers
