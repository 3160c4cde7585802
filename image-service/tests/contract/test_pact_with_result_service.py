"""What image-service needs of result-service: its API, and the events that it publishes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pact import match
from sightline_contracts import events, work_queue
from sightline_testing.pacts import (
    ANALYSIS,
    BYTES,
    USER,
    Call,
    Event,
    Reading,
    Scenario,
    State,
    Written,
    problem,
)

from image_service.errors import Refused
from image_service.instances.answers import Analysed
from image_service.queue.message import Message, parse
from image_service.queue.work_stream import WorkStream
from image_service.upstream.results import ResultService, WebhookMessage
from image_service.worker import outcome_report

PACT = Written("image-service", "result-service")
ONE = f"/v1/users/{USER}/analyses/{ANALYSIS}"
OURS = {"user_id": USER, "analysis_id": ANALYSIS}
TIME = match.regex(
    "2026-11-01T00:00:00.000Z", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
)
DELIVERY = f"001793491200000-{ANALYSIS}"
IMAGE = b"\x89PNG not a picture, but as many bytes as one may have"
QUEUED = State("an analysis that is queued", OURS)
ENDED = State("an analysis that has ended", OURS)
UPLOADED = State("an analysis with an uploaded image", {**OURS, "image": IMAGE.decode("latin-1")})
NOTHING = State("no such analysis", OURS)
MESSAGE = Message("1-0", "r", None, {**OURS, "created_at": "2026-11-01T00:00:00.000Z"})
ATTEMPT = outcome_report.attempt(1, "2026-11-01T00:00:00.000Z", 60.4, "succeeded", 0.5, 210.0)
RAN = MESSAGE.changed(attempts=[ATTEMPT])
ANY_REPORT = {
    "started_at": TIME,
    "finished_at": TIME,
    "attempts": [ATTEMPT],
    "metering": match.type(outcome_report.metering([ATTEMPT], 512)),
}
# Its versions are an example's: the pact is to outlive a release.
RECEIPT = {"contracts": "1.0.0", "input_sha256": "0" * 64, "service": "image-service/1.0.0"}
EMBEDDING = {"model": "efficientnet-lite0-0.1.0", "vector": "AAECf4E="}
ANALYSED = Analysed({"image": {"sha256": "0" * 64}}, b"\xff\xd8 a preview", EMBEDDING)


@PACT.calls(Call("whether an ended analysis has ended", "HEAD", f"{ONE}/outcome", 200, ENDED))
async def what_has_ended_is_not_run_again(results: ResultService) -> None:
    assert await results.has_ended(MESSAGE)


@PACT.calls(Call("whether a queued analysis has ended", "HEAD", f"{ONE}/outcome", 404, QUEUED))
async def what_has_not_ended_is_run(results: ResultService) -> None:
    assert not await results.has_ended(MESSAGE)


@PACT.calls(
    Call(
        "an uploaded image", "GET", f"{ONE}/upload", 200, UPLOADED, answer=IMAGE, answer_type=BYTES
    )
)
async def an_upload_is_fetched(results: ResultService) -> None:
    assert await results.upload(MESSAGE) == IMAGE


@PACT.calls(
    Call(
        "an uploaded image that is gone",
        "GET",
        f"{ONE}/upload",
        404,
        NOTHING,
        **problem("not-found"),
    )
)
async def an_upload_that_is_gone_is_the_clients_matter(results: ResultService) -> None:
    with pytest.raises(Refused):
        await results.upload(MESSAGE)


@PACT.calls(
    Call(
        "a result to answer with again",
        "GET",
        f"{ONE}/result",
        200,
        ENDED,
        answer={"analysis_id": ANALYSIS},
    ),
    Call(
        "the preview that belongs to it",
        "GET",
        f"{ONE}/preview",
        200,
        State("an analysis with a preview", {**OURS, "preview": "jpeg"}),
        answer=b"jpeg",
        answer_type="image/jpeg",
    ),
)
async def an_earlier_result_is_read(results: ResultService) -> None:
    assert await results.succeeded(USER, ANALYSIS) == ({"analysis_id": ANALYSIS}, b"jpeg")


@PACT.calls(
    Call("a result that is gone", "GET", f"{ONE}/result", 404, NOTHING, **problem("not-found"))
)
async def an_earlier_result_may_be_gone(results: ResultService) -> None:
    assert await results.succeeded(USER, ANALYSIS) is None


@PACT.calls(
    Call(
        "a success",
        "PUT",
        f"{ONE}/outcome",
        201,
        QUEUED,
        body={
            **ANY_REPORT,
            "status": "succeeded",
            "error": None,
            "result": match.type(
                {**outcome_report.succeeded(RAN, ANALYSED, 512)["result"], "receipt": RECEIPT}
            ),
            "preview": match.regex("/9ggYSBwcmV2aWV3", regex="^[A-Za-z0-9+/]+=*$"),
            "embedding": {
                "model": match.type(EMBEDDING["model"]),
                "vector": match.regex(EMBEDDING["vector"], regex="^[A-Za-z0-9+/]+=*$"),
            },
        },
    )
)
async def a_success_is_reported(results: ResultService) -> None:
    await results.put_outcome(MESSAGE, outcome_report.succeeded(RAN, ANALYSED, 512))


@PACT.calls(
    Call(
        "a failure",
        "PUT",
        f"{ONE}/outcome",
        201,
        QUEUED,
        body={
            **ANY_REPORT,
            "status": "failed",
            "result": None,
            "error": match.type(
                {"code": "timeout", "title": "It took too long", "detail": "…", "attempts": 1}
            ),
        },
    )
)
async def a_failure_is_reported(results: ResultService) -> None:
    await results.put_outcome(MESSAGE, outcome_report.failed("timeout", "too long", RAN, 512))


@PACT.calls(
    Call(
        "an outcome after the first",
        "PUT",
        f"{ONE}/outcome",
        200,
        ENDED,
        body=outcome_report.failed("timeout", "too long", RAN, 512)
        | {"started_at": TIME, "finished_at": TIME},
    )
)
async def a_second_report_is_no_trouble(results: ResultService) -> None:
    await results.put_outcome(MESSAGE, outcome_report.failed("timeout", "too long", RAN, 512))


@PACT.calls(
    Call(
        "an outcome of an analysis that was deleted",
        "PUT",
        f"{ONE}/outcome",
        404,
        NOTHING,
        body=outcome_report.failed("timeout", "too long", RAN, 512)
        | {"started_at": TIME, "finished_at": TIME},
    )
)
async def a_report_of_what_was_deleted_is_no_trouble(results: ResultService) -> None:
    await results.put_outcome(MESSAGE, outcome_report.failed("timeout", "too long", RAN, 512))


@PACT.calls(
    Call(
        "what an admin has set of the function",
        "GET",
        "/v1/function",
        200,
        State("a function whose memory was set", {"memory_mb": 1024}),
        answer={
            "memory_mb": match.int(1024),
            "timeout_s": None,
            "reserved_concurrency": None,
            "max_attempts": None,
            "max_event_age_s": None,
        },
    )
)
async def what_was_set_is_followed(results: ResultService) -> None:
    assert await results.function_changes() == {"memory_mb": 1024}


@PACT.calls(
    Call(
        "webhooks that are due",
        "POST",
        "/v1/webhook-deliveries/receive",
        200,
        State("a webhook that is due", {**OURS, "url": "http://hooks.test/"}),
        query={"limit": "3"},
        answer={
            "messages": [
                {
                    "delivery_id": match.regex(DELIVERY, regex=r"^\d{15}-an_[0-9a-z]{26}$"),
                    "request_id": match.str("r"),
                    "url": "http://hooks.test/",
                    "headers": {
                        "webhook-id": match.regex(
                            "msg_01k9zt5w000000000000000002", regex="^msg_[0-9a-z]{26}$"
                        ),
                        "webhook-timestamp": match.regex("1793491200", regex=r"^\d+$"),
                        "webhook-signature": match.regex("v1,c2ln", regex="^v1,.+$"),
                    },
                    "body": match.str("{}"),
                }
            ]
        },
    )
)
async def webhooks_are_received(results: ResultService) -> None:
    message = WebhookMessage.read(*await results.receive_webhooks(3))
    assert (message.delivery_id, message.url, message.body) == (
        DELIVERY,
        "http://hooks.test/",
        "{}",
    )
    assert message.headers["webhook-id"]


@PACT.calls(Call("a webhook that has arrived", "DELETE", f"/v1/webhook-deliveries/{DELIVERY}", 204))
async def a_webhook_that_has_arrived_is_deleted(results: ResultService) -> None:
    await results.delete_webhook(DELIVERY)


@PACT.calls(Call("whether result-service is alive", "GET", "/livez", 200))
async def its_health_is_asked_for(results: ResultService) -> None:
    await results.check()


REQUESTED = {
    "type": events.REQUESTED,
    "requestid": match.regex("abc", regex=r"^[A-Za-z0-9._-]{1,64}$"),
    "data": {
        "analysis_id": match.regex(ANALYSIS, regex="^an_[0-9a-z]{26}$"),
        "user_id": match.regex(USER, regex="^us_[0-9a-z]{26}$"),
        "created_at": TIME,
        "input": {
            "kind": "upload",
            "image_url": None,
            "operations": match.each_like(match.regex("hash", regex="^[a-z]+$")),
            "engine": match.regex("auto", regex="^(auto|local)$"),
        },
    },
}


@PACT.event(Event("an analysis of an upload was requested", REQUESTED))
def an_upload_is_taken_from_the_queue(text: str) -> None:
    message = parse("1-0", {events.FIELD: text})
    assert (message.analysis_id, message.user_id) == (ANALYSIS, USER)
    assert (message.image_url, message.operations) == (None, ["hash"])
    assert message.request_id == "abc"
    assert message.age_s() > 0


_BY_ADDRESS = {**REQUESTED["data"], "input": {**REQUESTED["data"]["input"]}}  # type: ignore[dict-item]
_BY_ADDRESS["input"] |= {
    "kind": "url",
    "image_url": match.regex("http://pictures.test/a.png", regex="^https?://.+$"),
}


@PACT.event(
    Event("an analysis of an image's address was requested", {**REQUESTED, "data": _BY_ADDRESS})
)
def an_address_is_taken_from_the_queue(text: str) -> None:
    assert parse("1-0", {events.FIELD: text}).image_url == "http://pictures.test/a.png"


class OneEntry:
    """In the place of the client that waits for Redis."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def xread(self, streams: dict[str, str], block: int) -> Any:
        (stream,) = streams
        return [(stream, [("1-0", {events.FIELD: self._text})])]


@PACT.event(
    Event(
        "an analysis was canceled",
        {
            "type": events.COMPLETED,
            "data": {
                "analysis_id": match.regex(ANALYSIS, regex="^an_[0-9a-z]{26}$"),
                "user_id": match.regex(USER, regex="^us_[0-9a-z]{26}$"),
                "status": "canceled",
                "created_at": TIME,
                "finished_at": TIME,
            },
        },
    )
)
def a_cancel_is_heard_of(text: str) -> None:
    stream = WorkStream("redis://127.0.0.1:1/0", "worker", 1.0, work_queue.ORDINARY)
    stream._reader = OneEntry(text)  # type: ignore[assignment]
    assert asyncio.run(stream.canceled()) == [ANALYSIS]


@asynccontextmanager
async def adapter(url: str) -> AsyncIterator[ResultService]:
    results = ResultService(url)
    await results.open()
    try:
        yield results
    finally:
        await results.close()


@pytest.mark.parametrize("scenario", PACT.scenarios, ids=str)
async def test_the_adapter_asks_and_reads_as_the_pact_says(scenario: Scenario) -> None:
    with PACT.answering(scenario) as url:
        async with adapter(url) as results:
            await scenario.drive(results)


@pytest.mark.parametrize("reading", PACT.readings, ids=str)
def test_the_worker_reads_the_event_of_the_pact(reading: Reading) -> None:
    PACT.read(reading)


def test_the_pact_is_the_committed_one() -> None:
    PACT.check()
