"""Which call a request is, or why Clarifai refuses it. Source: the `google.api.http` option of
PostModelOutputs in clarifai-grpc, and the refusals that its users have reported."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sightline_testing.vendors.clarifai import outputs
from sightline_testing.vendors.clarifai.errors import ERRORS, Error
from sightline_testing.vendors.clarifai.models import MODELS, OWNER, Json, Model
from sightline_testing.vendors.stub import Reply, Request

KEY = "5f2c8f7e4b1d4a6f9c3e0a7b6d5c4e3f"
"""The one that is known. It is of the form that Clarifai's have: 32 hexadecimal digits."""

UNKNOWN_KEY = "00000000000000000000000000000000"
INPUTS_AT_MOST = 128
_ROUTE = re.compile(
    r"/v2(?:/users/(?P<user_id>[^/]+)/apps/(?P<app_id>[^/]+))?"
    r"/models/(?P<model_id>[^/]+)(?:/versions/(?P<version>[^/]+))?/outputs"
)


class Refused(Exception):
    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error: Error = ERRORS[error]


@dataclass(frozen=True)
class Call:
    model: Model
    version: str
    inputs: list[Any]
    config: Json

    @property
    def is_partial(self) -> bool:
        """Some of the chosen concepts are the model's, some are not: a mixed success."""
        return not all(_known(self.config.get("select_concepts") or [], self.model))

    def reply(self, results: Sequence[Json | Error]) -> Reply:
        """`results`: the data that was found in each input, or what is wrong with it."""
        return outputs.reply_of(self.model, self.version, self.inputs, results, self.is_partial)


def read(request: Request) -> Call:
    """Raises Refused."""
    route = _ROUTE.fullmatch(request.path.partition("?")[0])
    if route is None:
        raise Refused("CONN_DOES_NOT_EXIST")
    if request.method != "POST":
        raise Refused("CONN_METHOD_NOT_ALLOWED")
    _check_key(request.headers.get("authorization", ""))
    body = _body(request)
    model = MODELS.get(route["model_id"])
    owner = {"user_id": route["user_id"], "app_id": route["app_id"]}
    if model is None or (owner["app_id"] and owner != OWNER):
        raise Refused("MODEL_DOES_NOT_EXIST")
    version = route["version"] or model.versions[0]
    if version not in model.versions:
        raise Refused("MODEL_DOES_NOT_EXIST")
    inputs = body.get("inputs") or []
    if not 1 <= len(inputs) <= INPUTS_AT_MOST:
        raise Refused("PREDICT_INVALID_REQUEST")
    return Call(model, version, inputs, _config(body, model))


def _check_key(header: str) -> None:
    word, _, key = header.partition(" ")
    if word != "Key" or not key or " " in key:
        raise Refused("CONN_INVALID_REQUEST")
    if not re.fullmatch("[0-9a-f]{32}", key):
        raise Refused("CONN_KEY_INVALID")
    if key != KEY:
        raise Refused("CONN_KEY_NOT_FOUND")


def _body(request: Request) -> Json:
    """Of whatever content type: old applications send none."""
    try:
        body = request.json
    except ValueError as error:
        raise Refused("CONN_BAD_REQUEST_FORMAT") from error
    if not isinstance(body, dict) or not isinstance(body.get("inputs", []), list):
        raise Refused("CONN_BAD_REQUEST_FORMAT")
    return body


def _config(body: Json, model: Model) -> Json:
    config: Any = body
    for name in ("model", "output_info", "output_config"):
        config = config.get(name) or {}
        if not isinstance(config, dict):
            raise Refused("CONN_BAD_REQUEST_FORMAT")
    at_most, least = config.get("max_concepts") or 0, config.get("min_value") or 0
    if not (isinstance(at_most, int) and isinstance(least, int | float)):
        raise Refused("CONN_BAD_REQUEST_FORMAT")
    if not (0 <= at_most <= outputs.CONCEPTS_AT_MOST and 0 <= least <= 1):
        raise Refused("MODEL_INVALID_ARGUMENT")
    if (chosen := config.get("select_concepts")) and not any(_known(chosen, model)):
        raise Refused("MODEL_INVALID_ARGUMENT")
    return dict(config)


def _known(chosen: list[Json], model: Model) -> list[bool]:
    """Of each chosen concept, whether the model has it."""
    known = {one[key] for one in model.data.get("concepts", []) for key in ("id", "name")}
    return [bool(known & {one.get("id"), one.get("name")}) for one in chosen]


def answer(request: Request, *, finds: bool = True) -> Reply:
    """As on a good day; with `finds` false in pictures that show nothing."""
    try:
        call = read(request)
    except Refused as refused:
        return outputs.reply(refused.error)
    found = outputs.configured(call.model.data, call.config) if finds else {}
    results = [outputs.wrong_with(one) or found for one in call.inputs]
    return call.reply(results)
