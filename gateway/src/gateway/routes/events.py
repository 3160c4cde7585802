"""Server-sent events: `status` events with the analysis as data, whenever its state changes. A stream
ends with the credential that opened it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sightline_contracts import context
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem

from gateway.credentials import Principal, Reader
from gateway.looks import only_looking
from gateway.models import AnalysisId
from gateway.routes.analyses import ENDED, Conductor
from gateway.upstream import Answer
from gateway.waiting import beats
from gateway.wiring import Wiring

REPLAYED = 100
"""A client that comes back with Last-Event-ID is told of the changes in its newest so many."""

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=200)]
COMMON = (401, 403, 422, 429, 502, 503, 504)


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["events"])
    conductor = Conductor(wiring)

    async def existing(reader: Reader, analysis_id: AnalysisId) -> Answer:
        """Asked before the stream begins, so that an unknown analysis is still a 404."""
        return await conductor.get(reader, analysis_id)

    @router.get(
        "/v1/analyses/{analysis_id}/events", operation_id="analysis_events",
        response_class=EventSourceResponse, responses=problems(404, *COMMON),
    )  # fmt: skip
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
        "/v1/events", operation_id="events", response_class=EventSourceResponse,
        responses=problems(*COMMON),
    )  # fmt: skip
    async def events(
        reader: Reader, last_event_id: LastEventId = None
    ) -> AsyncIterator[ServerSentEvent]:
        """Every change of every analysis of the caller."""
        if only_looking():
            return
        context.deadline.set(None)
        with wiring.hints.listen(reader.user_id) as queue:
            page = await _newest(wiring, reader)
            told = {one["id"]: _event_id(one) for one in page}
            for one in _missed(page, last_event_id):
                yield _event(one)
            alive = {one["id"] for one in page if one["status"] not in ENDED}
            async for hinted in wiring.standing.while_let_in(reader, beats(queue)):
                for analysis_id in {hinted} if hinted else set(alive):
                    analysis = await _read(conductor, reader, analysis_id)
                    if analysis is None:
                        alive.discard(analysis_id)
                        continue
                    if told.get(analysis_id) != _event_id(analysis):
                        told[analysis_id] = _event_id(analysis)
                        yield _event(analysis)
                    ended = analysis["status"] in ENDED
                    (alive.discard if ended else alive.add)(analysis_id)

    return router


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
    answer = await wiring.results.call("GET", path, params={"limit": str(REPLAYED)})
    return list(answer.json()["items"])


async def _read(conductor: Conductor, reader: Principal, analysis_id: str) -> dict[str, Any] | None:
    """None while it cannot be read: the stream goes on, the next beat asks again."""
    try:
        return dict((await conductor.get(reader, analysis_id)).json())
    except Problem:
        return None


async def _at_once_and(source: AsyncIterator[str | None]) -> AsyncIterator[str | None]:
    yield None
    async for item in source:
        yield item
