"""Pacts: what a consumer counts on, one file for each pair, and which of them a provider is to keep."""

import hashlib
from dataclasses import dataclass

from gate import documents
from gate.git import Git

FOLDER = "contracts/pacts"


@dataclass(frozen=True)
class Pact:
    """One content of one pact. `name`: of its file, <consumer>--<provider>.json."""

    name: str
    consumer: str
    provider: str
    consumer_version: str
    sha256: str
    text: str


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def between(git: Git, ref: str, consumer: str = "", provider: str = "") -> list[Pact]:
    """The pacts as of `ref`, of one consumer or with one provider. Raises GitError for an
    unknown ref.
    """
    found = []
    for path in git.files(ref, FOLDER):
        name = path.rsplit("/", 1)[1]
        one, _, other = name.removesuffix(".json").partition("--")
        version = None
        if consumer in ("", one) and provider in ("", other):
            version = documents.service_version(git, ref, one)
        if version is not None:
            text = git.show(ref, path) or ""
            found.append(Pact(name, one, other, version, sha256(text), text))
    return found


def to_verify(git: Git, provider: str) -> list[Pact]:
    """What the provider at HEAD must keep: the pacts that lie there, and those of all consumers'
    versions that run in any environment. Equal contents once. Raises GitError where a version
    that runs is of no commit here.
    """
    found = between(git, "HEAD", provider=provider)
    for environment in documents.environments(git, "HEAD"):
        for consumer, versions in documents.live(git, "HEAD", environment).items():
            for _, commit in versions:
                found += between(git, commit, consumer, provider)
    first: dict[tuple[str, str], Pact] = {}
    for pact in found:
        first.setdefault((pact.name, pact.sha256), pact)
    return list(first.values())


def known(git: Git, commit: str, name: str) -> set[str]:
    """The sums of all contents that the pact's file had up to `commit`."""
    path = f"{FOLDER}/{name}"
    history = git.run("log", "--full-history", "--format=%H", commit, "--", path).split()
    texts = [git.show(one, path) for one in history]
    return {sha256(text) for text in texts if text is not None}
