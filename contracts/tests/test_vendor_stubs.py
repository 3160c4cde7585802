"""What the stubs of both vendors do, whichever vendor they are."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from vendor_calls import PATIENCE_S, ask_clarifai, ask_rekognition, connect, send

from sightline_testing.vendors import server
from sightline_testing.vendors.clarifai import clarifai_stub
from sightline_testing.vendors.rekognition import rekognition_stub
from sightline_testing.vendors.stub import Answer, Stub, serving

SOON_S = 5
ASK = {"clarifai": ask_clarifai, "rekognition": ask_rekognition}
STUBS = {"clarifai": clarifai_stub, "rekognition": rekognition_stub}


@pytest.fixture(params=STUBS)
def vendor(request):
    return request.param


@pytest.fixture
def stub(vendor):
    with STUBS[vendor]() as made:
        yield made


@pytest.fixture
def ask(stub, vendor):
    return lambda **more: ASK[vendor](stub, **more)


def test_a_script_is_told_in_order_and_then_it_is_a_good_day(stub, ask):
    stub.say(server.status(502, b"<html>"), server.malformed(b"OK"))
    stub.say(server.wrong_shape([1]))
    told = [ask() for _ in range(4)]
    assert [one.status for one in told] == [502, 200, 200, 200]
    assert [one.body for one in told[:3]] == [b"<html>", b"OK", b"[1]"]
    assert isinstance(told[3].json, dict)


def test_what_is_always_said_ends_when_it_is_taken_back_and_a_script_goes_before_it(stub, ask):
    stub.always(server.status(503))
    stub.say(server.status(502))
    assert [ask().status for _ in range(3)] == [502, 503, 503]
    stub.always(None)
    assert ask().status == 200


def test_requests_are_kept_as_they_arrived(stub, ask):
    ask()
    send(stub, "GET", "/a?b=c", headers={"X-Of-Test": "1"})
    first, second = stub.requests
    assert first.method == "POST"
    assert first.json
    assert (second.method, second.path, second.body) == ("GET", "/a?b=c", b"")
    assert second.headers["x-of-test"] == "1"


def test_answers_are_given_to_many_at_once(stub, ask):
    stub.say(*[server.status(429 if number % 2 else 503) for number in range(40)])
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda _: ask().status, range(40)))
    assert sorted(told) == [429] * 20 + [503] * 20
    assert len(stub.requests) == 40


def test_a_connection_is_used_again(stub):
    connection = connect(stub)
    for _ in range(2):
        connection.request("GET", "/")
        connection.getresponse().read()
        local = connection.sock.getsockname()
    assert connection.sock.getsockname() == local
    connection.close()


def test_a_slow_answer_is_late_and_good(stub, ask):
    stub.say(server.slow(0.2), server.slow(0.01, then=server.status(503)))
    started = time.monotonic()
    assert ask().status == 200
    assert time.monotonic() - started >= 0.2
    assert ask().status == 503


def test_who_waits_less_than_a_slow_answer_hears_nothing(stub, ask):
    stub.say(server.slow(PATIENCE_S))
    with pytest.raises(TimeoutError):
        ask(timeout_s=0.1)


def test_an_answer_that_drips_is_whole_in_the_end(stub, ask):
    stub.say(server.drip(0))
    assert isinstance(ask().json, dict)


@pytest.mark.parametrize("answer", [server.slow(600), server.drip(600), server.endless(1 << 40)])
def test_closing_ends_what_is_under_way(vendor, answer):
    before = threading.active_count()
    with STUBS[vendor]() as stub:
        stub.say(answer)
        connection = connect(stub)
        connection.request("POST", "/")
        stub.until_asked()
        started = time.monotonic()
    assert time.monotonic() - started < SOON_S
    assert threading.active_count() == before
    connection.close()


def test_who_waited_when_it_closed_is_cut_off(vendor):
    with STUBS[vendor]() as stub:
        stub.say(server.slow(600))
        connection = connect(stub)
        connection.request("POST", "/")
        stub.until_asked()
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()


def test_half_an_answer_promises_the_whole(stub, ask):
    stub.say(server.half())
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask()
    assert caught.value.expected - 1 <= len(caught.value.partial) <= caught.value.expected


def test_a_cut_connection_has_no_answer(stub, ask):
    stub.say(server.cut())
    with pytest.raises(http.client.RemoteDisconnected):
        ask()


@pytest.mark.parametrize("body", server.MALFORMED.values(), ids=server.MALFORMED)
def test_a_malformed_body_is_no_json_though_it_says_so(stub, ask, body):
    stub.say(server.malformed(body))
    told = ask()
    assert (told.status, told.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError):
        _ = told.json


def test_a_proxy_speaks_html_and_may_say_when_to_come_back(stub, ask):
    stub.say(server.status(503, b"<h1>503</h1>", {"Retry-After": "7"}))
    told = ask()
    assert (told.status, told.body) == (503, b"<h1>503</h1>")
    assert (told.headers["content-type"], told.headers["retry-after"]) == ("text/html", "7")


def test_an_endless_answer_goes_on_until_its_bound(stub, ask):
    stub.say(server.endless(3 * server.MIB))
    told = ask()
    assert "content-length" not in told.headers
    assert len(told.body) >= 3 * server.MIB


def test_who_has_read_enough_of_an_endless_answer_may_go(stub):
    stub.say(server.endless())
    connection = connect(stub)
    connection.request("POST", "/")
    assert len(connection.getresponse().read(server.MIB)) == server.MIB
    connection.close()


def test_a_body_in_chunks_is_not_taken(stub):
    # Its headers alone: what came after them could meet a connection that is closed already.
    assert send(stub, headers={"Transfer-Encoding": "chunked"}, body=None).status == 411
    assert stub.requests == []


def test_waiting_for_a_request_that_does_not_come_ends(stub):
    with pytest.raises(TimeoutError, match="0 of 1"):
        stub.until_asked(seconds=0.01)


def test_a_fault_of_the_stub_itself_fails_the_test():
    def give(_exchange):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), serving(Stub(lambda _: None)) as stub:  # noqa: PT012
        stub.say(Answer("broken", give))
        with pytest.raises(http.client.RemoteDisconnected):
            send(stub)
