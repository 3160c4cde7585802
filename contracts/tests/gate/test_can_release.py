"""The gate's answers, among them to the questions that other tools are known to answer wrongly."""

from dataclasses import replace

import pytest
from small_system import sla

from gate.can_release import Partner, Party, Records, Row, answer, decide
from gate.records import Record

PACT, OLD_PACT = "a" * 64, "b" * 64
SLA = sla("user-service", 0.1)
NEEDS = {"user-service": {"objectives": {"latency-p95": {"at_most": 0.25}}}}
USERS = Party("user-service", "2.0.0", "code of 2.0.0", sla=SLA)
GATEWAY = Party("gateway", "1.1.0", "code", {"user-service": PACT}, NEEDS)
OLD_GATEWAY = replace(GATEWAY, version="1.0.0", pacts={"user-service": OLD_PACT})


def record(party: Party, *, commit: str = "c" * 40, **passed: bool) -> Records:
    """`passed`: by the pact's one letter."""
    results = {("gateway", letter * 64): result for letter, result in passed.items()}
    return {(party.service, party.version): Record(commit, party.code, None, results)}


def release_users(*live: Party, records: Records, users: Party = USERS) -> list[Row]:
    return decide(users, (), {"gateway": Partner(live, GATEWAY)}, records)


def release_gateway(*live: Party, records: Records, following: Party = USERS) -> list[Row]:
    return decide(GATEWAY, (), {"user-service": Partner(live, following)}, records)


def refusals(rows: list[Row]) -> list[str]:
    return [row.reason for row in rows if not row.yes]


def test_a_provider_may_go_where_every_live_consumer_is_verified():
    rows = release_users(GATEWAY, OLD_GATEWAY, records=record(USERS, a=True, b=True))
    assert answer(rows)
    assert {row.partner for row in rows} == {"gateway 1.0.0", "gateway 1.1.0"}


def test_several_live_versions_and_one_of_them_incompatible_is_no():
    rows = release_users(GATEWAY, OLD_GATEWAY, records=record(USERS, a=True, b=False))
    assert not answer(rows)
    assert refusals(rows) == ["the verification failed at ccccccccc"]


def test_several_live_versions_and_one_of_them_unknown_is_no():
    rows = release_users(GATEWAY, OLD_GATEWAY, records=record(USERS, a=True))
    assert refusals(rows) == ["user-service 2.0.0 was not verified with this pact (bbbbbbbbb)"]


def test_a_consumer_is_held_to_every_live_version_of_its_provider():
    older = replace(USERS, version="1.0.0", code="code of 1.0.0")
    verified = record(USERS, a=True)
    assert refusals(release_gateway(USERS, older, records=verified)) == [
        "user-service 1.0.0 was never verified"
    ]
    assert answer(release_gateway(USERS, older, records={**verified, **record(older, a=True)}))


def test_a_provider_that_was_never_verified_is_no():
    assert refusals(release_users(GATEWAY, records={})) == ["user-service 2.0.0 was never verified"]
    assert refusals(release_gateway(USERS, records={})) == ["user-service 2.0.0 was never verified"]


def test_a_version_known_only_from_a_tag_is_no():
    tagged = replace(USERS, version="2.1.0", code="code of 2.1.0")
    rows = release_users(GATEWAY, users=tagged, records=record(USERS, a=True))
    assert refusals(rows) == ["user-service 2.1.0 was never verified"]


def test_the_first_release_of_a_pair_is_judged_by_what_lies_in_the_repository():
    verified = record(USERS, a=True)
    provider_first, consumer_first = (
        release_users(records=verified),
        release_gateway(records=verified),
    )
    assert answer(provider_first)
    assert answer(consumer_first)
    assert provider_first[0].partner == "gateway 1.1.0, not live yet"


def test_the_first_release_of_a_pair_that_was_never_verified_is_no():
    assert not answer(release_users(records={}))
    assert not answer(release_gateway(records={}))


def test_what_comes_next_does_not_stand_in_for_what_is_live():
    rows = release_users(OLD_GATEWAY, records=record(USERS, a=True))
    assert refusals(rows) == ["user-service 2.0.0 was not verified with this pact (bbbbbbbbb)"]


def test_a_live_consumer_without_a_pact_is_not_free_but_unknown():
    silent = Party("gateway", "0.9.0", "code")
    rows = release_users(silent, records=record(USERS, a=True))
    assert refusals(rows) == ["gateway 0.9.0 has no pact with user-service"]


def test_a_need_without_a_pact_is_unknown():
    needing = replace(GATEWAY, pacts={})
    rows = release_users(needing, records=record(USERS, a=True))
    assert refusals(rows) == ["gateway 1.1.0 has no pact with user-service"]


def test_a_service_that_nobody_knows_a_partner_of_is_no():
    lonely = Party("image-service", "1.0.0", "code")
    assert not answer(decide(lonely, (), {"gateway": Partner((), GATEWAY)}, {}))


def test_a_verification_of_other_code_with_the_same_version_does_not_count():
    rows = release_users(GATEWAY, records=record(replace(USERS, code="before"), a=True))
    assert refusals(rows) == ["user-service 2.0.0 was verified with other code, at ccccccccc"]


def test_a_record_that_the_tests_did_not_write_does_not_count():
    found = Record(
        "c" * 40, USERS.code, "its commit ccccccccc is in no history", {("gateway", PACT): True}
    )
    (reason,) = refusals(release_users(GATEWAY, records={("user-service", "2.0.0"): found}))
    assert reason.endswith("does not count: its commit ccccccccc is in no history")


def test_a_live_version_whose_commit_is_lost_is_no():
    lost = Party("gateway", "1.0.0", None, problem="1234: nothing is known of it")
    rows = release_users(GATEWAY, lost, records=record(USERS, a=True))
    assert refusals(rows) == ["1234: nothing is known of it"]


def test_another_build_of_a_live_version_is_no():
    rows = decide(
        USERS,
        (replace(USERS, code="as it runs"),),
        {"gateway": Partner((GATEWAY,), GATEWAY)},
        record(USERS, a=True),
    )
    assert refusals(rows) == ["it runs with other code: raise the version"]


@pytest.mark.parametrize(("target", "may"), [(0.1, True), (0.25, True), (0.26, False)])
def test_an_objective_may_not_loosen_below_what_a_live_consumer_needs(target: float, may: bool):
    loosened = replace(USERS, sla=sla("user-service", target))
    rows = release_users(GATEWAY, users=loosened, records=record(loosened, a=True))
    assert answer(rows) is may
    if not may:
        assert refusals(rows) == ["latency-p95 is 0.26, at most 0.25 is needed"]


def test_a_consumer_may_not_need_more_than_a_live_provider_promises():
    greedy = {
        "user-service": {
            "objectives": {"latency-p95": {"at_most": 0.05}},
            "operations": {"default": {"body_limit_bytes": {"at_least": 1e6}}},
        }
    }
    rows = decide(
        replace(GATEWAY, needs=greedy),
        (),
        {"user-service": Partner((USERS,), USERS)},
        record(USERS, a=True),
    )
    assert len(refusals(rows)) == 2


def test_an_objective_that_is_needed_and_gone_is_no():
    silent = replace(USERS, sla=sla("user-service", None))
    rows = release_users(GATEWAY, users=silent, records=record(silent, a=True))
    assert refusals(rows) == ["latency-p95 is needed and not promised"]


EDGE = Party(
    "static-cdn",
    "1.0.0",
    "code",
    needs={"gateway": {"operations": {"default": {"timeout_s": {"at_most": 6}}}}},
)


@pytest.mark.parametrize(("timeout_s", "yes"), [(6, True), (7, False)])
def test_the_edge_has_no_pact_and_is_judged_by_its_needs(timeout_s, yes):
    promised = sla("gateway", None)
    promised["default"]["timeout_s"] = timeout_s
    gateway = replace(GATEWAY, sla=promised)
    (row,) = decide(EDGE, (), {"gateway": Partner((), gateway)}, {})
    assert (row.role, row.yes) == ("provider, SLA", yes)
    (row,) = decide(gateway, (), {"static-cdn": Partner((EDGE,), EDGE)}, {})
    assert (row.role, row.yes) == ("consumer, SLA", yes)


def test_an_edge_of_which_no_needs_are_known_is_no():
    assert not answer(decide(replace(EDGE, needs={}), (), {"gateway": Partner((), GATEWAY)}, {}))


def test_an_edge_with_the_same_version_and_other_code_is_no():
    older = replace(EDGE, code="before")
    rows = decide(EDGE, (older,), {"gateway": Partner((), replace(GATEWAY, sla=SLA))}, {})
    assert refusals(rows) == ["it runs with other code: raise the version"]
