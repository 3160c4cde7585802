"""Calls of an identity provider: each with a deadline, an answer that is bounded, and no redirect."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import httpx2
import structlog

from user_service.errors import ProviderAway

CALL_S = 4.0
ANSWER_AT_MOST = 262_144
SERVER_ERROR = 500
_log = structlog.get_logger()


class ProviderCalls:
    """A connection for each call: there are few."""

    async def get(self, address: str, bearer: str | None = None) -> dict[str, Any]:
        """A JSON object. Raises ProviderAway."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        status, content = await self._call("GET", address, headers, None)
        if status != httpx2.codes.OK:
            raise _away(address, f"status {status}")
        return content

    async def post(
        self, address: str, headers: Mapping[str, str], form: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object. Raises ProviderAway for what is none, and for a server's error."""
        status, content = await self._call("POST", address, headers, form)
        if status >= SERVER_ERROR:
            raise _away(address, f"status {status}")
        return status, content

    async def _call(
        self, method: str, address: str, headers: Mapping[str, str], form: str | None
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with asyncio.timeout(CALL_S):
                status, body = await self._read(method, address, headers, form)
            content = json.loads(body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RecursionError) as error:
            raise _away(address, type(error).__name__) from error
        if not isinstance(content, dict):
            raise _away(address, "no JSON object")
        return status, content

    async def _read(
        self, method: str, address: str, headers: Mapping[str, str], form: str | None
    ) -> tuple[int, bytes]:
        client = httpx2.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=CALL_S
        )
        wanted = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        async with client, client.stream(method, address, headers=wanted, content=form) as answer:
            body = b""
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > ANSWER_AT_MOST:
                    raise ValueError("the answer is too long")
            return answer.status_code, body

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _away(address: str, reason: str) -> ProviderAway:
    """The address is the provider's own, as it is configured or published: nothing of a user is in it."""
    _log.warning("provider_away", address=address, reason=reason)
    return ProviderAway()
