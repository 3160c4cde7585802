"""The edge writes a line of JSON for each request, and in none of them what opens something."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from compose.counting_origin import CountingOrigin
from compose.lone_edge import lone_edge, new_name
from conftest import until
from stack.compose import docker
from stack.system import System

SECRET = "c4n4ry"
USER, ANALYSIS, SHARE = (f"{kind}_01k00000000000000000000000" for kind in ("us", "an", "sh"))


@dataclass
class Edge:
    url: str
    name: str

    def ask(self, method: str, target: str, request_id: str, **headers: str) -> int:
        """The status. The target goes out as it is written."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in {"X-Request-Id": request_id, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def written(self, *request_ids: str) -> list[dict[str, Any]]:
        """The line about each of these requests, when they have been written."""
        return until(lambda: self._lines(request_ids))

    def _lines(self, request_ids: tuple[str, ...]) -> list[dict[str, Any]] | None:
        lines = read(docker("logs", self.name))
        found = {one["request_id"]: one for one in lines}
        assert len(found) == len(lines), "a request has one line"
        return [found[one] for one in request_ids] if set(request_ids) <= set(found) else None


def read(log: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in log.splitlines()]


@pytest.fixture(scope="module")
def edge(own_stack: System) -> Iterator[Edge]:
    origin = CountingOrigin()
    origin.headers["/stored"] = {"Cache-Control": "max-age=60"}
    settings = {
        "GATEWAY": f"127.0.0.1:{origin.port}",
        "CACHED_ROUTES": "^/stored$",
        "REGION": "eu-1",
    }
    name = new_name()
    with lone_edge(origin.port, name=name, **settings) as url:
        yield Edge(url, name)
    origin.stop()


def test_a_line_says_what_was_asked_and_where_the_time_went(edge: Edge) -> None:
    assert edge.ask("GET", "/stored?q=x", "first") == 200
    assert edge.ask("GET", "/stored?q=x", "second") == 200
    first, second = edge.written("first", "second")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", str(first.pop("timestamp")))
    assert 0 <= float(first.pop("upstream_s")) <= first.pop("duration_s") + 0.001
    assert first.pop("bytes_sent") > 10
    assert first == {
        "event": "request",
        "service": "static-cdn",
        "region": "eu-1",
        "request_id": "first",
        "method": "GET",
        "path": "/stored",
        "status": 200,
        "upstream_status": "200",
        "cache": "MISS",
        "protocol": "HTTP/1.1",
        "tls": "",
    }
    assert (second["cache"], second["upstream_status"], second["upstream_s"]) == ("HIT", "", "")


def test_files_and_errors_have_a_line(edge: Edge) -> None:
    expected = [
        ("GET", "/samples/index.json", 200, ""),
        ("GET", "/nothing", 404, ""),
        ("DELETE", "/v1/me", 501, "501"),
        ("POST", "/", 405, ""),
        ("other", "/v1/me", 405, ""),
    ]
    methods = ("GET", "GET", "DELETE", "POST", "M-SEARCH")
    for number, (method, (_, path, status, _)) in enumerate(zip(methods, expected, strict=True)):
        assert edge.ask(method, f"{path}?a=b", f"kind-{number}") == status
    lines = edge.written(*(f"kind-{number}" for number in range(len(expected))))
    fields = ("method", "path", "status", "upstream_status")
    assert [tuple(one[name] for name in fields) for one in lines] == expected


def test_what_opens_something_is_in_no_line(edge: Edge) -> None:
    uploads = f"/bucket/uploads/{USER}/up_01k00000000000000000000000"
    paths = {
        f"/shared/{USER}/{ANALYSIS}/{SHARE}/preview?signature={SECRET}": "/shared/...",
        f"/shared//{SECRET}": "/shared/...",
        f"/v1/exports/{SECRET}": "/v1/exports/...",
        f"//v1/./exports/{SECRET}": "//v1/./exports/...",
        f"/V1/EXPORTS/{SECRET}": "/V1/EXPORTS/...",
        f"/v1/%65xports/{SECRET}": "/v1/",
        f"/v1/analyses/{ANALYSIS}/share/{SECRET}": f"/v1/analyses/{ANALYSIS}/share/...",
        f"{uploads}?X-Amz-Signature={SECRET}": uploads,
        f"/verify-email#{SECRET}": "/verify-email",
        f"/{'a' * 300}{SECRET}": f"/{'a' * 199}",
    }
    shown = {"Authorization": SECRET, "Cookie": SECRET, "Referer": f"/{SECRET}"}
    for number, target in enumerate(paths):
        edge.ask("GET", target, f"secret-{number}", **shown)
    lines = edge.written(*(f"secret-{number}" for number in range(len(paths))))
    assert [one["path"] for one in lines] == list(paths.values())
    assert SECRET not in docker("logs", edge.name)
    assert SHARE not in docker("logs", edge.name)


def test_probes_have_no_line_and_no_line_is_a_clients(edge: Edge) -> None:
    edge.ask("GET", "/livez", "probe")
    edge.ask("GET", '/"},{"event":"forged"', "quoted", **{"User-Agent": '"} {"event": "forged'})
    assert edge.written("quoted")[0]["path"] == '/"},{"event":"forged"'
    lines = read(docker("logs", edge.name))
    assert not [one for one in lines if one["event"] != "request" or one["request_id"] == "probe"]


def test_the_last_lines_are_written_when_it_ends(own_stack: System) -> None:
    origin, name = CountingOrigin(), new_name()
    follow = ["docker", "logs", "--follow", name]
    with (
        lone_edge(origin.port, name=name) as url,
        subprocess.Popen(follow, stdout=subprocess.PIPE) as log,
    ):
        Edge(url, name).ask("GET", "/last", "last")
        docker("kill", "--signal", "QUIT", name)
        said, _ = log.communicate(timeout=30)
    origin.stop()
    assert [one["path"] for one in read(said.decode())][-1] == "/last"
