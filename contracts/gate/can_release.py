"""Whether a version of a service may go where other versions of other services run.

A decision over data: nothing is read here. Unknown is no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gate import sla_rules
from gate.components import EDGE
from gate.records import Record


@dataclass(frozen=True)
class Party:
    """One version of one service, as of its commit.

    `code`: git's names of what it is made of. `pacts`: sha256 by provider. `needs`: of the SLA, by
    provider. `problem`: why nothing of this can be known, None if it is.
    """

    service: str
    version: str
    code: str | None
    pacts: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, Any] = field(default_factory=dict)
    sla: Any = None
    problem: str | None = None

    def calls(self, provider: str) -> bool:
        """Whether it says anywhere that it counts on `provider`."""
        return provider in self.pacts or provider in self.needs


@dataclass(frozen=True)
class Partner:
    """Another service: its versions that run in the environment, and the one in the repository."""

    live: tuple[Party, ...]
    next: Party

    @property
    def parties(self) -> tuple[Party, ...]:
        """Who is asked. Where no version runs yet, nothing can break but what comes next: the
        first release of a pair is judged by what lies in the repository, verified like any other.
        """
        return self.live or (self.next,)

    def calls(self, provider: str) -> bool:
        """Whether any version does: then one that does not say so is not known, not free."""
        return any(party.calls(provider) for party in (*self.live, self.next))


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    partner: str
    role: str
    yes: bool
    reason: str


Records = Mapping[tuple[str, str], Record]  # by provider and version


def decide(
    candidate: Party, own_live: tuple[Party, ...], partners: Mapping[str, Partner], records: Records
) -> list[Row]:
    """A row for each question; the answer is yes where all rows say so and there is one.

    `own_live`: the versions of the same service that run there already.
    """
    rows = [
        Row(_title(one), "same version", False, "it runs with other code: raise the version")
        for one in own_live
        if one.version == candidate.version and one.code != candidate.code
    ]
    if candidate.problem:
        rows.append(Row(_title(candidate), "candidate", False, candidate.problem))
    for name, partner in sorted(partners.items()):
        for party in partner.parties:
            title = _title(party) if partner.live else f"{_title(party)}, not live yet"
            if candidate.calls(name):
                rows += _rows(title, "provider", candidate, party, records)
            if partner.calls(candidate.service):
                rows += _rows(title, "consumer", party, candidate, records)
    return rows or [Row("-", "-", False, "nothing is known of its partners")]


def answer(rows: list[Row]) -> bool:
    return all(row.yes for row in rows)


def _title(party: Party) -> str:
    return f"{party.service} {party.version}"


def _rows(
    title: str, role: str, consumer: Party, provider: Party, records: Records
) -> Iterator[Row]:
    """`title`: of the partner, which has the `role` here."""
    problem = consumer.problem or provider.problem
    if problem:
        yield Row(title, role, False, problem)
        return
    # The edge hands on what it does not read, so there is no pact to keep; what it needs is said,
    # and the tests of the edge and of version skew ask the rest.
    if consumer.service != EDGE:
        record = records.get((provider.service, provider.version))
        yield Row(title, role, *_verified(consumer, provider, record))
    needs = consumer.needs.get(provider.service)
    if needs:
        unmet = sla_rules.unmet(needs, provider.sla)
        yield from (Row(title, f"{role}, SLA", False, sentence) for sentence in unmet)
        if not unmet:
            yield Row(title, f"{role}, SLA", True, "all that is needed is promised")


def _verified(consumer: Party, provider: Party, record: Record | None) -> tuple[bool, str]:
    """Whether the provider is known to keep this very pact, and why or why not."""
    sha256 = consumer.pacts.get(provider.service)
    if sha256 is None:
        return False, f"{_title(consumer)} has no pact with {provider.service}"
    if record is None:
        return False, f"{_title(provider)} was never verified"
    if record.problem:
        return False, f"the record of {_title(provider)} does not count: {record.problem}"
    if provider.code is None or record.code != provider.code:
        return False, f"{_title(provider)} was verified with other code, at {record.commit[:9]}"
    passed = record.results.get((consumer.service, sha256))
    if passed is None:
        return False, f"{_title(provider)} was not verified with this pact ({sha256[:9]})"
    word = "verified" if passed else "the verification failed"
    return passed, f"{word} at {record.commit[:9]}"
