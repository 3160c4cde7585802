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
    consumer_version: str
    sha256: str
    text: str


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def at(git: Git, ref: str, consumer: str, provider: str) -> Pact | None:
    """The pact of the two as of `ref`, None where there is none."""
    name = f"{consumer}--{provider}.json"
    text = git.show(ref, f"{FOLDER}/{name}")
    version = documents.service_version(git, ref, consumer)
    if text is None or version is None:
        return None
    return Pact(name, consumer, version, sha256(text), text)


def to_verify(git: Git, provider: str) -> list[Pact]:
    """What the provider at HEAD must keep: the pacts that lie there, and those of all consumers'
    versions that run in any environment. Equal contents once.
    """
    places = [("HEAD", consumer) for consumer in _consumers(git, provider)]
    for environment in documents.environments(git, "HEAD"):
        for consumer, versions in documents.live(git, "HEAD", environment).items():
            places += [(commit, consumer) for _, commit in versions]
    found = [at(git, ref, consumer, provider) for ref, consumer in places]
    return list({pact.sha256: pact for pact in reversed(found) if pact}.values())[::-1]


def known(git: Git, commit: str, name: str) -> set[str]:
    """The sums of all contents that the pact's file had up to `commit`."""
    path = f"{FOLDER}/{name}"
    history = git.run("log", "--full-history", "--format=%H", commit, "--", path).split()
    texts = [git.show(one, path) for one in history]
    return {sha256(text) for text in texts if text is not None}


def _consumers(git: Git, provider: str) -> list[str]:
    ending = f"--{provider}.json"
    names = [path.rsplit("/", 1)[1] for path in git.files("HEAD", FOLDER)]
    return [name.removesuffix(ending) for name in names if name.endswith(ending)]
