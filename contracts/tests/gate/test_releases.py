"""What was released is known by tags, and by trailers where there are none."""

import pytest
from release_steps import do
from small_system import fragment, put

from gate import answers, releases
from gate.git import GitError


def test_the_tag_is_annotated_and_the_trailer_says_the_same_without_it(steps):
    made = do(steps)
    git = steps.repository.git
    assert git.run("cat-file", "-t", "user-service/1.0.0").strip() == "tag"
    assert git.commit("user-service/1.0.0") == made.commit
    git.run("tag", "--delete", "user-service/1.0.0")
    assert releases.newest(git, "user-service") == made
    assert releases.release_commit(git, "user-service", "1.0.0") == made.commit
    assert releases.newest(git, "gateway") is None


def test_a_copied_trailer_and_a_name_that_is_longer_are_no_release(steps):
    made = do(steps, "gateway")
    git = steps.repository.git
    git.run("tag", "--delete", "gateway/1.0.0")
    for title in ("gateway/1.0.0", "gateway/next", "gateway-two/3.0.0"):
        git.run("commit", "--quiet", "--allow-empty", "--message", f"Copy\n\nRelease: {title}")
    git.run("commit", "--quiet", "--allow-empty", "--message", "Release: gateway/9.0.0 is due")
    assert releases.history(git, "gateway") == [made]


def test_the_previous_release_is_of_other_code_where_one_is(steps):
    git = steps.repository.git
    assert releases.previous(git, "gateway") is None
    first = do(steps, "gateway")
    assert releases.previous(git, "gateway") == first
    fragment(steps.repository, "gateway")
    second = do(steps, "gateway")
    assert releases.previous(git, "gateway") == first
    put(steps.repository, "gateway/src/app.py", "newer")
    steps.repository.commit_all("newer")
    assert releases.previous(git, "gateway") == second


def test_a_release_that_only_a_trailer_knows_is_a_candidate_and_bars_other_code(steps):
    made = do(steps)
    git = steps.repository.git
    git.run("tag", "--delete", made.title)
    fragment(steps.repository, "user-service")
    do(steps)
    assert answers.of_can_release(git, "user-service", "production", "1.0.0").yes


def test_without_any_commit_git_says_so(repository):
    with pytest.raises(GitError):
        releases.newest(repository.git, "gateway")
