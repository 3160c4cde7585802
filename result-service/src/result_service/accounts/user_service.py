"""The part of user-service that result-service needs: bill, quota and signatures of webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx2
import structlog
from sightline_contracts import context, tracing
from sightline_contracts.problems import Unavailable
from sightline_contracts.serve import IDLE_S
from sightline_contracts.service_identity import NOBODY, Identity

from result_service.errors import NoQuotaLeft, NoSuchAnalysis
from result_service.outcomes.outcome import End

CALLEE = "user-service"
UNREADABLE = frozenset({400, 413, 422, 500})
"""Statuses of a call that user-service could not read, or on which it stumbled."""
_log = structlog.get_logger()


class Accounts(Protocol):
    """The use cases' port to user-service."""

    async def settle(self, ends: Sequence[End]) -> set[str]:
        """Bill analyses; idempotent by analysis id. Returns the ids of those that are settled: billed, or
        of a deleted user, who owes nothing. Raises Unavailable."""
        ...

    async def reserve(self, user_id: str, analysis_id: str) -> None:
        """Hold a unit of quota; idempotent. Raises Unavailable, NoQuotaLeft, and NoSuchAnalysis when the
        user is deleted."""
        ...

    async def sign(self, user_id: str, message_id: str, timestamp: int, body: bytes) -> str:
        """The `webhook-signature` of a message. Raises Unavailable."""
        ...

    async def close(self) -> None: ...


class UserService:
    """user-service over HTTP. `timeout_s`: seconds that a call may take at the most."""

    def __init__(self, base_url: str, timeout_s: float, identity: Identity = NOBODY) -> None:
        self._identity = identity
        self._timeout_s = timeout_s
        # A stopping service goes on serving for longer than a connection is kept.
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            trust_env=False,
            follow_redirects=False,
            limits=httpx2.Limits(keepalive_expiry=IDLE_S),
        )

    async def settle(self, ends: Sequence[End]) -> set[str]:
        analyses = [
            {
                "user_id": end.user_id,
                "analysis_id": end.analysis_id,
                "finished_at": end.outcome.finished_at,
                "status": end.outcome.status,
                "metering": end.outcome.metering.model_dump(),
            }
            for end in ends
        ]
        answer = await self._call("POST", "/v1/settlements", json={"analyses": analyses})
        if answer.status_code in UNREADABLE:
            return await self._settle_apart(ends, answer.status_code)
        if not answer.is_success:
            raise Unavailable(f"user-service answered {answer.status_code}.")
        settlement = answer.json()
        return {*settlement["settled"], *settlement["unknown"]}

    async def _settle_apart(self, ends: Sequence[End], status: int) -> set[str]:
        """An end that user-service cannot read must not keep the others from being billed: the batch is
        halved until that end stands alone. It stays pending."""
        if len(ends) == 1:
            _log.error("end_unreadable", analysis_id=ends[0].analysis_id, status=status)
            return set()
        half = len(ends) // 2
        return await self.settle(ends[:half]) | await self.settle(ends[half:])

    async def reserve(self, user_id: str, analysis_id: str) -> None:
        answer = await self._call("PUT", f"/v1/users/{user_id}/reservations/{analysis_id}")
        match answer.status_code:
            case 200 | 201:
                return
            case 404:
                raise NoSuchAnalysis("The account of that analysis is gone.")
            case 429:
                raise NoQuotaLeft(
                    headers={"Retry-After": answer.headers.get("Retry-After", "3600")}
                )
            case status:
                raise Unavailable(f"user-service answered {status}.")

    async def sign(self, user_id: str, message_id: str, timestamp: int, body: bytes) -> str:
        answer = await self._call(
            "POST",
            f"/v1/users/{user_id}/webhook-signatures",
            content=body,
            headers={"webhook-id": message_id, "webhook-timestamp": str(timestamp)},
        )
        if not answer.is_success:
            raise Unavailable(f"user-service answered {answer.status_code}.")
        return str(answer.json()["signature"])

    async def _call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx2.Response:
        timeout = context.remaining(self._timeout_s)
        if timeout <= 0:
            raise Unavailable("There is no time left for this request.")
        try:
            with tracing.step(f"{method} {CALLEE}", "client", {"peer.service": CALLEE}):
                return await self._client.request(
                    method,
                    path,
                    timeout=timeout,
                    headers={
                        **context.outgoing_headers(timeout),
                        **self._identity.headers(CALLEE),
                        **(headers or {}),
                    },
                    **body,
                )
        except httpx2.TransportError as error:
            raise Unavailable("user-service does not answer.") from error

    async def close(self) -> None:
        await self._client.aclose()
