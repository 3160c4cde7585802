"""Calls to the services behind the gateway: deadlines from their SLA, answers held to their
contract, bytes passed through."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from prometheus_client import Counter
from sightline_contracts import context, loader, tracing
from sightline_contracts.health import Draining
from sightline_contracts.objectives import Objectives
from sightline_contracts.problems import Unavailable
from sightline_contracts.serve import IDLE_S
from sightline_contracts.service_identity import NOBODY, REFUSALS, Identity

from gateway.errors import (
    ContractViolation,
    NotSent,
    UpstreamFailed,
    UpstreamProblem,
    UpstreamTimeout,
)
from gateway.upstream.answers import Answer, Begun, whole
from gateway.upstream.contract import Contract, Violation
from gateway.upstream.resilience import Resilience
from gateway.upstream.user_concurrency import UserConcurrency

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""RFC 9110 §9.2.2; each of our PUTs is so by the id in its path."""
RETRY_AFTER_S = (0.02, 0.1)
PASSED_ON_IN_PIECES = (200, 206)
STATE_WITHIN_S = 3.0
"""A service asks what it needs for 2 s, and then says that it is degraded."""
VIOLATIONS = Counter(
    "contract_violations_total", "Answers outside their contract.", ["provider", "operation"]
)
NOT_ANSWERED = (Unavailable, UpstreamFailed, ContractViolation, UpstreamTimeout, UpstreamProblem)
_log = structlog.get_logger()


@dataclass(frozen=True)
class State:
    """Of a service. `state`: ok, degraded or down. `report`: an ObjectivesReport, as JSON."""

    state: str
    version: str
    report: dict[str, Any]


class Upstream:
    """One service. Raises Unavailable, Overloaded, UpstreamTimeout, UpstreamFailed,
    ContractViolation, and UpstreamProblem for the 4xx answers that the service declares."""

    def __init__(self, service: str, base_url: str, identity: Identity = NOBODY) -> None:
        self.service = service
        self._identity = identity
        self._base_url = base_url.rstrip("/")
        self._sla = loader.sla(service)
        self._contract = Contract(service)
        self._resilience = Resilience(self._sla)
        self._user_concurrency = UserConcurrency(self._sla)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            # A service that leaves serves on for longer than a connection or an address is kept.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S, ttl_dns_cache=IDLE_S),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # It would repeat calls by itself, and ask no budget; there is no public way to say so.
        self._session._retry_connection = False  # noqa: SLF001

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        json_body: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        also: int | None = None,
    ) -> Answer:
        """A call within what is left of the request's deadline, made a second time when it may be
        repeated, or was never sent, could not be answered, and the budget has one. `also` is an
        error status whose answer is handed back as it is."""
        arguments = {"data": data, "json": json_body, "params": params}
        answer = await self._repeated(method, path, headers or {}, arguments, begun=False)
        assert isinstance(answer, Answer)
        return answer if answer.status == also else self._checked(answer)

    async def pass_on(self, path: str, headers: Mapping[str, str] | None = None) -> Answer | Begun:
        """A GET whose body is passed on in pieces, unread: of a success its head alone is held to the
        contract. Anything else is read and checked as in a call."""
        answer = await self._repeated("GET", path, headers or {}, {}, begun=True)
        return self._checked(answer) if isinstance(answer, Answer) else answer

    async def _repeated(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        arguments: Mapping[str, Any],
        *,
        begun: bool,
    ) -> Answer | Begun:
        may_repeat = self._sla.operation(method, path).retries > 0
        self._resilience.budget.earn()
        try:
            return await self._once(method, path, headers, arguments, begun=begun)
        except Unavailable as error:
            # A stream of data is closed by then, also where nothing was read of it.
            repeatable = arguments.get("data") is None and (
                (method in IDEMPOTENT and may_repeat) or isinstance(error, NotSent)
            )
            if not (repeatable and context.remaining(1) and self._resilience.budget.spend()):
                raise
            # A moment, in which a service that is replaced is found at its new address.
            await asyncio.sleep(random.uniform(*RETRY_AFTER_S))  # noqa: S311
            return await self._once(method, path, headers, arguments, begun=begun)

    async def _once(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        arguments: Mapping[str, Any],
        *,
        begun: bool,
    ) -> Answer | Begun:
        """Once a place of the user's is free."""
        allowed = self._sla.operation(method, path).timeout_s
        async with self._user_concurrency.place(context.remaining(allowed)):
            left = context.remaining(allowed)
            return await self._asked(method, path, left, headers, arguments, begun=begun)

    async def _asked(
        self,
        method: str,
        path: str,
        within_s: float,
        headers: Mapping[str, str],
        arguments: Mapping[str, Any],
        *,
        begun: bool,
    ) -> Answer | Begun:
        if within_s <= 0:
            raise UpstreamTimeout("There is no time left for this request.")
        allowed = self._sla.operation(method, path).timeout_s
        with (
            self._resilience.call(whole_time=within_s >= allowed),
            tracing.step(f"{method} {self.service}", "client", {"peer.service": self.service}),
        ):
            sent = {
                **context.outgoing_headers(within_s),
                **self._identity.headers(self.service),
                **headers,
            }
            try:
                async with asyncio.timeout(within_s):
                    answer = await self._exchange(
                        method, path, allowed, sent, arguments, begun=begun
                    )
                if isinstance(answer, Begun):
                    return answer
                self._check_not_refused(answer)
                self._hold_to_contract(method, path, answer)
                return answer
            except TimeoutError as error:
                raise UpstreamTimeout(f"{self.service} did not answer in time.") from error
            except aiohttp.ClientConnectorError as error:
                raise NotSent(f"{self.service} does not answer.") from error
            except aiohttp.ClientConnectionError as error:
                raise Unavailable(f"{self.service} does not answer.") from error
            except aiohttp.ClientError as error:
                raise UpstreamFailed(f"{self.service} broke off its answer.") from error

    async def _exchange(
        self,
        method: str,
        path: str,
        allowed: float,
        headers: Mapping[str, str],
        arguments: Mapping[str, Any],
        *,
        begun: bool,
    ) -> Answer | Begun:
        """Send a request and read its answer. `allowed`: seconds for which the body may stand still."""
        assert self._session is not None, "the lifespan opens the upstreams"
        response = await self._session.request(
            method,
            self._base_url + path,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=allowed),
            allow_redirects=False,
            **arguments,
        )
        try:
            if begun and response.status in PASSED_ON_IN_PIECES:
                return self._begun(method, path, response)
            body = await whole(response)
        except BaseException:
            response.close()
            raise
        response.release()
        return Answer(response.status, response.headers, body)

    def _begun(self, method: str, path: str, response: aiohttp.ClientResponse) -> Begun:
        media_type = response.headers.get("Content-Type", "")
        violation = self._contract.violation_of_head(method, path, response.status, media_type)
        if violation is not None:
            raise self._broken(violation, response.status)
        return Begun(response.status, response.headers, response)

    def _check_not_refused(self, answer: Answer) -> None:
        """Before the contract is: where it has such a status, that one says something of a client."""
        if answer.status not in (401, 403):
            return
        try:
            refused = json.loads(answer.body)["type"] in REFUSALS
        except (ValueError, LookupError, TypeError):
            return  # no problem, and no answer within the contract either
        if refused:
            _log.error("caller_refused", provider=self.service, status=answer.status)
            raise UpstreamFailed(f"{self.service} does not take calls of this gateway.")

    def _hold_to_contract(self, method: str, path: str, answer: Answer) -> None:
        violation = self._contract.violation(
            method, path, answer.status, answer.media_type, answer.body
        )
        if violation is not None:
            raise self._broken(violation, answer.status)

    def _broken(self, violation: Violation, status: int) -> ContractViolation:
        VIOLATIONS.labels(self.service, violation.operation).inc()
        _log.error(
            "contract_violation",
            provider=self.service,
            operation=violation.operation,
            pointer=violation.pointer,
            reason=violation.reason,
            status=status,
        )
        return ContractViolation(f"{self.service} answered outside its contract.")

    def _checked(self, answer: Answer) -> Answer:
        if answer.status < 400:  # noqa: PLR2004
            return answer
        body = answer.json()
        if answer.status < 500 or answer.status == 503:  # noqa: PLR2004
            kept = {
                name: answer.headers[name] for name in ("Retry-After",) if name in answer.headers
            }
            raise UpstreamProblem(answer.status, body, kept)
        if answer.status == 504:  # noqa: PLR2004
            raise UpstreamTimeout(f"{self.service} did not answer in time.")
        raise UpstreamFailed(f"{self.service} answered {answer.status}.")

    async def health(self) -> str:
        """ok or degraded, as its /readyz says; raises what a call does. One that drains still
        serves, and another has taken its place."""
        answer = await self.call("GET", "/readyz", also=Draining.status)
        if answer.status == Draining.status and answer.json()["type"].endswith(Draining.slug):
            return "ok"
        return str(self._checked(answer).json()["status"])

    async def state(self) -> State:
        """For the status page. A service that does not answer within STATE_WITHIN_S is down, and
        measures nothing."""
        try:
            async with asyncio.timeout(STATE_WITHIN_S):
                health = await self.health()
                version = (await self.call("GET", "/version")).json()
                report = (await self.call("GET", "/objectives")).json()
        except (*NOT_ANSWERED, TimeoutError):
            return State("down", "unknown", Objectives(self._sla).report().model_dump())
        return State(health, str(version["version"]), report)
