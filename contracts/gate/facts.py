"""Gathers from git what the decision needs: live versions, pacts, needs, SLAs, records.

All of it is read from commits. What lies about uncommitted, and what a tag says, is no fact.
"""

from dataclasses import dataclass

from gate import documents, pacts, records
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
    running = documents.live(git, "HEAD", environment)
    live = {
        name: tuple(party(git, commit, name, at) for at, commit in running.get(name, []))
        for name in SERVICES
    }
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
    found = documents.service_version(git, ref, service)
    if found is None or (version or found) != found:
        held = "nothing is known of it" if found is None else f"it is {found} there"
        return Party(service, version or "-", None, problem=f"{_short(ref)}: {held}")
    needs = documents.load(git, ref, f"contracts/needs/{service}.json", "needs")
    return Party(
        service,
        found,
        documents.code(git, ref, service),
        {pact.provider: pact.sha256 for pact in pacts.between(git, ref, consumer=service)},
        needs["providers"] if needs else {},
        documents.load(git, ref, f"contracts/sla/{service}.json"),
    )


def _short(ref: str) -> str:
    return ref.removeprefix("refs/tags/") if "/" in ref else ref[:SHORT]
