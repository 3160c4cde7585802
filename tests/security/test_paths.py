"""Addresses that mean two things: no part takes one for another, and no file is seen but ours."""

from collections.abc import Callable
from typing import Any

import pytest
from local import edge

from conftest import User
from security.ledger import Ledger
from security.people import Person
from security.raw import get
from stack.processes import ProcessStack

SECRETS = (
    b"http_requests_total",
    b"root:x:0",
    b"worker_processes",
    b"proxy_pass",
    b"[tool.ruff]",
    b"PRIVATE KEY",
    b"class Boundary",
    b'"objectives": [{"name"',
)
"""Of /metrics, /etc/passwd, the edge's configuration, sources, /objectives of a service."""
INTERNAL = ("/metrics", "/objectives", "/v1/api-keys/verify", "/v1/settlements")
UP = (
    "..",
    "%2e%2e",
    "%2E%2e",
    ".%2e",
    "%2e.",
    "..;",
    "..;x",
    "%252e%252e",
    "..%00",
    "..%20",
    "..%09",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e",
    "%ef%bc%8e%ef%bc%8e",
    "..%5c",
    "%2e%2e%5c",
    "..\\",
    "....",
    "...",
    "..%2f",
    "..%c0%af",
    "..%ef%bc%8f",
    "%2e%2e%2f",
)
"""Ways to write "one folder up"."""
FILES = ("nginx.conf", "etc/passwd")
ROOTS = ("/", "/assets/", "/assets", "/samples/", "/samples", "/docs/", "/v1/", "/.well-known/")


@pytest.fixture
def nginx(stack: ProcessStack) -> str:
    if edge.nginx() is None:
        pytest.skip("no nginx on this machine")
    return stack.base_url


def test_no_file_is_seen_but_those_of_the_web_app(ledger: Ledger, nginx: str) -> None:
    paths = [
        f"{root}{'/'.join([up] * depth)}/{file}"
        for root in ROOTS
        for up in UP
        for depth in (1, 6)
        for file in FILES
    ]
    paths += [
        "/.git/config",
        "/.env",
        "/nginx.conf",
        "/index.html~",
        "/index.html.bak",
        "/.htaccess",
        "/server-status",
        "/assets../nginx.conf",
        "/samples../../etc/passwd",
        "/_problem",
        "/assets%2f..%2f..%2fnginx.conf",
        "//etc/passwd",
        "/draining",
        "/cache/",
        "/body/",
        "file:///etc/passwd",
        "/\\..\\..\\etc\\passwd",
        "/index.html/..%2f..%2fetc",
    ]
    found = []
    for path in paths:
        answer = get(nginx, path)
        if any(one in answer.data for one in SECRETS) or answer.status not in (400, 404, 405):
            found.append(f"{path}: {answer.status}")
    ledger.none("paths out of the web root", len(paths), "seen", found)


def test_no_internal_path_is_reached(ledger: Ledger, nginx: str, gateway: str) -> None:
    """What only services may ask, and what is measured; neither through the edge nor the gateway."""
    shapes: list[Callable[[str], str]] = [
        str,
        lambda path: f"/{path}",
        lambda path: f"//{path}",
        lambda path: f"/.{path}",
        lambda path: f"{path}/",
        lambda path: f"{path}//",
        lambda path: f"{path};x",
        str.upper,
        lambda path: f"{path}%20",
        lambda path: f"{path}%00",
        lambda path: f"{path}?x=/v1/status",
        lambda path: f"{path}#/v1/status",
        lambda path: f"/v1/..{path}",
        lambda path: f"/v1{path}",
        lambda path: f"{path}/../v1/status",
        lambda path: f"{path}%3f/../v1/status",
        lambda path: f"{path}/%2e%2e/v1/status",
        lambda path: f"{path}%2f%2e%2e%2fv1%2fstatus",
        lambda path: f"/v1/%2e%2e{path}",
        lambda path: f"/v1/..;{path}",
        lambda path: f"/v1/x/../..{path}",
        lambda path: f"/docs/..{path}",
        lambda path: f"/compat/../{path}",
        lambda path: f"/%2f{path}",
        lambda path: f"/v1/status/..{path}",
        lambda path: f"/v1/..%2f{path[1:]}",
        lambda path: f"/v1/..%5c{path[1:]}",
        lambda path: f"/v1\\..{path}",
        lambda path: f"/readyz/..{path}",
        lambda path: f"/livez{path}",
        lambda path: f"/livez;{path}",
        lambda path: f"http://127.0.0.1{path}",
        lambda path: f"http://user-service:8000{path}",
        lambda path: f"/%6{path[1:]}",
        lambda path: path.replace("e", "%65"),
        lambda path: f"/v1/status%0d%0aX:{path}",
        lambda path: f"/v1/http://user-service:8000{path}",
    ]
    found, tried = [], 0
    for path in INTERNAL:
        for shape in shapes:
            answer = get(nginx, shape(path))
            tried += 1
            if any(one in answer.data for one in SECRETS) or answer.status in (200, 201, 401, 403):
                found.append(f"{shape(path)}: {answer.status}")
    ledger.none("paths to what is internal, through the edge", tried, "reached", found)


def test_no_shape_of_a_path_leads_to_anothers_thing(
    ledger: Ledger, nginx: str, owner: Person, other: Person, tiny: bytes
) -> None:
    marker = {"marker": "mine-alone-4711"}
    form = {"operations": "metadata", "metadata": '{"marker": "mine-alone-4711"}'}
    mine = owner.user.ended(owner.user.submit_file(tiny, data=form)["id"])
    assert mine["input"]["metadata"] == marker
    own = other.user.submit_file(tiny, data={"operations": "metadata"})["id"]
    one, them = mine["id"], owner.id
    paths = [
        f"/v1/analyses/{one}",
        f"/v1/analyses/{one}/",
        f"/v1/analyses/{one};x",
        f"/v1//analyses/{one}",
        f"/v1/./analyses/{one}",
        f"/v1/analyses/./{one}",
        f"/v1/analyses/{own}/../{one}",
        f"/v1/analyses/{own}/%2e%2e/{one}",
        f"/v1/analyses/{own}%2f..%2f{one}",
        f"/v1/analyses/{one}%20",
        f"/v1/analyses/{own}%2f..%2f..%2f..%2f{them}%2fanalyses%2f{one}",
        f"/v1/analyses/{one}%00",
        f"/v1/analyses/..%2f..%2f{them}%2fanalyses%2f{one}",
        f"/v1/analyses/{one.upper()}",
        f"/v1/analyses/%2e%2e/%2e%2e/{them}/analyses/{one}",
        f"/v1/users/{them}/analyses/{one}",
        f"/v1/me/../users/{them}",
        f"/v1/users/{them}/webhook-secret",
        f"/v1/users/{them}/api-keys",
        f"/v1/analyses/{own},{one}",
        f"/v1/analyses/{own}?id={one}",
        f"/v1/analyses/{own}%3fid={one}",
        f"/v1/analyses/{own}%23{one}",
        f"/v1/analyses/{own}%0d%0a{one}",
        f"/v1/analyses/{own}\\..\\{one}",
        f"/v1/analyses/{own}%5c..%5c{one}",
        f"/v1/analyses/{own}/..;/{one}",
        f"/v1/analyses?user_id={them}",
        f"/v1/analyses?user={them}",
        f"/v1/me?user_id={them}",
        f"/v1/me/usage?user_id={them}",
        f"/v1/analyses?cursor={one}",
        f"/v1/batches/{one}",
        f"/v1/analyses?cursor=../{them}",
        f"/v1/me/api-keys?cursor=APIKEY%23{them}",
    ]
    who = f"Authorization: Bearer {other.access_token}"
    traces = [b"mine-alone-4711", owner.user.email.encode()]
    found = [path for path in paths if any(trace in get(nginx, path, who).data for trace in traces)]
    spoofed: list[dict[str, str]] = [
        {"X-User-Id": them},
        {"X-Forwarded-User": them},
        {"X-Original-URL": f"/v1/users/{them}"},
        {"X-Rewrite-URL": f"/v1/analyses/{one}"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-Prefix": f"/v1/users/{them}"},
        {"X-Accel-Redirect": "/_problem"},
    ]
    for headers in spoofed:
        answer = other.user.get(f"/v1/analyses/{own}", headers=headers)
        if answer.status_code != 200 or any(trace in answer.content for trace in traces):
            found.append(str(headers))
    tried = len(paths) + len(spoofed)
    ledger.none("paths and headers that lead to another's thing", tried, "leaked", found)


def locations(answers: list[Any]) -> list[str]:
    return [one.headers["Location"] for one in answers if "Location" in one.headers]


def test_nobody_is_sent_to_where_the_request_says(ledger: Ledger, user: User) -> None:
    """An address in an answer never has the host that a client named."""
    paths = (
        "/v1/me/",
        "/v1/analyses/",
        "/v1/status/",
        "/docs/",
        "/samples",
        "/assets",
        "//evil.test/",
        "/v1//evil.test/",
        "/docs",
        "/livez/",
        "/%2f%2fevil.test",
        "/compat/rekognition/",
    )
    hosts = (
        {"Host": "evil.test"},
        {"X-Forwarded-Host": "evil.test"},
        {"X-Host": "evil.test"},
        {"Forwarded": "host=evil.test"},
        {"Host": "evil.test", "X-Forwarded-Proto": "https"},
    )
    answers = [
        user.get(path, headers=headers, follow_redirects=False)
        for path in paths
        for headers in hosts
    ]
    answers += [
        user.post(
            path,
            headers={**headers, "Content-Type": "application/json"},
            follow_redirects=False,
            content=b'{"image_url": "http://127.0.0.1:9/a"}',
        )
        for path in ("/v1/analyses", "/v1/analyses/")
        for headers in hosts
    ]
    found = [one for one in locations(answers) if "evil" in one or "//" in one]
    ledger.none(
        "addresses in answers, by a host that the client names", len(answers), "taken", found
    )
