"""Gathers from git what the decision needs: live versions, pacts, needs, SLAs, records.

All of it is read from commits. What lies about uncommitted, and what a tag says, is no fact.
The edge is a party as well: without pacts, with needs.
"""

from dataclasses import dataclass

from gate import components, documents, pacts, records, releases
from gate.can_release import Partner, Party, Records
from gate.components import EDGE, SERVICES
from gate.git import Git

PARTIES = (*SERVICES, EDGE)
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
    if service not in PARTIES:
        raise ValueError(f"{service} is none of {', '.join(PARTIES)}")
    running = documents.live(git, "HEAD", environment)
    live = {
        name: tuple(party(git, commit, name, at) for at, commit in running.get(name, []))
        for name in PARTIES
    }
    present = {name: party(git, "HEAD", name) for name in PARTIES}
    candidate = present[service]
    if version not in (None, candidate.version):
        title = f"{service}/{version}"
        candidate = party(
            git, releases.release_commit(git, service, version) or title, service, version
        )
    partners = {name: Partner(live[name], present[name]) for name in PARTIES if name != service}
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
        components.code(git, ref, service),
        {pact.provider: pact.sha256 for pact in pacts.between(git, ref, consumer=service)},
        needs["providers"] if needs else {},
        documents.load(git, ref, f"contracts/sla/{service}.json"),
    )


def _short(ref: str) -> str:
    return ref if "/" in ref else ref[:SHORT]
