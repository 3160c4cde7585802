"""What Clarifai answers to a call: one output per input, in the same order, and a status above them."""

import base64
import binascii
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sightline_testing.vendors import pictures
from sightline_testing.vendors.clarifai.errors import ERRORS, FAILURE, MIXED, OK, Error
from sightline_testing.vendors.clarifai.models import Json, Model
from sightline_testing.vendors.stub import Reply, json_reply

INPUT_BYTES = 20 * 1000 * 1000
CONCEPTS_UNSAID = 20
CONCEPTS_AT_MOST = 200
BYTES_ECHO = "dHJ1ZQ=="
"""An image that came as bytes is echoed as the word "true", in base64."""


def now() -> str:
    """RFC 3339 with the nine fractional digits that Go prints."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def reply(error: Error, http: int | None = None, outputs: Sequence[Json] | None = None) -> Reply:
    """A status, and the outputs where the call came as far as having some."""
    told: Json = {"status": {**error.status(), "req_id": uuid.uuid4().hex}}
    if outputs is not None:
        told["outputs"] = list(outputs)
    return json_reply(error.http if http is None else http, told)


def reply_of(
    model: Model,
    version: str,
    inputs: Sequence[Any],
    results: Sequence[Json | Error],
    is_partial: bool,
) -> Reply:
    """An output for each of the results; the status above them is of all."""
    outputs = [
        {
            "id": uuid.uuid4().hex,
            "status": (result if isinstance(result, Error) else OK).status(),
            "created_at": now(),
            "model": model.told(version),
            "input": _echo(given),
            "data": {} if isinstance(result, Error) else result,
        }
        for given, result in zip(inputs, results, strict=True)
    ]
    failed = sum(isinstance(result, Error) for result in results)
    if failed == len(results):
        return reply(FAILURE, outputs=outputs)
    return reply(MIXED if failed or is_partial else OK, outputs=outputs)


def image_of(given: Any) -> Json:
    """An input's image; `{}` for whatever a client may have put in its place."""
    for name in ("data", "image"):
        given = given.get(name) if isinstance(given, dict) else None
    return given if isinstance(given, dict) else {}


def wrong_with(given: Any) -> Error | None:
    """What Clarifai would not read. An address is believed: the stub fetches nothing."""
    image = image_of(given)
    if encoded := image.get("base64"):
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, TypeError, ValueError):
            return ERRORS["ALL_INPUT_INVALID_BYTES"]
        if len(data) > INPUT_BYTES:
            return ERRORS["INPUT_OVER_LIMIT"]
        return None if pictures.kind(data) else ERRORS["ALL_INPUT_INVALID_BYTES"]
    if url := image.get("url"):
        good = isinstance(url, str) and url.startswith(("http://", "https://"))
        return None if good else ERRORS["INPUT_INVALID_URL"]
    return ERRORS["INPUT_INVALID_ARGUMENT"]


def _echo(given: Any) -> Json:
    image = image_of(given)
    shown = {"url": image["url"]} if image.get("url") else {}
    if image.get("base64"):
        shown["base64"] = BYTES_ECHO
    own = given.get("id") if isinstance(given, dict) else None
    return {"id": own or uuid.uuid4().hex, "data": {"image": shown}}


def configured(data: Json, config: Json) -> Json:
    """What `output_config` leaves of the concepts, colors or regions; nothing left is no key."""
    at_most = min(config.get("max_concepts") or CONCEPTS_UNSAID, CONCEPTS_AT_MOST)
    least = config.get("min_value") or 0
    chosen = config.get("select_concepts") or []
    names = {one.get(key) for one in chosen for key in ("id", "name")} - {None, ""}
    left: Json = {}
    for kind, found in data.items():
        kept = [one for one in found if one.get("value", 0) >= least]
        if kind == "concepts":
            kept = [one for one in kept if not chosen or names & {one["id"], one["name"]}]
            kept = kept[:at_most]
        if kept:
            left[kind] = kept
    return left
