"""A change touches a service, several, none; or all, where nobody has said."""

import pytest
from small_system import put

from gate import __main__ as gate
from gate import affected, facts
from gate.git import GitError


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("image-service/src/image_service/app.py", ["image-service"]),
        ("image-service/requirements.lock", ["image-service"]),
        ("static-cdn/nginx.conf.template", ["static-cdn"]),
        ("contracts/events/analysis.requested.json", list(facts.SERVICES)),
        ("contracts/src/sightline_contracts/loader.py", list(facts.SERVICES)),
        ("contracts/openapi/user-service.json", list(facts.SERVICES)),
        ("contracts/pacts/gateway--user-service.json", ["gateway", "user-service"]),
        ("contracts/service.mk", list(facts.SERVICES)),
        ("contracts/image.mk", list(affected.ALL)),
        ("user-service/changelog.d/+keys.added.md", []),
        ("contracts/gate/compat.py", []),
        ("contracts/tests/gate/test_compat.py", []),
        ("contracts/deployed/production.json", []),
        ("contracts/verifications/user-service/1.0.0.json", []),
        ("README.md", []),
        ("gateway/README.md", []),
        ("docs/decisions/0001-an-outcome-is-the-result-itself.md", []),
        ("Makefile", list(affected.ALL)),
        ("docker-compose.yml", list(affected.ALL)),
        ("tests/e2e/test_journey.py", list(affected.ALL)),
        ("a/new/folder", list(affected.ALL)),
    ],
)
def test_a_path_touches(path, touched):
    assert affected.services([path]) == touched


def test_a_change_touches_what_its_paths_do_together():
    paths = [
        "docs/architecture.md",
        "user-service/src/a.py",
        "gateway/src/b.py",
        "gateway/src/c.py",
    ]
    assert affected.services(paths) == ["gateway", "user-service"]
    assert affected.services([]) == []


def test_what_changed_is_all_since_the_branch_left_committed_or_not(repository):
    for name in ("kept", "moved", "dropped"):
        (repository.root / name).write_text(f"the file {name}, long enough to be found again\n" * 9)
    repository.commit_all("one")
    repository.git.run("checkout", "--quiet", "-b", "branch")
    (repository.root / "kept").write_text("changed")
    repository.commit_all("two")
    (repository.root / "moved").rename(repository.root / "a name with ü")
    repository.git.run("add", "--all")
    (repository.root / "dropped").unlink()
    (repository.root / "new").touch()
    changed = affected.changed(repository.git, "main")
    assert sorted(changed) == ["a name with ü", "dropped", "kept", "moved", "new"]


def test_what_main_got_meanwhile_is_not_this_branchs_change(repository):
    (repository.root / "a").touch()
    repository.commit_all("one")
    repository.git.run("checkout", "--quiet", "-b", "branch")
    repository.git.run("checkout", "--quiet", "main")
    (repository.root / "b").touch()
    repository.commit_all("two")
    repository.git.run("checkout", "--quiet", "branch")
    assert affected.changed(repository.git, "main") == []


def test_the_usual_base_is_main(repository, capsys):
    put(repository, "README.md", "one")
    repository.commit_all("one")
    repository.git.run("checkout", "--quiet", "-b", "branch")
    put(repository, "gateway/src/app.py", "two")
    put(repository, "user-service/src/app.py", "two")
    repository.commit_all("two")
    assert gate.show_affected(repository.git, None) == 0
    assert capsys.readouterr().out == "gateway\nuser-service\n"


def test_without_a_main_all_are_touched(repository, capsys):
    put(repository, "README.md", "one")
    repository.commit_all("one")
    repository.git.run("branch", "--move", "main", "other")
    assert gate.show_affected(repository.git, None) == 0
    assert capsys.readouterr().out.split() == list(affected.ALL)


def test_a_base_that_is_not_there_is_an_error(repository):
    with pytest.raises(GitError, match="nowhere"):
        affected.changed(repository.git, "nowhere")
