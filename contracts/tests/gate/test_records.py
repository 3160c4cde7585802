"""Records are written for the commit that the tests ran on, and others are found out."""

import json
from pathlib import Path

import pytest
from small_system import PACT, system

from gate import facts, records
from gate.records import NotRecorded

RECORD = "contracts/verifications/user-service/1.0.0.json"


def test_what_the_tests_found_is_kept_with_the_commit_and_the_pacts_sum(repository):
    commit = system(repository)
    written = records.write(repository.git, "user-service", {PACT: True})
    assert written == repository.root / RECORD
    (one,) = json.loads(written.read_text())["verified"]
    assert (one["consumer"], one["consumer_version"]) == ("gateway", "1.0.0")
    repository.commit_all("verified")
    found = records.read(repository.git, "HEAD", "user-service", "1.0.0")
    assert (found.commit, found.problem) == (commit, None)
    assert found.results == {("gateway", one["sha256"]): True}


def test_a_record_is_known_only_once_it_is_committed(repository):
    system(repository)
    records.write(repository.git, "user-service", {PACT: True})
    assert records.read(repository.git, "HEAD", "user-service", "1.0.0") is None


@pytest.mark.parametrize(
    "path", ["user-service/src/app.py", "user-service/src/new.py", f"contracts/pacts/{PACT}"]
)
def test_what_is_in_no_commit_is_not_recorded(repository, path):
    system(repository)
    (repository.root / path).write_text("changed")
    with pytest.raises(NotRecorded, match="commit first"):
        records.write(repository.git, "user-service", {PACT: True})


def test_a_released_version_is_not_recorded_with_other_code(repository):
    system(repository)
    repository.git.run("tag", "user-service/1.0.0")
    records.write(repository.git, "user-service", {PACT: True})
    (repository.root / "user-service/src/app.py").write_text("changed")
    repository.commit_all("changed")
    with pytest.raises(NotRecorded, match="raise the version"):
        records.write(repository.git, "user-service", {PACT: True})


@pytest.mark.parametrize(
    "pact", ["gateway--result-service.json", "gateway.json", "a--user-service.json"]
)
def test_what_is_no_pact_with_the_provider_is_not_recorded(repository, pact):
    system(repository)
    with pytest.raises(NotRecorded, match="is no pact with user-service"):
        records.write(repository.git, "user-service", {pact: True})


def forge(repository, **changes: object) -> str | None:
    """Commit a record with `changes` of it, or of its one entry; what is said of it."""
    file = records.write(repository.git, "user-service", {PACT: True})
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
        ({"sha256": "0" * 64}, "was another at its commit"),
        ({"version": "2.0.0"}, "another version's record"),
        ({"provider": "gateway"}, "another version's record"),
        ({"consumer": "image-service"}, "is no pact of image-service"),
        ({"pact": "nobody--user-service.json", "consumer": "nobody"}, "was another at its commit"),
        ({"result": "probably"}, "not written by the tests"),
        ({"commit": "HEAD"}, "not written by the tests"),
        ({"verified": []}, "not written by the tests"),
    ],
)  # fmt: skip
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
        records.schema("verification").validate(document)
        assert (document["provider"], document["version"]) == (path.parent.name, path.stem)


def test_our_own_environments_are_by_their_schema():
    paths = list(CONTRACTS.glob("deployed/*.json"))
    assert paths
    for path in paths:
        document = json.loads(path.read_text())
        records.schema("deployed").validate(document)
        assert document["environment"] == path.stem
        assert set(document["services"]) <= set(facts.SERVICES)
