"""Server-sent events of one analysis, and of all of the caller's."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sightline_contracts import context

from gateway.models.analyses import AnalysisId
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, Reader, Slots, Streams
from gateway.web.head_requests import is_head

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=200)]

router = APIRouter(tags=["events"])


async def stream_slot(slots: Slots, reader: Reader) -> AsyncIterator[None]:
    """A slot for one more stream of the caller, until its end. Raises TooManyStreams."""
    with slots.hold(reader.user_id):
        yield


async def first_state(
    streams: Streams, reader: Reader, analysis_id: AnalysisId, last_event_id: LastEventId = None
) -> dict[str, Any]:
    """The analysis before its stream begins. Raises NothingMore."""
    return await streams.first(reader, analysis_id, last_event_id)


@router.get(
    "/v1/analyses/{analysis_id}/events",
    operation_id="analysis_events",
    summary="Stream the changes of an analysis",
    response_class=EventSourceResponse,
    dependencies=[Depends(stream_slot)],
    responses={204: {"description": "It has ended, and you know"}, **problems(404, *ERRORS)},
)
async def analysis_events(
    streams: Streams,
    reader: Reader,
    analysis: Annotated[dict[str, Any], Depends(first_state)],
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: the state now, each change of it, and the end of the stream with the end state. A
    stream that was cut goes on after `Last-Event-ID`."""
    if is_head():
        return
    context.deadline.set(None)  # the stream outlives the request's deadline
    async for event in streams.of_analysis(reader, analysis, last_event_id):
        yield event


@router.get(
    "/v1/events",
    operation_id="events",
    summary="Stream the changes of all one's analyses",
    response_class=EventSourceResponse,
    dependencies=[Depends(stream_slot)],
    responses=problems(*ERRORS),
)
async def events(
    streams: Streams, reader: Reader, last_event_id: LastEventId = None
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events for whoever waits for many. A stream that was cut goes on after `Last-Event-ID`."""
    if is_head():
        return
    context.deadline.set(None)
    async for event in streams.of_user(reader, last_event_id):
        yield event
