"""What the commands say while two services are released one after the other, and then again."""

import pytest
from small_system import PACT, deploy, put, set_latency, set_version, system, verify

from gate import __main__ as gate
from gate import facts


@pytest.fixture
def verified(repository) -> str:
    """The small system, verified; the commit that was."""
    commit = system(repository)
    verify(repository)
    repository.commit_all("verified")
    return commit


def release(repository, message: str) -> str:
    """Commit all, verify it and commit that; the first commit."""
    commit = repository.commit_all(message)
    verify(repository)
    repository.commit_all(f"{message}, verified")
    return commit


def may(repository, service: str, version: str | None = None) -> bool:
    return gate.show_can_release(repository.git, service, "production", version) == 0


def test_a_typical_rollout(repository, verified, capsys):
    assert may(repository, "user-service"), "nobody is live: the pair is verified"
    assert may(repository, "gateway")
    deploy(repository, user_service=[("1.0.0", verified)], gateway=[("1.0.0", verified)])
    repository.commit_all("both run")

    # The gateway comes to need more. It must be verified with the version that runs.
    set_version(repository, "gateway", "1.1.0")
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["one", "two"]})
    repository.commit_all("gateway 1.1.0")
    assert not may(repository, "gateway")
    assert may(repository, "user-service"), "it still keeps what the live gateway counts on"
    verify(repository)
    two = repository.commit_all("verified")
    assert may(repository, "gateway")
    deploy(
        repository,
        user_service=[("1.0.0", verified)],
        gateway=[("1.0.0", verified), ("1.1.0", two)],
    )

    # Then user-service changes, while both gateways run. It is verified with both.
    set_version(repository, "user-service", "1.1.0")
    put(repository, "user-service/src/app.py", "better")
    repository.commit_all("user-service 1.1.0")
    assert not may(repository, "user-service")
    verify(repository)
    repository.commit_all("verified")
    capsys.readouterr()
    assert may(repository, "user-service")
    assert capsys.readouterr().out.count(" verified at ") == 2


def test_a_consumer_ahead_of_its_live_provider_is_verified_beside_the_main_line(
    repository, verified
):
    deploy(repository, user_service=[("1.0.0", verified)], gateway=[("1.0.0", verified)])
    set_version(repository, "user-service", "2.0.0")
    put(repository, "user-service/src/app.py", "another")
    release(repository, "user-service 2.0.0")
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["one", "two"]})
    set_version(repository, "gateway", "1.1.0")
    release(repository, "gateway 1.1.0")
    assert not may(repository, "gateway"), "1.0.0 runs, and only 2.0.0 is verified with it"

    repository.git.run("checkout", "--quiet", "-b", "beside", verified)
    repository.git.run("checkout", "main", "--", f"contracts/pacts/{PACT}")
    release(repository, "The new pact with the code that runs")
    repository.git.run("checkout", "--quiet", "main")
    repository.merge("beside")
    assert may(repository, "gateway")


def test_the_table_says_who_is_in_the_way(repository, verified, capsys):
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["two"]})
    two = repository.commit_all("two")
    deploy(repository, gateway=[("1.0.0", verified), ("1.0.0", two)])
    repository.commit_all("both run")
    assert not may(repository, "user-service")
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table] == [
        "partner",
        "yes",
        "yes",
        "NO",
        "yes",
        "user-service",
    ]
    assert "was not verified with this pact" in table[3]
    assert table[-1] == "user-service 1.0.0 may NOT be released to production"


def test_a_tag_alone_makes_no_version_known(repository, verified, capsys):
    set_version(repository, "user-service", "1.1.0")
    repository.commit_all("1.1.0")
    repository.git.run("tag", "user-service/1.1.0")
    set_version(repository, "user-service", "1.2.0")
    repository.commit_all("1.2.0")
    assert not may(repository, "user-service", "1.1.0")
    assert "user-service 1.1.0 was never verified" in capsys.readouterr().out
    assert not may(repository, "user-service", "7.0.0"), "nor does a name that nothing bears"


def test_changed_code_is_verified_anew(repository, verified):
    put(repository, "user-service/src/app.py", "better")
    repository.commit_all("better")
    assert not may(repository, "user-service")
    verify(repository)
    repository.commit_all("verified")
    assert may(repository, "user-service")


@pytest.mark.parametrize("path", ["contracts/src/loader.py", "user-service/requirements.lock"])
def test_a_change_of_what_is_in_the_image_beside_its_code_is_verified_anew(
    repository, verified, path
):
    assert may(repository, "user-service")
    put(repository, path, "other")
    repository.commit_all("other")
    assert not may(repository, "user-service")
    assert not may(repository, "gateway")
    verify(repository)
    repository.commit_all("verified")
    assert may(repository, "user-service")


@pytest.mark.parametrize("path", ["contracts/src/loader.py", "user-service/requirements.lock"])
def test_a_version_that_runs_and_is_made_of_other_things_is_raised_first(
    repository, verified, path, capsys
):
    deploy(repository, user_service=[("1.0.0", verified)])
    put(repository, path, "other")
    repository.commit_all("other")
    assert not may(repository, "user-service")
    assert "it runs with other code: raise the version" in capsys.readouterr().out


def test_a_failed_verification_is_recorded_and_is_no(repository, verified):
    verify(repository, passed=False)
    repository.commit_all("verified")
    assert not may(repository, "user-service")
    assert not may(repository, "gateway")


def test_a_loosened_sla_is_refused_for_who_is_live(repository, verified, capsys):
    deploy(repository, gateway=[("1.0.0", verified)])
    set_latency(repository, 0.5)
    repository.commit_all("slower")
    assert not may(repository, "user-service")
    assert "latency-p95 is 0.5, at most 0.25 is needed" in capsys.readouterr().out


def test_what_is_not_committed_changes_no_answer(repository, verified):
    set_latency(repository, 0.5)
    assert may(repository, "user-service")


def test_a_live_version_is_known_by_its_commit(repository, verified, capsys):
    deploy(repository, gateway=[("1.1.0", verified)])
    repository.commit_all("deployed")
    assert not may(repository, "user-service")
    assert f"{verified[:9]}: it is 1.0.0 there" in capsys.readouterr().out
    deploy(repository, gateway=[("1.0.0", "0" * 40)])
    repository.commit_all("deployed")
    assert not may(repository, "user-service")


@pytest.mark.parametrize(("service", "environment"), [("users", "production"), ("gateway", "moon")])
def test_an_unknown_service_or_environment_is_an_error(repository, verified, service, environment):
    with pytest.raises(ValueError, match=f"{service} is none of|{environment}.json"):
        facts.gather(repository.git, service, environment)


def test_an_environment_outside_its_schema_is_an_error(repository, verified):
    put(repository, "contracts/deployed/production.json", {"services": {"gateway": ["1.0.0"]}})
    repository.commit_all("by hand")
    with pytest.raises(ValueError, match="is"):
        facts.gather(repository.git, "gateway", "production")


def test_compat_says_what_breaks_since_the_last_release(repository, capsys):
    system(repository)
    event = {
        "$id": "urn:sightline:event:a:1",
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
    }
    put(repository, "contracts/events/a.json", event)
    for folder in ("openapi", "sla"):  # no whole documents in the small system
        for file in (repository.root / "contracts" / folder).iterdir():
            file.unlink()
    assert gate.show_compat(repository.git, None) == 0
    assert capsys.readouterr().out == "no release yet: everything is new\n"
    repository.commit_all("event")
    repository.git.run("tag", "contracts/1.0.0")
    assert gate.show_compat(repository.git, None) == 0
    put(repository, "contracts/events/a.json", {**event, "required": []})
    capsys.readouterr()
    assert gate.show_compat(repository.git, None) == 1
    assert capsys.readouterr().out.splitlines() == [
        "events/a.json  1 → 1  REFUSED: it breaks without a new major version",
        "    breaking  /a: no longer required",
        "since contracts/1.0.0: 1 contracts changed, 1 refused",
    ]
    put(
        repository,
        "contracts/events/a.json",
        {**event, "$id": event["$id"][:-1] + "2", "required": []},
    )
    assert gate.show_compat(repository.git, "contracts/1.0.0") == 0


def test_words_that_no_command_knows_are_an_error(capsys):
    assert gate.main(["release"]) == 2
    assert "can-release SERVICE ENV" in capsys.readouterr().err
    assert gate.main(["compat", "no-such-ref"]) == 2
