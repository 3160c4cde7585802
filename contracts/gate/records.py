"""Verifications: what a provider's tests found of its consumers' pacts, and on which commit.

Written by the tests through `write`, never by hand; `read` says what is wrong with one that the
tests cannot have written. Dev dependencies of contracts are not needed here, so that every
service's tests may use it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from gate.git import Git

SCHEMAS = Path(__file__).parent / "schemas"
PACTS = "contracts/pacts"


class NotRecorded(Exception):
    """The tests ran on something that no commit holds, or on a release's changed code."""


@dataclass(frozen=True)
class Record:
    """What is known of one provider's version.

    `code`: git's name of the provider's `src` that was tested. `problem`: why the record does
    not count, None if it does. `results`: by consumer and sha256 of its pact.
    """

    commit: str
    code: str | None
    problem: str | None
    results: Mapping[tuple[str, str], bool]


def code(git: Git, ref: str, service: str) -> str | None:
    """git's name of what `service` is made of at `ref`: equal names, equal code."""
    return git.tree(ref, f"{service}/src")


def pact_sha256(git: Git, ref: str, pact: str) -> str | None:
    """The sum of a pact's file as of `ref`, None where there was none."""
    text = git.show(ref, f"{PACTS}/{pact}")
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def service_version(git: Git, ref: str, service: str) -> str | None:
    """The version that the service's contract says it has at `ref`."""
    text = git.show(ref, f"contracts/openapi/{service}.json")
    return None if text is None else str(json.loads(text)["info"]["version"])


def path(provider: str, version: str) -> str:
    """Where a record lies in the repository."""
    return f"contracts/verifications/{provider}/{version}.json"


def write(git: Git, provider: str, results: Mapping[str, bool]) -> Path:
    """Record what the provider's tests found; the file's path.

    `results`: whether it passed, by pact, e.g. {"gateway--user-service.json": True}; a pact that
    was not run is not known. Commit, versions and sums are taken from git. Raises NotRecorded
    where what was tested is in no commit.
    """
    tested = [f"{provider}/src", "contracts/src", PACTS]
    changed = git.run("status", "--porcelain", "--", *tested).splitlines()
    if changed:
        raise NotRecorded(f"commit first: {changed[0].strip()} is in no commit")
    version = service_version(git, "HEAD", provider)
    if version is None:
        raise NotRecorded(f"{provider} has no contract")
    release = git.commit(f"refs/tags/{provider}/{version}")
    if release and code(git, release, provider) != code(git, "HEAD", provider):
        raise NotRecorded(f"{version} is released with other code: raise the version")
    verified = [_entry(git, provider, pact, passed) for pact, passed in sorted(results.items())]
    commit = git.run("rev-parse", "HEAD").strip()
    document = {"provider": provider, "version": version, "commit": commit, "verified": verified}
    schema("verification").validate(document)
    file = git.root / path(provider, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return file


def _entry(git: Git, provider: str, pact: str, passed: bool) -> dict[str, Any]:
    consumer = pact.removesuffix(f"--{provider}.json")
    sha256 = pact_sha256(git, "HEAD", pact)
    if sha256 is None or consumer == pact:
        raise NotRecorded(f"{PACTS}/{pact} is no pact with {provider}")
    return {
        "pact": pact,
        "sha256": sha256,
        "consumer": consumer,
        "consumer_version": service_version(git, "HEAD", consumer),
        "result": "passed" if passed else "failed",
    }


def read(git: Git, ref: str, provider: str, version: str) -> Record | None:
    """The record as it lies in the repository at `ref`, None if there is none."""
    text = git.show(ref, path(provider, version))
    if text is None:
        return None
    try:
        document = json.loads(text)
        schema("verification").validate(document)
    except ValueError as error:  # both kinds are: no JSON, and not by the schema
        return Record("", None, f"not written by the tests: {str(error).splitlines()[0]}", {})
    results: dict[tuple[str, str], bool] = {}
    for one in document["verified"]:
        key = one["consumer"], one["sha256"]
        results[key] = results.get(key, True) and one["result"] == "passed"
    commit = document["commit"]
    problem = next(_problems(git, ref, (provider, version), document), None)
    return Record(commit, code(git, commit, provider), problem, results)


def _problems(git: Git, ref: str, owner: tuple[str, str], document: Any) -> Iterator[str]:
    """What shows that the tests cannot have written it, the gravest first."""
    provider, version = owner
    commit = document["commit"]
    if (document["provider"], document["version"]) != owner:
        yield "it is another version's record"
    if git.commit(commit) is None:
        yield f"its commit {commit[:9]} is in no history"
    elif not git.is_ancestor(commit, ref):
        yield f"its commit {commit[:9]} did not lead to this one"
    elif service_version(git, commit, provider) != version:
        yield f"at its commit {commit[:9]} the version was another"
    for one in document["verified"]:
        if one["pact"] != f"{one['consumer']}--{provider}.json":
            yield f"{one['pact']} is no pact of {one['consumer']} with {provider}"
        elif pact_sha256(git, commit, one["pact"]) != one["sha256"]:
            yield f"{one['pact']} was another at its commit {commit[:9]}"


@cache
def schema(name: str) -> jsonschema_rs.Draft202012Validator:
    """One of the gate's own schemas: "verification", "deployed" or "needs"."""
    return jsonschema_rs.Draft202012Validator(
        json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    )
