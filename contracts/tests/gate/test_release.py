"""A release is all or nothing, and touches nothing but its own."""

import shutil
from pathlib import Path

import pytest
from release_steps import TARGETS, changed, do, state
from small_system import fragment, put, set_latency

from gate import __main__ as gate
from gate import answers, components, fragments, releases
from gate.fragments import BadFragment
from gate.git import Git
from gate.release import Refused, make, release


@pytest.mark.parametrize(
    ("part", "version"), [("major", "2.0.0"), ("minor", "1.10.0"), ("patch", "1.9.4")]
)
def test_a_part_of_a_version_is_raised_and_those_behind_it_begin_anew(part, version):
    assert components.raised("1.9.3", part) == version


def test_another_part_or_component_is_an_error(steps):
    with pytest.raises(ValueError, match="BUMP=tiny is none of major, minor, patch"):
        do(steps, part="tiny")
    with pytest.raises(ValueError, match="users is none of"):
        do(steps, "users")
    with pytest.raises(ValueError, match="moon"):
        release(steps.repository.git, "gateway", "minor", "moon", steps)
    assert steps.ran == []


def test_a_first_release_has_the_version_that_stands_there(steps):
    before = steps.repository.git.run("rev-parse", "HEAD").strip()
    made = do(steps)
    assert made.title == "user-service/1.0.0"
    assert steps.ran == [*TARGETS, "verify"]
    assert changed(steps.repository, before) == ["contracts/verifications/user-service/1.0.0.json"]


def test_a_release_writes_version_changelog_contract_and_record_and_nothing_else(steps):
    do(steps)
    fragment(steps.repository, "user-service")
    fragment(steps.repository, "gateway")
    before = steps.repository.git.run("rev-parse", "HEAD").strip()
    assert do(steps).title == "user-service/1.1.0"
    assert changed(steps.repository, before) == [
        "contracts/openapi/user-service.json",
        "contracts/verifications/user-service/1.1.0.json",
        "user-service/CHANGELOG.md",
        "user-service/Dockerfile",
        "user-service/changelog.d/+more.added.md",
        "user-service/pyproject.toml",
        "user-service/src/user_service/__init__.py",
    ]
    root = steps.repository.root
    assert fragments.of(root, "user-service") == []
    assert fragments.of(root, "gateway") == ["+more.added.md"]
    changelog = (root / "user-service/CHANGELOG.md").read_text()
    assert changelog.index("## 1.1.0") < changelog.index("- It can do more.")
    assert changelog.index("- It can do more.") < changelog.index("## 1.0.0")
    project = (root / "user-service/pyproject.toml").read_text()
    assert ('version = "1.1.0"' in project, 'version = "7"' in project) == (True, True)
    assert "ARG VERSION=1.1.0" in (root / "user-service/Dockerfile").read_text()


def test_a_consumer_alone_needs_no_record(steps):
    made = do(steps, "gateway")
    assert (made.title, steps.ran) == ("gateway/1.0.0", TARGETS)
    assert "Release: gateway/1.0.0" in steps.repository.git.run("log", "-1", "--format=%B")


def test_the_edge_the_contracts_and_the_clients_are_released_as_well(steps):
    for name in ("static-cdn", *components.RUNS_NOWHERE):
        assert do(steps, name).title == f"{name}/1.0.0"
        fragment(steps.repository, name)
        before = steps.repository.git.run("rev-parse", "HEAD").strip()
        assert do(steps, name, "patch").title == f"{name}/1.0.1"
        assert all(path.startswith(f"{name}/") for path in changed(steps.repository, before))
    assert steps.ran == ["check"] * 8
    last = releases.newest(steps.repository.git, "contracts")
    assert last is not None
    steps.repository.git.run("tag", "--delete", "contracts/1.0.0", "contracts/1.0.1")
    assert releases.newest(steps.repository.git, "contracts") == last
    assert answers.of_compat(steps.repository.git, None).lines == [
        "since contracts/1.0.1: 0 contracts changed, 0 refused"
    ]


def test_a_version_that_a_breaking_change_has_raised_is_the_next(steps):
    do(steps)
    for path in components.places("user-service"):
        file = steps.repository.root / path
        file.write_text(file.read_text().replace("1.0.0", "2.0.0"))
    fragment(steps.repository, "user-service")
    with pytest.raises(Refused, match=r"user-service/1.0.0 is released and 2.0.0 stands there"):
        do(steps, part="minor")
    assert do(steps, part="major").title == "user-service/2.0.0"


def test_without_a_fragment_nothing_is_released(steps):
    do(steps)
    with pytest.raises(Refused, match=r"changelog.d is empty"):
        do(steps)


@pytest.mark.parametrize("file", ["more.md", "+more.better.md", "12.added.md", "+more.added.txt"])
def test_a_fragment_that_would_be_left_lying_is_refused(steps, file):
    do(steps)
    fragment(steps.repository, "user-service", file)
    before = state(steps.repository)
    with pytest.raises(BadFragment, match="call it"):
        do(steps)
    assert state(steps.repository) == before


def test_a_first_release_has_its_section_by_hand(steps):
    fragment(steps.repository, "user-service")
    with pytest.raises(Refused, match="by hand"):
        do(steps)
    put(steps.repository, "gateway/CHANGELOG.md", "# Changelog\n")
    steps.repository.commit_all("no section")
    with pytest.raises(Refused, match=r"has no section 1.0.0"):
        do(steps, "gateway")


@pytest.mark.parametrize("path", ["user-service/CHANGELOG.md", "gateway/new.py"])
def test_what_is_in_no_commit_is_in_the_way(steps, path):
    put(steps.repository, path, "mine")
    before = state(steps.repository)
    with pytest.raises(Refused, match=f"commit first: {path}"):
        do(steps)
    assert state(steps.repository) == before
    assert (steps.repository.root / path).read_text() == "mine"


def test_commits_of_no_branch_would_be_lost(steps):
    steps.repository.git.run("checkout", "--quiet", "--detach")
    with pytest.raises(Refused, match="check out a branch"):
        do(steps)


def test_a_shallow_clone_does_not_know_what_was_released(steps, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    source = f"file://{steps.repository.root}"
    steps.repository.git.run("clone", "--quiet", "--depth=1", source, str(clone))
    with pytest.raises(Refused, match="shallow"):
        release(Git(clone), "gateway", "minor", "production", steps)


@pytest.mark.parametrize(
    ("target", "error"),
    [
        *((target, Refused("it failed")) for target in (*TARGETS, "verify")),
        ("check", KeyboardInterrupt()),
    ],
)
def test_whatever_fails_leaves_all_as_it_was(steps, target, error):
    do(steps)
    fragment(steps.repository, "user-service")
    before = state(steps.repository)
    steps.failing[target] = error
    with pytest.raises(type(error)):
        do(steps)
    assert state(steps.repository) == before


def test_a_no_of_the_gate_shows_its_table_and_leaves_all_as_it_was(steps):
    do(steps)
    fragment(steps.repository, "user-service")
    before = state(steps.repository)
    steps.passes = False
    with pytest.raises(Refused, match=r"NO +gateway 1.0.0, not live yet +consumer +the verif"):
        do(steps)
    assert state(steps.repository) == before


def test_a_consumer_of_what_was_never_verified_is_not_released(steps):
    shutil.rmtree(steps.repository.root / "contracts/verifications")
    steps.repository.commit_all("unverified")
    before = state(steps.repository)
    with pytest.raises(Refused, match=r"user-service 1.0.0 was never verified"):
        do(steps, "gateway")
    assert state(steps.repository) == before


def test_a_need_of_a_live_partner_is_asked_about(steps):
    set_latency(steps.repository, 0.5)
    steps.repository.commit_all("slower")
    with pytest.raises(Refused, match=r"at most 0.25 is needed"):
        do(steps)


def test_a_contract_that_breaks_stops_every_release(steps):
    event = {
        "$id": "urn:sightline:event:a:1",
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
    }
    put(steps.repository, "contracts/events/a.json", event)
    steps.repository.commit_all("event")
    do(steps, "contracts")
    put(steps.repository, "contracts/events/a.json", {**event, "required": []})
    steps.repository.commit_all("broken")
    before = state(steps.repository)
    with pytest.raises(Refused, match="REFUSED: it breaks"):
        do(steps, "gateway")
    assert state(steps.repository) == before


@pytest.mark.parametrize("path", ["gateway/src/app.py", "user-service/src/app.py", "notes.txt"])
def test_what_else_changes_meanwhile_is_refused_and_left_alone(steps, path):
    do(steps)
    fragment(steps.repository, "user-service")
    before = state(steps.repository)
    steps.leaves = path
    with pytest.raises(Refused, match=f"{path} has changed, which is not user-service's release"):
        do(steps)
    assert (steps.repository.root / path).read_text() == "left by a test"
    head, status, *rest = state(steps.repository)
    assert (head, rest) == (before[0], list(before[2:]))
    assert [line[3:] for line in status.splitlines()] == [path]


def test_make_is_asked_in_the_folder_and_its_failure_is_a_refusal(tmp_path):
    (tmp_path / "Makefile").write_text("good:\n\t@touch made\nbad:\n\t@exit 3\n")
    make(tmp_path, "good")
    assert (tmp_path / "made").is_file()
    with pytest.raises(Refused, match="bad failed"):
        make(tmp_path, "good", "bad")


def test_what_is_not_released_says_why_in_a_line(steps, capsys):
    steps.repository.git.run("checkout", "--quiet", "--detach")
    assert gate.show_release(steps.repository.git, "gateway", "minor", "production") == 1
    assert capsys.readouterr().err.startswith("gateway is NOT released: check out a branch")


HOME = Path(__file__).parents[3]


@pytest.mark.parametrize("name", components.ALL)
def test_our_own_versions_agree_and_are_in_the_changelog(name):
    found = {
        path: pattern.search((HOME / path).read_text())
        for path, pattern in components.places(name).items()
    }
    (version,) = {match and match[1] for match in found.values()}
    # A version that was raised with a breaking change gets its section when it is released.
    assert fragments.has_section(HOME, name, version) or fragments.of(HOME, name)
    assert fragments.MARK in (HOME / name / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", components.ALL)
def test_our_own_fragments_will_be_found(name):
    assert fragments.of(HOME, name) is not None
