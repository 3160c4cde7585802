"""Gathers from git what the decision needs: live versions, pacts, needs, SLAs, records.

All of it is read from commits. What lies about uncommitted, and what a tag says, is no fact.
"""

import json
from dataclasses import dataclass
from typing import Any

from gate import records
from gate.can_release import Partner, Party, Records
from gate.git import Git

SERVICES = ("gateway", "user-service", "result-service", "image-service")
SHORT = 9


@dataclass(frozen=True)
class Facts:
    """What `can_release.decide` takes."""

    candidate: Party
    own_live: tuple[Party, ...]
    partners: dict[str, Partner]
    records: Records


def gather(git: Git, service: str, environment: str, version: str | None = None) -> Facts:
    """What is known at HEAD; `version` of the service, else the one that the repository holds.

    Raises ValueError for a service or an environment that there is not.
    """
    if service not in SERVICES:
        raise ValueError(f"{service} is none of {', '.join(SERVICES)}")
    live = {name: _live(git, name, environment) for name in SERVICES}
    present = {name: party(git, "HEAD", name) for name in SERVICES}
    candidate = present[service]
    if version not in (None, candidate.version):
        candidate = party(git, f"refs/tags/{service}/{version}", service, version)
    partners = {name: Partner(live[name], present[name]) for name in SERVICES if name != service}
    parties = [candidate, *(one for partner in partners.values() for one in partner.parties)]
    found = {
        (one.service, one.version): record
        for one in parties
        if (record := records.read(git, "HEAD", one.service, one.version))
    }
    return Facts(candidate, live[service], partners, found)


def party(git: Git, ref: str, service: str, version: str | None = None) -> Party:
    """`service` as of `ref`; with a problem where that is not `version`, or is not at all."""
    found = records.service_version(git, ref, service)
    if found is None or (version or found) != found:
        held = "nothing is known of it" if found is None else f"it is {found} there"
        return Party(service, version or "-", None, problem=f"{_short(ref)}: {held}")
    pacts = {
        provider: sum_
        for provider in SERVICES
        if (sum_ := records.pact_sha256(git, ref, f"{service}--{provider}.json"))
    }
    needs = _json(git, ref, f"contracts/needs/{service}.json", "needs")
    sla = _json(git, ref, f"contracts/sla/{service}.json")
    return Party(
        service, found, records.code(git, ref, service), pacts, needs.get("providers", {}), sla
    )


def _live(git: Git, service: str, environment: str) -> tuple[Party, ...]:
    deployed = _json(git, "HEAD", f"contracts/deployed/{environment}.json", "deployed")
    if not deployed:
        raise ValueError(f"contracts/deployed/{environment}.json is in no commit")
    return tuple(
        party(git, one["commit"], service, one["version"])
        for one in deployed["services"].get(service, [])
    )


def _json(git: Git, ref: str, path: str, schema: str | None = None) -> Any:
    """Raises ValueError where the file is not by its schema; {} where there is none."""
    text = git.show(ref, path)
    if text is None:
        return {}
    document = json.loads(text)
    if schema:
        records.schema(schema).validate(document)
    return document


def _short(ref: str) -> str:
    return ref.removeprefix("refs/tags/") if "/" in ref else ref[:SHORT]
