"""Holds a result against the shape that clients are promised."""

from typing import Any

import jsonschema_rs

from sightline_contracts import loader

COMPONENTS = "#/components/schemas/"


def departures(result: Any) -> list[str]:
    """How `result` departs from the schema `Result` of the gateway's contract, a sentence each; a key that the
    schema does not name is one, too."""
    schemas = loader.openapi("gateway")["components"]["schemas"]
    closed = {name: _closed(schema) for name, schema in schemas.items()}
    document = {"$ref": f"{COMPONENTS}Result", "components": {"schemas": closed}}
    errors = jsonschema_rs.validator_for(document).iter_errors(result)
    return [f"/{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "additionalProperties": False} if "properties" in schema else schema
