"""The edge's image in front of any origin on this machine, with what its settings allow."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
from local.stack import free_port

from conftest import until
from stack.compose import docker

IMAGE = os.environ.get("STATIC_CDN_IMAGE", "sightline/static-cdn")
SETTINGS = {"REQUESTS_PER_SECOND": "100000", "CREDENTIAL_REQUESTS_PER_SECOND": "100000"}


def new_name() -> str:
    """A name for its container."""
    return f"sightline-test-edge-{secrets.token_hex(4)}"


@contextlib.contextmanager
def lone_edge(
    origin_port: int,
    policies: Path | None = None,
    name: str | None = None,
    mounted: Mapping[Path, str] | None = None,
    **settings: str,
) -> Iterator[str]:
    """Its address. All paths go through the cache unless CACHED_ROUTES says otherwise. `name` of the container;
    `mounted`: what it sees of this machine, and where."""
    port, name = free_port(), name or new_name()
    given = {
        **SETTINGS,
        "LISTEN": f"127.0.0.1:{port}",
        "LISTEN_INSIDE": f"127.0.0.1:{free_port()}",
        "ORIGIN": f"127.0.0.1:{origin_port}",
        "CACHED_ROUTES": "^/",
        **settings,
    }
    seen = dict(mounted or {})
    if policies is not None:
        given["CACHE_POLICIES"] = seen[policies] = "/policies.json"
    docker(
        *("run", "--detach", "--name", name, "--network", "host", "--read-only"),
        *("--cap-drop", "ALL", "--tmpfs", "/run/sightline:size=96m,uid=10001,gid=10001,mode=0700"),
        *(part for one, where in seen.items() for part in ("--volume", f"{one}:{where}:ro")),
        *(part for one in given.items() for part in ("--env", "=".join(one))),
        IMAGE,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: _listens(url))
        yield url
    finally:
        docker("rm", "--force", name)


def _listens(url: str) -> bool | None:
    try:
        httpx2.get(url, timeout=5, follow_redirects=False)
    except httpx2.TransportError:
        return None
    return True
