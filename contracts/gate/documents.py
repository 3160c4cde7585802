"""The gate's own documents, as they lie in a commit."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from gate import components
from gate.git import Git

SCHEMAS = Path(__file__).parent / "schemas"


def load(git: Git, ref: str, path: str, kind: str | None = None) -> Any:
    """The JSON at `path` as of `ref`, None where there is none; by the schema `kind`, if given.

    Raises ValueError where it is no JSON, or not by the schema.
    """
    text = git.show(ref, path)
    if text is None:
        return None
    document = json.loads(text)
    if kind:
        schema(kind).validate(document)
    return document


@cache
def schema(kind: str) -> jsonschema_rs.Draft202012Validator:
    """One of the gate's own schemas: "verification", "deployed", "needs" or "sla"."""
    return jsonschema_rs.Draft202012Validator(
        json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    )


def service_version(git: Git, ref: str, service: str) -> str | None:
    """The version that the service's contract says it has at `ref`, None if it is not there.

    The edge has no OpenAPI document; its version stands in its Dockerfile.
    """
    if service == components.EDGE:
        return components.version_at(git, ref, service)
    document = load(git, ref, f"contracts/openapi/{service}.json")
    return None if document is None else str(document["info"]["version"])


def live(git: Git, ref: str, environment: str) -> dict[str, list[tuple[str, str]]]:
    """The versions that run in `environment`, with their commits, by service.

    Raises ValueError where nothing is recorded of it, or not by the schema.
    """
    document = load(git, ref, f"contracts/deployed/{environment}.json", "deployed")
    if document is None:
        raise ValueError(f"contracts/deployed/{environment}.json is in no commit")
    return {
        service: [(one["version"], one["commit"]) for one in versions]
        for service, versions in document["services"].items()
    }


def environments(git: Git, ref: str) -> list[str]:
    """Their names."""
    return [Path(path).stem for path in git.files(ref, "contracts/deployed")]
