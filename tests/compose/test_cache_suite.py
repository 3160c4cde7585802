"""The edge keeps the rules of HTTP caching (RFC 9111): the public tests of caches, in front of their own origin."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from local.stack import free_port

from compose.lone_edge import lone_edge
from conftest import until
from stack.system import System

HERE = Path(__file__).parent / "cache_suite"
INSTALL_S, SUITE_S = 120, 180
WRONG_AT_MOST = 0.06
"""Of the required ones."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(HERE, tmp_path_factory.mktemp("cache") / "suite")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
    subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True, timeout=INSTALL_S)
    return folder


@pytest.fixture
def suites_origin(suite: Path) -> Iterator[int]:
    """The port of the suite's own origin."""
    port = free_port()
    settings = {
        "npm_config_protocol": "http",
        "npm_config_port": str(port),
        "npm_config_pidfile": str(suite / "pid"),
    }
    server = suite / "node_modules/http-cache-tests/server/server.mjs"
    with subprocess.Popen(["node", server], env={**os.environ, **settings}) as process:
        try:
            until(lambda: _answers(port))
            yield port
        finally:
            process.kill()


def _answers(port: int) -> bool | None:
    try:
        httpx2.get(f"http://127.0.0.1:{port}/state/none")
    except httpx2.TransportError:
        return None
    return True


def test_what_the_public_tests_find_wrong_is_known(
    own_stack: System, suite: Path, suites_origin: int
) -> None:
    known = json.loads((HERE / "known_failures.json").read_text())
    with lone_edge(suites_origin) as url:
        done = subprocess.run(
            ["node", "--no-warnings", "run.mjs", url],
            cwd=suite,
            capture_output=True,
            text=True,
            timeout=SUITE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    required = {name: one for name, one in json.loads(done.stdout).items() if one["required"]}
    wrong = {name: one["wrong"] for name, one in required.items() if one["wrong"] is not None}
    assert {name: why for name, why in wrong.items() if name not in known} == {}
    assert set(known) - set(wrong) == set(), "better than is known: take them out of the list"
    assert len(wrong) <= WRONG_AT_MOST * len(required)
