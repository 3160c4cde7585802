"""Server-sent events: `status` events with the analysis as data, whenever its state changes. A stream
ends with the credential that opened it, and holds little however long it lasts."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import ServerSentEvent
from sightline_contracts import memory
from sightline_contracts.problems import Problem

from gateway.admission.credentials import Principal
from gateway.admission.revalidation import Revalidation
from gateway.analyses.service import ENDED, AnalysisService
from gateway.analyses.waiting import MISSED, Hints, beats
from gateway.errors import NothingMore
from gateway.upstream.results import ResultService

REPLAYED = 100
"""A client that comes back with Last-Event-ID is told the changes in its newest so many analyses; so
many are asked about when a hint was missed."""
REMEMBERED = 1000
"""Analyses whose sent state a stream remembers."""
Analysis = dict[str, Any]


class EventStreams:
    """The streams of one analysis, and of all analyses of a user."""

    def __init__(
        self,
        analyses: AnalysisService,
        results: ResultService,
        hints: Hints,
        revalidation: Revalidation,
    ) -> None:
        self._analyses = analyses
        self._results = results
        self._hints = hints
        self._revalidation = revalidation

    async def first(
        self, principal: Principal, analysis_id: str, last_event_id: str | None
    ) -> Analysis:
        """The analysis before its stream begins, so that an unknown one is still a 404. Raises
        NothingMore for a client that was told the end and comes back, as every EventSource does."""
        analysis: Analysis = (await self._analyses.get(principal, analysis_id)).json()
        if analysis["status"] in ENDED and _event_id(analysis) == last_event_id:
            raise NothingMore
        return analysis

    async def of_analysis(
        self, principal: Principal, analysis: Analysis, last_event_id: str | None
    ) -> AsyncIterator[ServerSentEvent]:
        """The state now, each change of it, and the end of the stream with the end state."""
        sent = last_event_id
        analysis_id = analysis["id"]
        with self._hints.listen(analysis_id) as queue:
            live = self._revalidation.while_valid(principal, beats(queue))
            async for _ in _at_once_and(live):
                if sent is not None:
                    analysis = await self._read(principal, analysis_id) or analysis
                if _event_id(analysis) != sent:
                    sent = _event_id(analysis)
                    yield _event(analysis)
                if analysis["status"] in ENDED:
                    return

    async def of_user(
        self, principal: Principal, last_event_id: str | None
    ) -> AsyncIterator[ServerSentEvent]:
        """Every change of every analysis of the caller."""
        with self._hints.listen(principal.user_id) as queue:
            page = await self._newest(principal)
            sent = SentStates(page)
            for analysis in _missed(page, last_event_id):
                yield _event(await self._read(principal, analysis["id"]) or analysis)
            async for hint in self._revalidation.while_valid(principal, beats(queue)):
                for analysis_id in await self._due(principal, hint, sent):
                    changed = await self._read(principal, analysis_id)
                    if changed is None:
                        sent.forget(analysis_id)
                    elif sent.is_news(changed):
                        yield _event(changed)

    async def _due(self, principal: Principal, hint: str | None, sent: "SentStates") -> list[str]:
        """The analyses to ask about after a hint, or after a beat without one."""
        if hint == MISSED:
            return [analysis["id"] for analysis in await self._newest(principal)]
        return [hint] if hint else sent.alive()

    async def _newest(self, principal: Principal) -> list[Analysis]:
        with memory.for_a_moment():
            page = await self._results.list_analyses(principal.user_id, {"limit": str(REPLAYED)})
        return list(page.json()["items"])

    async def _read(self, principal: Principal, analysis_id: str) -> Analysis | None:
        """None while it cannot be read: the stream goes on, and the next beat asks again."""
        try:
            # A stream lasts: the memory that an answer took is given back with each.
            with memory.for_a_moment():
                return dict((await self._analyses.get(principal, analysis_id)).json())
        except Problem:
            return None


class SentStates:
    """The states that a stream has sent, of the analyses that it heard of last."""

    def __init__(self, page: list[Analysis]) -> None:
        self._sent: OrderedDict[str, tuple[str, bool]] = OrderedDict()
        for analysis in reversed(page):
            self.is_news(analysis)

    def is_news(self, analysis: Analysis) -> bool:
        """Whether the state differs from the one that was sent; from now on it counts as sent."""
        before, _ = self._sent.pop(analysis["id"], ("", False))
        state = _event_id(analysis)
        self._sent[analysis["id"]] = (state, analysis["status"] not in ENDED)
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return before != state

    def forget(self, analysis_id: str) -> None:
        self._sent.pop(analysis_id, None)

    def alive(self) -> list[str]:
        """Ids of the newest that had not ended."""
        alive = [analysis_id for analysis_id, (_, is_alive) in self._sent.items() if is_alive]
        return alive[-REPLAYED:]


def _event_id(analysis: Analysis) -> str:
    """Names a state of an analysis: its id and what of it can change."""
    return f"{analysis['id']}:{analysis['status']}:{analysis['attempts']}"


def _event(analysis: Analysis) -> ServerSentEvent:
    return ServerSentEvent(data=analysis, event="status", id=_event_id(analysis))


def _missed(page: list[Analysis], last_event_id: str | None) -> list[Analysis]:
    """What a returning client was not sent, oldest first: everything from the analysis of its last
    event on, unless it is in the state which that event told."""
    if last_event_id is None:
        return []
    analysis_id = last_event_id.partition(":")[0]
    return [
        analysis
        for analysis in reversed(page)
        if analysis["id"] >= analysis_id and _event_id(analysis) != last_event_id
    ]


async def _at_once_and(source: AsyncIterator[str | None]) -> AsyncIterator[str | None]:
    yield None
    async for item in source:
        yield item
