"""Edges, which store what everybody may see, as the gateway tells them what must not be given any more."""

import asyncio
import hmac
import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from sightline_contracts.problems import Unavailable

TOLD_WITHIN_S = 1.5


class Edges:
    """`urls`: of edges, or of names that stand for several; each of their addresses is told, and those of one URL before
    those of the next: an edge must not take what is old from one farther in. `key_file`: what purges are signed with."""

    def __init__(self, urls: Sequence[str], key_file: Path | None) -> None:
        self._urls = urls
        self._key_file = key_file

    async def purge(self, paths: Sequence[str]) -> int:
        """How many edges have been told. It can be repeated. Raises Unavailable where one has not been: some others
        may have been by then."""
        told: set[str] = set()
        try:
            async with asyncio.timeout(TOLD_WITHIN_S), aiohttp.ClientSession() as http:
                for url in self._urls:
                    edges = await _addresses(url) - told
                    await asyncio.gather(*(self._tell(http, edge, paths) for edge in edges))
                    told |= edges
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("An edge has not been told. Purge again.") from error
        return len(told)

    async def _tell(self, http: aiohttp.ClientSession, edge: str, paths: Sequence[str]) -> None:
        assert self._key_file is not None
        body, now = json.dumps({"paths": list(paths)}), str(int(time.time()))
        signature = hmac.digest(
            self._key_file.read_bytes(), f"{now}\n{body}".encode(), "sha256"
        ).hex()
        headers = {"X-Purge-Time": now, "X-Purge-Signature": signature}
        async with http.post(f"{edge}/purges", data=body.encode(), headers=headers) as answer:
            answer.raise_for_status()


async def _addresses(url: str) -> set[str]:
    """The same URL with each address that its name stands for. Raises OSError where it stands for none."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    names = {str(address[0]) for *_, address in found}
    hosts = {f"[{name}]" if ":" in name else name for name in names}
    return {f"{parts.scheme}://{host}:{parts.port}" for host in hosts}
