"""Records are written for the commit that the tests ran on, and others are found out."""

import json
from pathlib import Path

import pytest
from small_system import PACT, deploy, put, set_version, system, verify

from gate import documents, facts, pacts, records
from gate.records import NotRecorded

RECORD = "contracts/verifications/user-service/1.0.0.json"


def test_what_the_tests_found_is_kept_with_the_commit_and_the_pacts_sum(repository):
    commit = system(repository)
    written = verify(repository)
    assert written == repository.root / RECORD
    (one,) = json.loads(written.read_text())["verified"]
    assert (one["consumer"], one["consumer_version"]) == ("gateway", "1.0.0")
    repository.commit_all("verified")
    found = records.read(repository.git, "HEAD", "user-service", "1.0.0")
    assert (found.commit, found.problem) == (commit, None)
    assert found.results == {("gateway", one["sha256"]): True}


def test_a_record_is_known_only_once_it_is_committed(repository):
    system(repository)
    verify(repository)
    assert records.read(repository.git, "HEAD", "user-service", "1.0.0") is None


@pytest.mark.parametrize(
    "path",
    [
        "user-service/src/app.py",
        "user-service/src/new.py",
        "user-service/requirements.lock",
        "contracts/src/loader.py",
        f"contracts/pacts/{PACT}",
    ],
)
def test_what_is_in_no_commit_is_not_recorded(repository, path):
    system(repository)
    (repository.root / path).write_text("changed")
    with pytest.raises(NotRecorded, match="commit first"):
        verify(repository)


def test_a_released_version_is_not_recorded_with_other_code(repository):
    system(repository)
    repository.git.run("tag", "user-service/1.0.0")
    verify(repository)
    (repository.root / "user-service/src/app.py").write_text("changed")
    repository.commit_all("changed")
    with pytest.raises(NotRecorded, match="raise the version"):
        verify(repository)


def test_a_pact_with_somebody_else_is_not_recorded(repository):
    system(repository)
    (pact,) = pacts.to_verify(repository.git, "user-service")
    with pytest.raises(NotRecorded, match="is no pact with gateway"):
        records.write(repository.git, "gateway", {pact: True})


def test_a_provider_is_to_keep_the_pacts_of_what_lies_here_and_of_what_runs(repository):
    one = system(repository)
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["two"]})
    set_version(repository, "gateway", "1.1.0")
    deploy(repository, gateway=[("1.0.0", one)])
    repository.commit_all("two")
    found = pacts.to_verify(repository.git, "user-service")
    assert [pact.consumer_version for pact in found] == ["1.1.0", "1.0.0"]
    assert pacts.to_verify(repository.git, "gateway") == []
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["one"]})
    repository.commit_all("one again")
    (pact,) = pacts.to_verify(repository.git, "user-service")
    assert pact.consumer_version == "1.1.0", "what lies here comes first"


def test_a_provider_keeps_its_own_consumers_pacts_alone(repository):
    system(repository)
    set_version(repository, "result-service", "1.0.0")
    put(repository, "contracts/pacts/result-service--user-service.json", {"interactions": []})
    put(repository, "contracts/pacts/gateway--result-service.json", {"interactions": []})
    commit = repository.commit_all("more pacts")
    deploy(repository, gateway=[("1.0.0", commit)])
    repository.commit_all("deployed")
    found = pacts.to_verify(repository.git, "user-service")
    assert [pact.consumer for pact in found] == ["gateway", "result-service"]
    assert set(facts.party(repository.git, "HEAD", "gateway").pacts) == {
        "user-service",
        "result-service",
    }
    found = pacts.between(repository.git, "HEAD", consumer="result-service")
    assert [pact.name for pact in found] == ["result-service--user-service.json"]


def test_a_pact_of_a_branch_that_was_merged_is_known(repository):
    system(repository)
    repository.git.run("checkout", "--quiet", "-b", "beside")
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["beside"]})
    repository.commit_all("beside")
    repository.git.run("checkout", "--quiet", "main")
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["main"]})
    repository.commit_all("main")
    repository.git.run("checkout", "--quiet", "beside")
    repository.merge("main")
    assert len(pacts.known(repository.git, "HEAD", PACT)) == 3


def test_of_two_results_of_one_pact_the_failure_counts(repository):
    system(repository)
    file = verify(repository)
    document = json.loads(file.read_text())
    (entry,) = document["verified"]
    for results in (("failed", "passed"), ("passed", "failed")):
        document["verified"] = [{**entry, "result": result} for result in results]
        file.write_text(json.dumps(document))
        repository.commit_all(" and ".join(results))
        found = records.read(repository.git, "HEAD", "user-service", "1.0.0")
        assert list(found.results.values()) == [False]


def test_what_was_found_of_other_pacts_stays_while_the_code_is_the_same(repository):
    system(repository)
    verify(repository)
    repository.commit_all("verified")
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["two"]})
    repository.commit_all("two")
    assert len(json.loads(verify(repository).read_text())["verified"]) == 2
    repository.commit_all("verified")
    assert records.read(repository.git, "HEAD", "user-service", "1.0.0").problem is None
    put(repository, "user-service/src/app.py", "other code")
    repository.commit_all("other code")
    assert len(json.loads(verify(repository).read_text())["verified"]) == 1


def forge(repository, **changes: object) -> str | None:
    """Commit a record with `changes` of it, or of its one entry; what is said of it."""
    file = verify(repository)
    document = json.loads(file.read_text())
    for key, value in changes.items():
        (document if key in document else document["verified"][0])[key] = value
    file.write_text(json.dumps(document))
    repository.commit_all("forged")
    found = records.read(repository.git, "HEAD", "user-service", "1.0.0")
    return found.problem


def test_a_record_as_it_was_written_has_no_problem(repository):
    system(repository)
    assert forge(repository) is None


def test_a_record_of_a_commit_that_is_not_there_does_not_count(repository):
    system(repository)
    assert forge(repository, commit="0" * 40) == "its commit 000000000 is in no history"


def test_a_record_of_a_commit_that_did_not_lead_here_does_not_count(repository):
    commit = system(repository)
    repository.git.run("checkout", "--quiet", "-b", "aside")
    (repository.root / "aside").touch()
    aside = repository.commit_all("aside")
    repository.git.run("checkout", "--quiet", "main")
    assert forge(repository, commit=aside) == f"its commit {aside[:9]} did not lead to this one"
    assert commit != aside


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sha256": "0" * 64}, "there was no such"),
        ({"version": "2.0.0"}, "another version's record"),
        ({"provider": "gateway"}, "another version's record"),
        ({"consumer": "image-service"}, "is no pact of image-service"),
        ({"pact": "nobody--user-service.json", "consumer": "nobody"}, "there was no such"),
        ({"result": "probably"}, "not written by the tests"),
        ({"commit": "HEAD"}, "not written by the tests"),
        ({"verified": []}, "not written by the tests"),
    ],
)
def test_a_record_that_contradicts_git_does_not_count(repository, changes, problem):
    system(repository)
    assert problem in forge(repository, **changes)


def test_a_record_that_is_no_json_does_not_count(repository):
    system(repository)
    file = repository.root / RECORD
    file.parent.mkdir(parents=True)
    file.write_text("passed")
    repository.commit_all("forged")
    found = records.read(repository.git, "HEAD", "user-service", "1.0.0")
    assert "not written by the tests" in found.problem


CONTRACTS = Path(__file__).parents[2]


def test_our_own_records_are_by_their_schema():
    for path in CONTRACTS.glob("verifications/*/*.json"):
        document = json.loads(path.read_text())
        documents.schema("verification").validate(document)
        assert (document["provider"], document["version"]) == (path.parent.name, path.stem)


def test_our_own_environments_are_by_their_schema():
    paths = list(CONTRACTS.glob("deployed/*.json"))
    assert paths
    for path in paths:
        document = json.loads(path.read_text())
        documents.schema("deployed").validate(document)
        assert document["environment"] == path.stem
        assert set(document["services"]) <= set(facts.PARTIES)
