"""Flows of analyses: submitting, waiting, reading, ending."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, Unpack, cast

from sightline.errors import AnalysisFailed, ApiError, ConnectionFailed, WaitedTooLong
from sightline.events import Event
from sightline.images import PRESIGNED_ABOVE, File, Image, address_of, file_of
from sightline.models import (
    Analysis,
    AnalysisPage,
    Batch,
    PresignedUpload,
    Result,
    SimilarAnalysis,
)
from sightline.requests import Call, Flow, Pause, ReadEvents, ReadFile, Reply
from sightline.sending import get_json, keyed, send
from sightline.settings import Settings

ENDED = frozenset({"succeeded", "failed", "canceled"})
POLLED_S = 25
"""Seconds that a call waits for the end, of the 30 that it may."""
STREAMED_S = 300.0
REOPENED_S = 1.0
BATCH_POLL_S = 1.0
BATCH_AT_MOST = 128


class Options(TypedDict, total=False):
    """What is to be done with an image, as `POST /v1/analyses` takes it. What is left out, or None, is as usual."""

    operations: Sequence[str] | None
    engine: str | None
    min_confidence: float | None
    max_labels: int | None
    raw_answers: bool | None
    webhook_url: str | None
    metadata: Mapping[str, Any] | None


def submit(
    settings: Settings,
    image: Image,
    *,
    idempotency_key: str | None = None,
    **options: Unpack[Options],
) -> Flow[Analysis]:
    """Hand an image in: its address, a path or its bytes. It is accepted at once and analysed later."""
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    key = keyed(idempotency_key)
    address = address_of(image)
    if address is None:
        file = yield from _read(image)
        if len(file.content) <= PRESIGNED_ABOVE:
            return cast(Analysis, (yield from _submit_form(settings, file, given, key)))
        given["upload_id"] = yield from upload(
            settings, file.content, idempotency_key=f"{key['Idempotency-Key'][:240]}-upload"
        )
    else:
        given["image_url"] = address
    reply = yield from send(settings, Call("POST", "/v1/analyses", headers=key, json=given))
    return cast(Analysis, reply.json())


def _submit_form(
    settings: Settings, file: File, given: Mapping[str, Any], key: Mapping[str, str]
) -> Flow[Any]:
    form = {name: value if name == "operations" else _field(value) for name, value in given.items()}
    call = Call(
        "POST",
        "/v1/analyses",
        headers=key,
        form=form,
        file=(file.name, file.content, file.media_type),
    )
    return (yield from send(settings, call)).json()


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read(image: Image) -> Flow[File]:
    """Raises as `file_of` does."""
    if isinstance(image, bytes):
        return file_of(image)
    return cast(File, (yield ReadFile(image)))


def upload(settings: Settings, image: Image, *, idempotency_key: str | None = None) -> Flow[str]:
    """Send a file straight into the store. Returns the id to submit."""
    file = yield from _read(image)
    wanted = {"content_type": file.media_type, "size": len(file.content)}
    call = Call("POST", "/v1/uploads", headers=keyed(idempotency_key), json=wanted)
    target = cast(PresignedUpload, (yield from send(settings, call)).json())
    put = Call("PUT", target["url"], headers=target["headers"], content=file.content, open=True)
    yield from send(settings, put)
    return target["upload_id"]


def get(settings: Settings, analysis_id: str, *, wait_s: int | None = None) -> Flow[Analysis]:
    """`wait_s`: hold the answer back until it ends, 30 seconds at the most."""
    return cast(
        Analysis, (yield from get_json(settings, f"/v1/analyses/{analysis_id}", wait=wait_s))
    )


def wait(settings: Settings, analysis_id: str, *, timeout_s: float = 300.0) -> Flow[Analysis]:
    """The analysis when it has ended, by its stream of events, or by asking where there is none. Raises
    WaitedTooLong."""
    end = time.monotonic() + timeout_s
    analysis = yield from get(settings, analysis_id)
    streams = True
    while analysis["status"] not in ENDED:
        left = end - time.monotonic()
        if left <= 0:
            raise WaitedTooLong(analysis_id)
        if streams:
            streams = yield from _watch(settings, analysis_id, min(left, STREAMED_S))
        wait_s = None if streams else max(1, int(min(left, POLLED_S)))
        analysis = yield from get(settings, analysis_id, wait_s=wait_s)
        if streams and analysis["status"] not in ENDED:
            yield Pause(REOPENED_S)  # the stream was cut
    return analysis


def _watch(settings: Settings, analysis_id: str, seconds: float) -> Flow[bool]:
    """Returns at an end state, at the end of the stream or of the time; False where there is no stream."""

    def is_end(event: Event) -> bool:
        return event.kind == "status" and event.json()["status"] in ENDED

    path = f"/v1/analyses/{analysis_id}/events"
    try:
        refused: Reply | None = yield ReadEvents(path, settings.credentials(), is_end, seconds)
    except ConnectionFailed:
        return False
    return refused is None


def analyze(
    settings: Settings, image: Image, *, timeout_s: float = 300.0, **options: Unpack[Options]
) -> Flow[Result]:
    """Submit an image and wait for its result. `options` as `submit` takes them. Raises AnalysisFailed where there
    is none, WaitedTooLong."""
    analysis = yield from submit(settings, image, **options)
    if analysis["status"] not in ENDED:
        analysis = yield from wait(settings, analysis["id"], timeout_s=timeout_s)
    if analysis["result"] is None:
        raise AnalysisFailed(analysis)
    return analysis["result"]


def page(
    settings: Settings, *, cursor: str | None = None, limit: int = 100, **filters: Any
) -> Flow[AnalysisPage]:
    """`filters` by the names that `GET /v1/analyses` has for them, a trailing underscore for a word of Python's
    (`from_`)."""
    named = {name.removesuffix("_"): value for name, value in filters.items()}
    return cast(
        AnalysisPage,
        (yield from get_json(settings, "/v1/analyses", cursor=cursor, limit=limit, **named)),
    )


def result(settings: Settings, analysis_id: str) -> Flow[Result]:
    return cast(Result, (yield from get_json(settings, f"/v1/analyses/{analysis_id}/result")))


def preview(settings: Settings, analysis_id: str) -> Flow[bytes]:
    """A JPEG."""
    call = Call("GET", f"/v1/analyses/{analysis_id}/preview")
    return (yield from send(settings, call)).content


def similar(
    settings: Settings, analysis_id: str, *, limit: int = 20
) -> Flow[list[SimilarAnalysis]]:
    """One's own pictures that look alike, near-duplicates first, then the nearest. Raises Conflict where there is
    nothing to compare by."""
    found = yield from get_json(settings, f"/v1/analyses/{analysis_id}/similar", limit=limit)
    return cast(list[SimilarAnalysis], found["items"])


def cancel(settings: Settings, analysis_id: str) -> Flow[Analysis]:
    """Raises Conflict where it has ended."""
    call = Call("POST", f"/v1/analyses/{analysis_id}/cancel", headers=keyed(None))
    return cast(Analysis, (yield from send(settings, call)).json())


def retry(settings: Settings, analysis_id: str) -> Flow[Analysis]:
    """The same input as a new analysis."""
    call = Call("POST", f"/v1/analyses/{analysis_id}/retry", headers=keyed(None))
    return cast(Analysis, (yield from send(settings, call)).json())


def delete(settings: Settings, analysis_id: str) -> Flow[None]:
    """Nothing is left of it. What is gone already stays gone."""
    try:
        yield from send(settings, Call("DELETE", f"/v1/analyses/{analysis_id}"))
    except ApiError as error:
        if error.status != 404:  # noqa: PLR2004
            raise


def submit_batch(
    settings: Settings, items: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
) -> Flow[Batch]:
    """Up to 128 submissions as `POST /v1/analyses` takes them by JSON, each with `image_url` or `upload_id`."""
    body = {"items": [dict(item) for item in items]}
    call = Call("POST", "/v1/batches", headers=keyed(idempotency_key), json=body)
    return cast(Batch, (yield from send(settings, call)).json())


def get_batch(settings: Settings, batch_id: str) -> Flow[Batch]:
    return cast(Batch, (yield from get_json(settings, f"/v1/batches/{batch_id}")))


def wait_batch(
    settings: Settings,
    batch_id: str,
    *,
    timeout_s: float = 600.0,
    on_progress: Callable[[Batch], None] | None = None,
) -> Flow[Batch]:
    """The batch when all of its items have ended. `on_progress` sees each state. Raises WaitedTooLong."""
    end = time.monotonic() + timeout_s
    while True:
        batch = yield from get_batch(settings, batch_id)
        if on_progress is not None:
            on_progress(batch)
        if not {"queued", "running"} & batch["counts"].keys():
            return batch
        if time.monotonic() >= end:
            raise WaitedTooLong(batch_id)
        yield Pause(BATCH_POLL_S)
