"""What the gateway needs of result-service: its API, and the events that wake who waits. Of what it
passes through unread it needs what its own contract shows to clients first."""

import hashlib
from typing import Any

import pytest
from asking import NO_REDIS, OBJECTIVES, Asking
from pact import match
from sightline_contracts import events, ids, loader
from sightline_contracts.objectives import Objectives
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

from gateway.analyses.waiting import Hints, end_of
from gateway.errors import Deleted
from gateway.models.shares import Part

PACT = Written("gateway", "result-service")
ALL = f"/v1/users/{USER}/analyses"
ONE = f"{ALL}/{ANALYSIS}"
OURS = {"user_id": USER, "analysis_id": ANALYSIS}
ANY_ONE = match.regex(ONE, regex=f"^{ALL}/an_[0-9a-z]{{26}}$")
ANY_ID = match.regex(ANALYSIS, regex="^an_[0-9a-z]{26}$")
ANY_TIME = match.regex("2026-11-01T00:00:00.000Z", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.+$")
ETAG = {"ETag": match.regex('"0123"', regex='^"[0-9a-f]+"$')}
NOTHING = State("no such analysis", OURS)
DUPLICATE = "an_01k9zt5w000000000000000009"
SEEN = {
    "label": "Dog",
    "text": "invoice",
    "face_count": "1..",
    "has_code": "false",
    "from": "2001-01-01T00:00:00Z",
    "to": "2101-01-01T00:00:00Z",
    "q": "inv",
}
SHARES = f"{ONE}/shares"
SHARE, OTHER_SHARE = (f"sh_01k9zt5w00000000000000000{n}" for n in (4, 5))
YEAR_2100 = 4_102_444_800
SHARED = {
    "share_id": match.regex(SHARE, regex="^sh_[0-9a-z]{26}$"),
    "parts": ["page"],
    "created_at": ANY_TIME,
    "expires_at": ANY_TIME,
}
SHARING = State("an analysis that is shared", {**OURS, "share_id": SHARE})
QUEUED = State("an analysis that is queued", OURS)
ENDED = State("an analysis that has ended", OURS)
DEAD = State("an analysis that is a dead letter", OURS)
DIGEST = hashlib.sha256(b"the-key").hexdigest()
CLAIM = f"/v1/users/{USER}/idempotency-keys/{DIGEST}"
BATCH = ids.sibling("ba", ANALYSIS)
BATCH_PATH = f"/v1/users/{USER}/batches/{BATCH}"
MEMBERS = {"members": [{"index": 0, "analysis_id": ANALYSIS, "error": None}]}
INPUT = {
    "kind": "url",
    "image_url": "http://a.test/a.png",
    "operations": ["faces"],
    "engine": "auto",
    "metadata": {},
}
EVENT_INPUT = {name: value for name, value in INPUT.items() if name != "metadata"}
UPLOAD_INPUT = {**INPUT, "kind": "upload", "image_url": None}
INTENT = {
    "input": INPUT,
    "request_id": match.str("r"),
    "upload_id": None,
    "webhook_url": None,
}


def analysis(status: str, **more: Any) -> dict[str, Any]:
    """What the gateway reads of one: to tell changes, and to ask for the same again."""
    return {
        "id": ANY_ID,
        "status": status,
        "attempts": match.int(0),
        "input": match.type(INPUT),
        **more,
    }


@PACT.calls(
    Call(
        "an analysis to accept",
        "PUT",
        ANY_ONE,
        201,
        NOTHING,
        body=INTENT,
        answer=analysis("queued"),
    )
)
async def a_submission_is_accepted(gateway: Asking) -> None:
    wanted = {"image_url": INPUT["image_url"], "operations": INPUT["operations"]}
    answer = await gateway.client.post("/v1/analyses", json=wanted)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


@PACT.calls(
    Call(
        "an image to store",
        "PUT",
        match.regex(f"{ONE}/upload", regex=f"^{ALL}/an_[0-9a-z]{{26}}/upload$"),
        201,
        NOTHING,
        body=b"image",
        body_type=BYTES,
    ),
    Call(
        "an analysis of a stored image to accept",
        "PUT",
        ANY_ONE,
        201,
        State("an analysis with an uploaded image", {**OURS, "image": "image"}),
        body={**INTENT, "input": UPLOAD_INPUT},
        answer=analysis("queued", input=match.type(UPLOAD_INPUT)),
    ),
)
async def an_image_is_stored_before_it_is_accepted(gateway: Asking) -> None:
    answer = await gateway.client.post(
        "/v1/analyses", files={"image": ("a.png", b"image")}, data={"operations": ["faces"]}
    )
    assert answer.status_code == 202


@PACT.calls(
    Call("an analysis", "GET", ONE, 200, QUEUED, answer=analysis("queued"), answer_headers=ETAG)
)
async def an_analysis_is_read(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}")
    assert (answer.json()["status"], answer.headers["ETag"]) == ("queued", '"0123"')


@PACT.calls(
    Call(
        "an analysis that has changed",
        "GET",
        ONE,
        200,
        ENDED,
        headers={"If-None-Match": '"0"'},
        answer=analysis("succeeded"),
        answer_headers=ETAG,
    )
)
async def a_change_is_read(gateway: Asking) -> None:
    known = {"If-None-Match": '"0"'}
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}", headers=known)
    assert answer.json()["status"] == "succeeded"


@PACT.calls(
    Call("an analysis that is known", "GET", ONE, 304, ENDED, headers={"If-None-Match": "*"})
)
async def what_is_known_is_not_sent_again(gateway: Asking) -> None:
    known = {"If-None-Match": "*"}
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}", headers=known)
    assert answer.status_code == 304


@PACT.calls(
    Call(
        "an analysis that is not there",
        "GET",
        ONE,
        404,
        NOTHING,
        **problem("not-found", status=404),
    )
)
async def what_is_not_there_is_told(gateway: Asking) -> None:
    assert (await gateway.client.get(f"/v1/analyses/{ANALYSIS}")).status_code == 404


@PACT.calls(
    Call(
        "the newest analyses",
        "GET",
        ALL,
        200,
        QUEUED,
        query={"limit": "20"},
        answer={"items": match.each_like(analysis("queued")), "next_cursor": None},
    )
)
async def analyses_are_listed(gateway: Asking) -> None:
    (one,) = (await gateway.client.get("/v1/analyses")).json()["items"]
    assert (one["id"], one["status"], one["attempts"]) == (ANALYSIS, "queued", 0)


@PACT.calls(
    Call(
        "analyses in a state",
        "GET",
        ALL,
        200,
        QUEUED,
        query={"limit": "20", "status": "succeeded"},
        answer={"items": [], "next_cursor": None},
    )
)
async def analyses_are_listed_by_state(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/analyses", params={"status": "succeeded"})
    assert answer.json()["items"] == []


@PACT.calls(
    Call(
        "analyses in which something was seen",
        "GET",
        ALL,
        200,
        State("an analysis with a label", {**OURS, "label": "dog"}),
        query={"limit": "20", **SEEN},
        answer={"items": match.each_like(analysis("succeeded")), "next_cursor": None},
    )
)
async def analyses_are_found_by_what_was_seen(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/analyses", params=SEEN)
    assert [one["id"] for one in answer.json()["items"]] == [ANALYSIS]


@PACT.calls(
    Call(
        "pictures that look alike",
        "GET",
        f"{ONE}/similar",
        200,
        State("an analysis with a near-duplicate", {**OURS, "duplicate_id": DUPLICATE}),
        query={"limit": "5"},
        answer={
            "items": match.each_like(
                {
                    "analysis": analysis("succeeded"),
                    "similarity": match.number(0.93),
                    "near_duplicate": match.bool(True),
                }
            ),
            "complete": match.bool(True),
        },
    )
)
async def similar_ones_are_listed(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}/similar", params={"limit": "5"})
    (one,) = answer.json()["items"]
    assert (one["analysis"]["id"], one["similarity"]) == (ANALYSIS, 0.93)
    assert (one["near_duplicate"], answer.json()["complete"]) == (True, True)


@PACT.calls(
    Call(
        "pictures that look like one without a hash",
        "GET",
        f"{ONE}/similar",
        409,
        ENDED,
        query={"limit": "20"},
        **problem("nothing-to-compare", status=409),
    )
)
async def nothing_to_compare_by_is_told(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}/similar")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-compare")


@PACT.calls(
    Call(
        "an analysis to share",
        "PUT",
        match.regex(f"{SHARES}/{SHARE}", regex=f"^{SHARES}/sh_[0-9a-z]{{26}}$"),
        201,
        ENDED,
        body={"expires_in": 3600, "parts": ["page"]},
        answer=SHARED,
    )
)
async def an_analysis_is_shared(gateway: Asking) -> None:
    path, wanted = f"/v1/analyses/{ANALYSIS}/share", {"expires_in": 3600, "parts": ["page"]}
    answer = await gateway.client.post(path, json=wanted)
    assert (answer.status_code, answer.json()["parts"]) == (201, ["page"])


@PACT.calls(
    Call("what is shared", "GET", SHARES, 200, SHARING, answer={"items": match.each_like(SHARED)})
)
async def what_is_shared_is_listed(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}/share")
    assert [one["share_id"] for one in answer.json()["items"]] == [SHARE]


@PACT.calls(Call("a share to withdraw", "DELETE", f"{SHARES}/{SHARE}", 204, SHARING))
async def a_share_is_withdrawn(gateway: Asking) -> None:
    answer = await gateway.client.delete(f"/v1/analyses/{ANALYSIS}/share/{SHARE}")
    assert answer.status_code == 204


def shared(gateway: Asking, share_id: str, part: Part) -> str:
    sharing = gateway.wiring.sharing
    return sharing.address("http://gateway", USER, ANALYSIS, share_id, part, YEAR_2100)


@PACT.calls(
    Call("a share with a page", "GET", f"{SHARES}/{SHARE}", 200, SHARING, answer=SHARED),
    Call("no such share", "GET", f"{SHARES}/{OTHER_SHARE}", 404, SHARING, **problem("not-found")),
)
async def a_page_is_asked_for(gateway: Asking) -> None:
    for share_id, status in ((SHARE, 200), (OTHER_SHARE, 404)):
        answer = await gateway.client.get(shared(gateway, share_id, "page"))
        assert answer.status_code == status


@PACT.calls(
    Call(
        "a shared preview",
        "GET",
        f"{SHARES}/{SHARE}/preview",
        200,
        SHARING,
        answer=b"jpeg",
        answer_type="image/jpeg",
        answer_headers=ETAG,
    )
)
async def a_shared_preview_is_passed_on(gateway: Asking) -> None:
    answer = await gateway.client.get(shared(gateway, SHARE, "preview"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")


@PACT.calls(
    Call(
        "a result",
        "GET",
        f"{ONE}/result",
        200,
        ENDED,
        answer={"analysis_id": ANALYSIS},
        answer_headers=ETAG,
    )
)
async def a_result_is_passed_on(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}/result")
    assert answer.json()["analysis_id"] == ANALYSIS


@PACT.calls(
    Call(
        "a preview",
        "GET",
        f"{ONE}/preview",
        200,
        State("an analysis with a preview", {**OURS, "preview": "jpeg"}),
        answer=b"jpeg",
        answer_type="image/jpeg",
        answer_headers=ETAG,
    )
)
async def a_preview_is_passed_on(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/analyses/{ANALYSIS}/preview")
    assert (answer.content, answer.headers["Content-Type"]) == (b"jpeg", "image/jpeg")


@PACT.calls(
    Call(
        "an uploaded image",
        "GET",
        f"{ONE}/upload",
        200,
        State("an analysis with an uploaded image", {**OURS, "image": "image"}),
        answer=b"image",
        answer_type="application/octet-stream",
    )
)
async def an_upload_is_exported(gateway: Asking) -> None:
    answer = await gateway.wiring.results.call("GET", f"{ONE}/upload")
    assert answer.body == b"image"


@PACT.calls(Call("a cancel", "POST", f"{ONE}/cancel", 200, QUEUED, answer=analysis("canceled")))
async def an_analysis_is_canceled(gateway: Asking) -> None:
    answer = await gateway.client.post(f"/v1/analyses/{ANALYSIS}/cancel")
    assert answer.json()["status"] == "canceled"


@PACT.calls(
    Call(
        "a cancel after the end",
        "POST",
        f"{ONE}/cancel",
        409,
        ENDED,
        **problem("already-finished", status=409),
    )
)
async def a_cancel_after_the_end_is_refused(gateway: Asking) -> None:
    assert (await gateway.client.post(f"/v1/analyses/{ANALYSIS}/cancel")).status_code == 409


@PACT.calls(
    Call("an analysis to repeat", "GET", ONE, 200, ENDED, answer=analysis("succeeded")),
    Call(
        "the repetition of an analysis",
        "PUT",
        match.regex(f"{ALL}/{ANALYSIS[:-1]}5", regex=f"^{ALL}/an_[0-9a-z]{{26}}$"),
        201,
        ENDED,
        body={"input": match.type(INPUT), "request_id": match.str("r"), "retry_of": ANALYSIS},
        answer=analysis("queued", retry_of=ANALYSIS),
    ),
)
async def an_analysis_is_repeated(gateway: Asking) -> None:
    answer = await gateway.client.post(f"/v1/analyses/{ANALYSIS}/retry")
    assert answer.json()["retry_of"] == ANALYSIS


@PACT.calls(Call("the end of an analysis's traces", "DELETE", ONE, 204, ENDED))
async def an_analysis_is_removed(gateway: Asking) -> None:
    assert (await gateway.client.delete(f"/v1/analyses/{ANALYSIS}")).status_code == 204


@PACT.calls(
    Call(
        "a new idempotency key",
        "PUT",
        CLAIM,
        201,
        NOTHING,
        body={"fingerprint": "digest", "analysis_id": ANALYSIS},
        answer={"fingerprint": "digest", "analysis_id": ANALYSIS},
    )
)
async def a_key_belongs_to_its_first_request(gateway: Asking) -> None:
    turns = gateway.wiring.idempotency.claim(USER, "the-key", "digest", analysis_id=ANALYSIS)
    async with turns as turn:
        assert (turn.analysis_id, turn.answered) == (ANALYSIS, None)


@PACT.calls(
    Call(
        "an idempotency key that is taken",
        "PUT",
        CLAIM,
        200,
        State(
            "an idempotency key of an analysis",
            {**OURS, "digest": DIGEST, "fingerprint": "digest"},
        ),
        body={"fingerprint": "digest", "analysis_id": ANY_ID},
        answer={"fingerprint": "digest", "analysis_id": ANALYSIS},
    ),
    Call("the analysis of a taken key", "GET", ONE, 200, QUEUED, answer=analysis("queued")),
)
async def a_repetition_finds_what_the_first_request_made(gateway: Asking) -> None:
    async with gateway.wiring.idempotency.claim(USER, "the-key", "digest") as turn:
        assert turn.answered is not None
        assert (turn.analysis_id, turn.answered.json()["status"]) == (ANALYSIS, "queued")


@PACT.calls(
    Call(
        "an idempotency key of what is deleted",
        "PUT",
        CLAIM,
        200,
        State(
            "an idempotency key of a deleted analysis",
            {**OURS, "digest": DIGEST, "fingerprint": "digest"},
        ),
        body={"fingerprint": "digest", "analysis_id": ANY_ID},
        answer={"fingerprint": "digest", "analysis_id": ANALYSIS, "deleted": True},
    ),
)
async def a_repetition_of_what_is_deleted_makes_nothing(gateway: Asking) -> None:
    with pytest.raises(Deleted):
        async with gateway.wiring.idempotency.claim(USER, "the-key", "digest"):
            pass


@PACT.calls(
    Call(
        "an address for an upload",
        "PUT",
        match.regex(
            f"/v1/users/{USER}/uploads/{ids.sibling('up', ANALYSIS)}",
            regex=f"^/v1/users/{USER}/uploads/up_[0-9a-z]{{26}}$",
        ),
        200,
        body={"content_type": "image/png", "size": 7},
        answer={
            "upload_id": match.regex(ids.sibling("up", ANALYSIS), regex="^up_[0-9a-z]{26}$"),
            "url": match.regex("http://store.test/a", regex="^https?://.+$"),
            "method": "PUT",
            "headers": {"Content-Type": "image/png", "Content-Length": "7"},
            "expires_at": ANY_TIME,
        },
    )
)
async def an_upload_is_presigned(gateway: Asking) -> None:
    wanted = {"content_type": "image/png", "size": 7}
    answer = await gateway.client.post("/v1/uploads", json=wanted)
    assert (answer.status_code, answer.json()["method"]) == (201, "PUT")


@PACT.calls(
    Call(
        "how much storage is taken",
        "GET",
        f"/v1/users/{USER}/storage",
        200,
        NOTHING,
        answer={
            "limit": match.int(1),
            "used": match.int(0),
            "reserved": match.int(0),
            "left": match.int(1),
        },
    )
)
async def storage_is_told(gateway: Asking) -> None:
    answer = await gateway.wiring.results.call("GET", f"/v1/users/{USER}/storage")
    assert answer.json()["used"] == 0


@PACT.calls(Call("a batch to begin", "PUT", BATCH_PATH, 200, NOTHING, body=MEMBERS, answer=MEMBERS))
async def a_batch_is_kept_before_its_members_are_accepted(gateway: Asking) -> None:
    answer = await gateway.wiring.results.call("PUT", BATCH_PATH, json_body=MEMBERS)
    assert answer.json() == MEMBERS


@PACT.calls(
    Call(
        "a batch to settle",
        "POST",
        f"{BATCH_PATH}/settlement",
        204,
        NOTHING,
        body={"members": [{"index": 0, "analysis_id": None, "error": match.type({"status": 429})}]},
    )
)
async def what_was_not_accepted_of_a_batch_is_kept(gateway: Asking) -> None:
    members = [{"index": 0, "analysis_id": None, "error": {"status": 429}}]
    settlement = f"{BATCH_PATH}/settlement"
    await gateway.wiring.results.call("POST", settlement, json_body={"members": members})


@PACT.calls(
    Call(
        "a batch",
        "GET",
        BATCH_PATH,
        200,
        State("a batch of a queued analysis", {**OURS, "batch_id": BATCH}),
        answer={
            "id": BATCH,
            "counts": {"queued": 1},
            "items": [{"index": 0, "analysis_id": ANALYSIS, "status": "queued", "error": None}],
        },
    )
)
async def a_batch_is_shown(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/batches/{BATCH}")
    assert answer.json()["counts"] == {"queued": 1}


@PACT.calls(
    Call(
        "the dead letters",
        "GET",
        "/v1/dead-letters",
        200,
        DEAD,
        query={"limit": "20"},
        answer={
            "items": match.each_like({"id": ANY_ID, "error": {"code": match.str("timeout")}}),
            "next_cursor": None,
        },
    )
)
async def dead_letters_are_listed(gateway: Asking) -> None:
    (one,) = (await gateway.client.get("/v1/dead-letters")).json()["items"]
    assert one["id"] == ANALYSIS


@PACT.calls(
    Call(
        "a dead letter",
        "GET",
        f"/v1/dead-letters/{ANALYSIS}",
        200,
        DEAD,
        answer={"id": ANALYSIS, "user_id": USER, "redriven_as": None},
    )
)
async def a_dead_letter_is_shown(gateway: Asking) -> None:
    answer = await gateway.client.get(f"/v1/dead-letters/{ANALYSIS}")
    assert answer.json()["id"] == ANALYSIS


@PACT.calls(
    Call(
        "a dead letter to run anew",
        "POST",
        f"/v1/dead-letters/{ANALYSIS}/redrive",
        202,
        DEAD,
        answer=analysis("queued", retry_of=ANALYSIS),
    )
)
async def a_dead_letter_is_run_anew(gateway: Asking) -> None:
    answer = await gateway.client.post(f"/v1/dead-letters/{ANALYSIS}/redrive")
    assert (answer.status_code, answer.json()["retry_of"]) == (202, ANALYSIS)


NO_QUEUE = {
    "name": match.str("ordinary"),
    **dict.fromkeys(("waiting", "in_flight", "delayed", "workers"), 0),
    **dict.fromkeys(("slots", "warm", "busy", "cold_starts"), 0),
    "oldest_age_s": 0.0,
}


@PACT.calls(
    Call(
        "a change of the function",
        "PATCH",
        "/v1/function",
        200,
        NOTHING,
        body={"memory_mb": 1024},
        answer={"memory_mb": 1024, "timeout_s": None},
    )
)
async def the_function_is_changed(gateway: Asking) -> None:
    answer = await gateway.client.patch("/v1/function", json={"memory_mb": 1024})
    assert answer.json()["memory_mb"] == 1024


@PACT.calls(
    Call(
        "the work queues",
        "GET",
        "/v1/queues",
        200,
        NOTHING,
        answer={"queues": match.each_like(NO_QUEUE)},
    ),
)
async def the_queues_are_listed(gateway: Asking) -> None:
    answer = await gateway.client.get("/v1/queues")
    assert answer.json()["queues"][0]["waiting"] == 0


@PACT.calls(Call("the end of a user's traces", "DELETE", f"/v1/users/{USER}", 202, ENDED))
async def what_belongs_to_a_user_is_removed(gateway: Asking) -> None:
    await gateway.wiring.results.call("DELETE", f"/v1/users/{USER}")


@PACT.calls(
    Call("whether result-service is ready", "GET", "/readyz", 200, answer={"status": "ok"}),
    Call("which result-service it is", "GET", "/version", 200, answer={"version": match.str("1")}),
    Call("how it keeps its objectives", "GET", "/objectives", 200, answer=OBJECTIVES),
)
async def its_state_is_shown(gateway: Asking) -> None:
    found = await gateway.wiring.results.state()
    assert (found.state, found.version) == ("ok", "1")
    assert found.report["objectives"][0]["name"] == "latency-p95"


WOKEN = {"analysis_id": ANY_ID, "user_id": match.regex(USER, regex="^us_[0-9a-z]{26}$")}


def heard(stream: str, text: str, topic: str) -> list[str]:
    """The ids that a listener hears of."""
    hints = Hints(NO_REDIS, Objectives(loader.sla("gateway")))
    with hints.listen(topic) as queue:
        hints._pass_on(stream, {events.FIELD: text})
        return [queue.get_nowait() for _ in range(queue.qsize())]


@PACT.event(
    Event(
        "an analysis was requested, as a hint",
        {
            "type": events.REQUESTED,
            # The input is not read here, but checked: the event has a schema.
            "data": {**WOKEN, "created_at": ANY_TIME, "input": match.type(EVENT_INPUT)},
        },
    )
)
def a_request_wakes_who_listens_to_the_user(text: str) -> None:
    assert heard(events.REQUESTED, text, USER) == [ANALYSIS]


@PACT.event(
    Event(
        "an analysis has ended",
        {
            "type": events.COMPLETED,
            "data": {
                **WOKEN,
                "status": match.regex("succeeded", regex="^(succeeded|failed|canceled)$"),
                "created_at": ANY_TIME,
                "finished_at": ANY_TIME,
            },
        },
    )
)
def an_end_wakes_who_waits_for_it(text: str) -> None:
    assert heard(events.COMPLETED, text, end_of(ANALYSIS)) == [ANALYSIS]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", PACT.scenarios, ids=str)
async def test_the_gateway_asks_and_reads_as_the_pact_says(
    gateway: Asking, scenario: Scenario
) -> None:
    with PACT.answering(scenario) as url, gateway.at("result-service", url):
        await scenario.drive(gateway)


@pytest.mark.parametrize("reading", PACT.readings, ids=str)
def test_the_gateway_reads_the_event_of_the_pact(reading: Reading) -> None:
    PACT.read(reading)


def test_the_pact_is_the_committed_one() -> None:
    PACT.check()
