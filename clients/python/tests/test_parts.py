"""Events, webhooks and shapes."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from stub import analysis

from generate import generate
from sightline import webhooks
from sightline.commands.show import _harmless, what
from sightline.errors import InvalidSignature
from sightline.events import LINE_AT_MOST, EventParser

HOME = Path(__file__).parents[1]
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
STREAM = b': hello\n\nevent: status\r\nid: 7\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: more\n\n'


@pytest.mark.parametrize("size", [1, 2, 7, len(STREAM)])
def test_events_are_whole_however_the_stream_is_cut(size: int) -> None:
    parser = EventParser()
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    found = [event for piece in pieces for event in parser.feed(piece)]
    assert [(one.kind, one.id, one.data) for one in found] == [
        ("status", "7", '{"a":\n1}'),
        ("message", "7", "more"),
    ]
    assert found[0].json() == {"a": 1}


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no end"):
        EventParser().feed(bytes(LINE_AT_MOST + 1))


def signed(
    body: bytes, at: int = 1000, secret: bytes = b"a secret of twenty-four."
) -> dict[str, str]:
    digest = hmac.digest(secret, f"msg_1.{at}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"v1,bm9uc2Vuc2U= {signature}",
    }


def test_a_message_of_ours_is_read() -> None:
    body = json.dumps({"type": "analysis.completed"}).encode()
    message = webhooks.verify(SECRET, signed(body), body, now=1200)
    assert message["type"] == "analysis.completed"


@pytest.mark.parametrize(
    ("headers", "now"),
    [
        (signed(b"{}"), 1301),
        (signed(b"{}"), 699),
        (signed(b"[]"), 1000),
        (signed(b"{}", secret=b"another"), 1000),
        ({}, 1000),
        ({**signed(b"{}"), "Webhook-Timestamp": "soon"}, 1000),
    ],
    ids=["old", "early", "other body", "other secret", "no headers", "no time"],
)
def test_any_other_is_refused(headers: dict[str, str], now: int) -> None:
    with pytest.raises(InvalidSignature):
        webhooks.verify(SECRET, headers, b"{}", now=now)


def test_a_secret_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        webhooks.verify("whsec_no!", signed(b"{}"), b"{}", now=1000)


def test_the_shapes_are_those_of_the_contract(tmp_path: Path) -> None:
    made = tmp_path / "models.py"
    generate(HOME.parents[1] / "contracts/openapi/gateway.json", made)
    assert (HOME / "src/sightline/models.py").read_text() == made.read_text(), "run make models"


def test_what_was_found_is_told_in_a_few_words() -> None:
    assert what(analysis()) == "2 faces, 1 line of text, dog"  # type: ignore[arg-type]
    assert what(analysis("failed")) == "timeout: It took too long."  # type: ignore[arg-type]
    before = {"faces": [{}], "text": [], "codes": [], "labels": [{"name": "cat"}]}
    assert what(analysis(result=before, summary=None)) == "1 face, cat"  # type: ignore[arg-type]
    empty = {"faces": 0, "text_lines": 0, "labels": [], "codes": 0}
    assert what(analysis(summary=empty)) == "nothing"  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["=1+1", "@a", "-1", "+1", "\t="])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert _harmless(cell) == f"'{cell}"
    assert _harmless("plain") == "plain"
