"""What the edge tells Prometheus agrees with what its origin has counted."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx2
import pytest
from local.stack import free_port

from compose.counting_origin import BODY, CountingOrigin
from compose.lone_edge import lone_edge, new_name
from conftest import until
from stack.compose import docker
from stack.system import System

CROWD, AGAIN = 20, 30
LINES, LONGEST = 70_000, 1 << 20
"""More lines than the file is long, in bytes."""
SAMPLE = re.compile(r'sightline_edge_(\w+)\{region="eu-1",?([^}]*)\} (\d+)')
Counts = dict[tuple[str, str], int]


@dataclass
class Edge:
    http: httpx2.Client
    inside: str
    name: str
    origin: CountingOrigin

    def text(self) -> str:
        return httpx2.get(f"{self.inside}/metrics", timeout=5).text

    def counts(self) -> Counts:
        samples = SAMPLE.findall(self.text())
        return {(name, labels): int(value) for name, labels, value in samples}

    def total(self, name: str, *labels: str) -> int:
        """The sum of a counter where all of these labels are."""
        return sum(
            value
            for (found, given), value in self.counts().items()
            if found == name and all(one in given for one in labels)
        )

    def answered(self, n: int) -> int:
        """How many answers are counted, when it is so many."""
        return until(lambda: n if self.total("requests_total") == n else None)


@pytest.fixture
def edge(own_stack: System) -> Iterator[Edge]:
    origin = CountingOrigin()
    origin.headers["/fresh"] = {"Cache-Control": "max-age=60", "ETag": '"a"'}
    origin.headers["/checked"] = {"Cache-Control": "no-cache", "ETag": '"a"'}
    inside, name = f"127.0.0.1:{free_port()}", new_name()
    settings = {
        "GATEWAY": f"127.0.0.1:{origin.port}",
        "CACHED_ROUTES": "^/(fresh|checked|never)$",
        "LISTEN_INSIDE": inside,
        "REGION": "eu-1",
    }
    with (
        lone_edge(origin.port, name=name, **settings) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        yield Edge(http, f"http://{inside}", name, origin)
    origin.stop()


def test_hits_and_requests_to_the_origin_are_what_the_origin_counted(edge: Edge) -> None:
    before = until(lambda: edge.total("requests_total") or None)  # of who looked whether it listens
    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(edge.http.get, ["/fresh"] * CROWD))
    for path in ["/fresh"] * AGAIN + ["/checked"] * 3 + ["/never"] * 2:
        assert edge.http.get(path).content == BODY
    edge.http.post("/v1/analyses", content=b"x")
    edge.http.get("/nothing")
    edge.answered(before + CROWD + AGAIN + 3 + 2 + 2)
    assert edge.total("origin_requests_total") == len(edge.origin.asked) == 1 + 3 + 2 + 1
    hits = edge.total("requests_total", 'cache="hit"')
    asked = CROWD + AGAIN
    assert hits / asked == 1 - edge.origin.hits("/fresh") / asked
    assert edge.total("requests_total", 'cache="revalidated"') == 2
    assert edge.total("origin_requests_total", 'status="3xx"') == 2
    assert edge.total("requests_total", 'cache="pass"') == 1
    assert edge.total("requests_total", 'status="4xx"', 'cache="none"') == 1
    assert edge.total("requests_total", 'cache="file"') == before
    saved = edge.total("saved_bytes_total")
    from_store = ('cache="hit"', 'cache="revalidated"')
    assert saved == sum(edge.total("sent_bytes_total", one) for one in from_store)
    assert saved > (hits + 2) * len(BODY)


def test_a_reload_forgets_nothing_and_counts_on(edge: Edge) -> None:
    edge.http.get("/fresh")
    until(lambda: edge.total("requests_total", 'cache="miss"') or None)
    before = edge.counts()
    nginx = ("nginx", "-p", "/run/sightline", "-c", "current/nginx.conf", "-e", "stderr")
    docker("exec", edge.name, *nginx, "-s", "reload")
    edge.http.get("/fresh")
    until(lambda: edge.total("requests_total", 'cache="hit"') or None)
    after = edge.counts()
    assert all(after[one] >= value for one, value in before.items())


def test_the_file_of_lines_begins_anew_and_no_line_is_lost(edge: Edge) -> None:
    before = until(lambda: edge.total("requests_total") or None)
    append = f"yes 'c|206|HIT|-|1|-' | head -n {LINES} >> /run/sightline/counts.log"
    docker("exec", edge.name, "sh", "-c", append)
    edge.answered(before + LINES)
    size = ("exec", edge.name, "stat", "--format", "%s", "/run/sightline/counts.log")
    until(lambda: int(docker(*size)) < LONGEST or None)
    edge.http.get("/nothing")
    edge.answered(before + LINES + 1)
    assert edge.total("saved_bytes_total") == LINES
    assert edge.total("counts_lost_total") == 0


def test_only_those_inside_are_told_and_each_family_says_what_it_is(edge: Edge) -> None:
    assert edge.http.get("/metrics").status_code == 404
    text = edge.text()
    families = re.findall(r"^# TYPE (sightline_edge_\w+_total) counter$", text, re.MULTILINE)
    assert len(families) == len(set(families)) == 5
    for family in families:
        assert re.search(rf"^# HELP {family} \w+.*\.$", text, re.MULTILINE)
    answer = httpx2.get(f"{edge.inside}/metrics", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
