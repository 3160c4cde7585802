"""Asks a served app what schemathesis makes of its OpenAPI contract: requests within it and beside
it, the same ones each time."""

import copy
from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sightline_contracts import ids, loader

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
bounded = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""Some seconds for a whole service; a time limit of its own would fail on a busy machine."""


def of_service(service: str) -> Any:
    """`@of_service("user-service").parametrize()` makes one test of each operation."""
    config = SchemathesisConfig.from_dict({"seed": 1})
    return schemathesis.openapi.from_dict(copy.deepcopy(loader.openapi(service)), config=config)


def ask(case: Any, url: str, known: Mapping[str, str], **headers: str) -> None:
    """Ask, and check the answer. `known`: of what exists, for path parameters; an id beside the
    contract stays as it is."""
    for name, value in known.items():
        prefix = value.partition("_")[0]
        if name in case.path_parameters and ids.is_id(prefix, str(case.path_parameters[name])):
            case.path_parameters[name] = value
    case.call_and_validate(url, headers=headers, checks=CHECKS)
