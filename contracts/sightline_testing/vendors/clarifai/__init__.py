"""A stub of Clarifai's API v2, as far as model outputs go: `with clarifai_stub() as stub`. Answers of
its own are here; those of any server are in `vendors.server`."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sightline_testing.vendors.clarifai import calls, outputs
from sightline_testing.vendors.clarifai.calls import INPUTS_AT_MOST, KEY, UNKNOWN_KEY
from sightline_testing.vendors.clarifai.errors import ERRORS, Error, find
from sightline_testing.vendors.clarifai.models import (
    COLORS,
    FACES,
    GENERAL,
    MODELS,
    MODERATION,
    TEXT,
)
from sightline_testing.vendors.stub import Answer, Reply, Request, Stub, replying, serving

__all__ = [
    "COLORS",
    "ERRORS",
    "FACES",
    "GENERAL",
    "INPUTS_AT_MOST",
    "KEY",
    "MODELS",
    "MODERATION",
    "TEXT",
    "UNKNOWN_KEY",
    "WRONG_SHAPES",
    "Error",
    "clarifai_stub",
    "error",
    "inputs",
    "nothing_found",
]

_OK = {"code": 10000, "description": "Ok"}


def _one(output: Any) -> dict[str, Any]:
    return {"status": _OK, "outputs": [output]}


def _box(box: Any) -> dict[str, Any]:
    region = {"region_info": {"bounding_box": box}, "data": {}, "value": 0.9}
    return _one({"status": _OK, "data": {"regions": [region]}})


WRONG_SHAPES: Mapping[str, Any] = {
    "a_list": [],
    "null": None,
    "a_word": "ok",
    "nothing": {},
    "status_a_word": {"status": "ok", "outputs": []},
    "code_an_object": {"status": {"code": {}}},
    "no_outputs": {"status": _OK},
    "outputs_a_word": {"status": _OK, "outputs": "none"},
    "output_a_number": _one(1),
    "regions_a_word": _one({"status": _OK, "data": {"regions": "none"}}),
    "region_a_number": _one({"status": _OK, "data": {"regions": [1]}}),
    "box_a_list": _box([0.1, 0.2, 0.3, 0.4]),
    "box_of_words": _box({"top_row": "top", "left_col": "left"}),
    "concepts_an_object": _one({"status": _OK, "data": {"concepts": {"name": "x"}}}),
    "value_a_word": _one({"status": _OK, "data": {"concepts": [{"name": "x", "value": "high"}]}}),
}
"""For `server.wrong_shape`: JSON that is no answer of Clarifai's, by what is wrong with it."""


@contextlib.contextmanager
def clarifai_stub() -> Iterator[Stub]:
    with serving(Stub(calls.answer)) as stub:
        yield stub


def error(
    error: str | int | Error, http: int | None = None, of_input: bool | None = None
) -> Answer:
    """By name or code. What is said of inputs is said of each of them, under 10020, unless
    `of_input` is false; what is said of a call has no outputs."""
    meant = find(error)
    if meant.of_input if of_input is None else of_input:
        return replying(meant.name, lambda request: _with_inputs(request, meant))
    return replying(meant.name, lambda _request: outputs.reply(meant, http))


def inputs(*errors: str | int | Error | None) -> Answer:
    """One for each input of the call, in order; None: that one is answered as on a good day. So a
    mixed answer is made. Of inputs beyond those that are named, the last holds."""
    meant = [None if one is None else find(one) for one in errors]
    return replying(f"inputs{errors}", lambda request: _with_inputs(request, *meant))


def nothing_found() -> Answer:
    """A picture without faces, text, concepts or colors: `data` has no key for what is not there."""
    return replying("nothing_found", lambda request: calls.answer(request, finds=False))


def _with_inputs(request: Request, *errors: Error | None) -> Reply:
    try:
        call = calls.read(request)
    except calls.Refused as refused:
        return outputs.reply(refused.error)
    found = outputs.configured(call.model.data, call.config)
    padded = [*errors, *[errors[-1]] * len(call.inputs)][: len(call.inputs)]
    results = [one or found for one in padded]
    return call.reply(results)
