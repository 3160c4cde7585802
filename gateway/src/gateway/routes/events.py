"""Server-sent events: `status` events with the analysis as data, whenever its state changes. A stream
ends with the credential that opened it, and holds little however long it lasts."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sightline_contracts import context, memory
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem

from gateway.admission.credentials import Principal, Reader
from gateway.admission.stream_slots import place
from gateway.analyses.waiting import MISSED, beats
from gateway.errors import NothingMore
from gateway.models.analyses import AnalysisId
from gateway.routes.analyses import ENDED, Conductor
from gateway.upstream.answers import Answer
from gateway.web.head_requests import only_looking
from gateway.wiring import Wiring

REPLAYED = 100
"""A client that comes back with Last-Event-ID is told of the changes in its newest so many; so many are
asked about when there is no hint."""
REMEMBERED = 1000
"""Analyses of which a stream remembers what it has told."""

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=200)]
COMMON = (401, 403, 422, 429, 502, 503, 504)


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["events"])
    conductor = Conductor(wiring)

    async def existing(
        reader: Reader, analysis_id: AnalysisId, last_event_id: LastEventId = None
    ) -> Answer:
        """Asked before the stream begins, so that an unknown analysis is still a 404. A client that has
        been told of the end, and comes back as every EventSource does, is told not to."""
        answer = await conductor.get(reader, analysis_id)
        if answer.json()["status"] in ENDED and _event_id(answer.json()) == last_event_id:
            raise NothingMore
        return answer

    @router.get(
        "/v1/analyses/{analysis_id}/events",
        operation_id="analysis_events",
        response_class=EventSourceResponse,
        dependencies=[Depends(place)],
        responses={204: {"description": "It has ended, and you know"}, **problems(404, *COMMON)},
    )
    async def analysis_events(
        reader: Reader,
        analysis_id: AnalysisId,
        first: Annotated[Answer, Depends(existing)],
        last_event_id: LastEventId = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """The state now, each change of it, and the end of the stream with the end state."""
        if only_looking():
            return
        context.deadline.set(None)  # the stream outlives the request's deadline
        told = last_event_id
        analysis = first.json()
        with wiring.hints.listen(analysis_id) as queue:
            live = wiring.standing.while_let_in(reader, beats(queue))
            async for _ in _at_once_and(live):
                if told is not None:
                    analysis = await _read(conductor, reader, analysis_id) or analysis
                if _event_id(analysis) != told:
                    told = _event_id(analysis)
                    yield _event(analysis)
                if analysis["status"] in ENDED:
                    return

    @router.get(
        "/v1/events",
        operation_id="events",
        response_class=EventSourceResponse,
        dependencies=[Depends(place)],
        responses=problems(*COMMON),
    )
    async def events(
        reader: Reader, last_event_id: LastEventId = None
    ) -> AsyncIterator[ServerSentEvent]:
        """Every change of every analysis of the caller."""
        if only_looking():
            return
        context.deadline.set(None)
        with wiring.hints.listen(reader.user_id) as queue:
            page = await _newest(wiring, reader)
            told = Told(page)
            for one in _missed(page, last_event_id):
                yield _event(await _read(conductor, reader, one["id"]) or one)
            async for hinted in wiring.standing.while_let_in(reader, beats(queue)):
                if hinted == MISSED:
                    asked = [one["id"] for one in await _newest(wiring, reader)]
                else:
                    asked = [hinted] if hinted else told.alive()
                for analysis_id in asked:
                    analysis = await _read(conductor, reader, analysis_id)
                    if analysis is None:
                        told.forget(analysis_id)
                    elif told.is_news(analysis):
                        yield _event(analysis)

    return router


class Told:
    """What a stream has told of the analyses that it heard of last."""

    def __init__(self, page: list[dict[str, Any]]) -> None:
        self._told: OrderedDict[str, tuple[str, bool]] = OrderedDict()
        for one in reversed(page):
            self.is_news(one)

    def is_news(self, analysis: dict[str, Any]) -> bool:
        """Whether it is in another state than was told; from now on it is told."""
        before, _ = self._told.pop(analysis["id"], ("", False))
        state = _event_id(analysis)
        self._told[analysis["id"]] = (state, analysis["status"] not in ENDED)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return before != state

    def forget(self, analysis_id: str) -> None:
        self._told.pop(analysis_id, None)

    def alive(self) -> list[str]:
        """Ids of the newest that had not ended."""
        found = [one for one, (_, is_alive) in self._told.items() if is_alive]
        return found[-REPLAYED:]


def _event_id(analysis: dict[str, Any]) -> str:
    """Names a state of an analysis: its id and what of it can change."""
    return f"{analysis['id']}:{analysis['status']}:{analysis['attempts']}"


def _event(analysis: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(data=analysis, event="status", id=_event_id(analysis))


def _missed(page: list[dict[str, Any]], last_event_id: str | None) -> list[dict[str, Any]]:
    """What a returning client has not been told, oldest first: everything from the analysis of
    its last event on, and whatever of the page is in another state than that event says."""
    if last_event_id is None:
        return []
    analysis_id = last_event_id.partition(":")[0]
    return [
        one
        for one in reversed(page)
        if one["id"] >= analysis_id and _event_id(one) != last_event_id
    ]


async def _newest(wiring: Wiring, reader: Principal) -> list[dict[str, Any]]:
    path = f"/v1/users/{reader.user_id}/analyses"
    with memory.for_a_moment():
        answer = await wiring.results.call("GET", path, params={"limit": str(REPLAYED)})
    return list(answer.json()["items"])


async def _read(conductor: Conductor, reader: Principal, analysis_id: str) -> dict[str, Any] | None:
    """None while it cannot be read: the stream goes on, the next beat asks again."""
    try:
        # The stream goes on for long: what it has held of an answer is given back with each.
        with memory.for_a_moment():
            return dict((await conductor.get(reader, analysis_id)).json())
    except Problem:
        return None


async def _at_once_and(source: AsyncIterator[str | None]) -> AsyncIterator[str | None]:
    yield None
    async for item in source:
        yield item
