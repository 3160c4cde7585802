"""Verifications: what a provider's tests found of its consumers' pacts, and on which commit.

Written by the tests through `write`, never by hand; `read` says what is wrong with one that the
tests cannot have written. jsoncompat is not needed here, so that every service's tests can use it:

    results = {pact: keeps(pact.text) for pact in pacts.to_verify(git, "user-service")}
    records.write(git, "user-service", results)
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate import documents, pacts, releases
from gate.components import code, made_of
from gate.documents import service_version
from gate.git import Git
from gate.pacts import Pact


class NotRecorded(Exception):
    """The tests ran on something that no commit holds, or on a release's changed code."""


@dataclass(frozen=True)
class Record:
    """What is known of one provider's version.

    `code`: git's names of what was tested: the provider's `src`, contracts' `src`, the lock. `problem`: why the record does
    not count, None if it does. `results`: by consumer and sha256 of its pact.
    """

    commit: str
    code: str | None
    problem: str | None
    results: Mapping[tuple[str, str], bool]


def path(provider: str, version: str) -> str:
    """Where a record lies in the repository."""
    return f"contracts/verifications/{provider}/{version}.json"


def write(git: Git, provider: str, results: Mapping[Pact, bool]) -> Path:
    """Record what the provider's tests found, whether it keeps each pact; the file's path.

    Commit and version are taken from git. What an earlier record says of other pacts stays as
    long as the code is the same. Raises NotRecorded where what was tested is in no commit.
    """
    version = _tested_version(git, provider)
    verified = [_entry(provider, pact, passed) for pact, passed in results.items()]
    ran = {(pact.name, pact.sha256) for pact in results}
    earlier = read(git, "HEAD", provider, version)
    if earlier and earlier.problem is None and earlier.code == code(git, "HEAD", provider):
        before = documents.load(git, "HEAD", path(provider, version))["verified"]
        verified += [one for one in before if (one["pact"], one["sha256"]) not in ran]
    document = {
        "provider": provider,
        "version": version,
        "commit": git.run("rev-parse", "HEAD").strip(),
        "verified": sorted(verified, key=lambda entry: (entry["pact"], entry["consumer_version"])),
    }
    documents.schema("verification").validate(document)
    file = git.root / path(provider, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return file


def _tested_version(git: Git, provider: str) -> str:
    tested = [*made_of(provider), pacts.FOLDER]
    changed = git.run("status", "--porcelain", "--", *tested).splitlines()
    if changed:
        raise NotRecorded(f"commit first: {changed[0][3:]} is in no commit")
    version = service_version(git, "HEAD", provider)
    if version is None:
        raise NotRecorded(f"{provider} has no contract")
    release = releases.release_commit(git, provider, version)
    if release and code(git, release, provider) != code(git, "HEAD", provider):
        raise NotRecorded(f"{version} is released with other code: raise the version")
    return version


def _entry(provider: str, pact: Pact, passed: bool) -> dict[str, Any]:
    if pact.provider != provider:
        raise NotRecorded(f"{pact.name} is no pact with {provider}")
    return {
        "pact": pact.name,
        "sha256": pact.sha256,
        "consumer": pact.consumer,
        "consumer_version": pact.consumer_version,
        "result": "passed" if passed else "failed",
    }


def read(git: Git, ref: str, provider: str, version: str) -> Record | None:
    """The record as it lies in the repository at `ref`, None if there is none."""
    try:
        document = documents.load(git, ref, path(provider, version), "verification")
    except ValueError as error:
        return Record("", None, f"not written by the tests: {str(error).splitlines()[0]}", {})
    if document is None:
        return None
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
        return
    if not git.is_ancestor(commit, ref):
        yield f"its commit {commit[:9]} did not lead to this one"
    if service_version(git, commit, provider) != version:
        yield f"at its commit {commit[:9]} the version was another"
    for one in document["verified"]:
        if one["pact"] != f"{one['consumer']}--{provider}.json":
            yield f"{one['pact']} is no pact of {one['consumer']} with {provider}"
        elif one["sha256"] not in pacts.known(git, commit, one["pact"]):
            yield f"up to its commit {commit[:9]} there was no such {one['pact']}"
