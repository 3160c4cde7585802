"""Releases in the small system, with what make would do."""

from pathlib import Path

from small_system import put, set_version, verify

from gate import releases
from gate.release import release

TARGETS = ["openapi", "check", "contract"]


class Steps:
    """Stands in for make: does what the targets do, notes them, and fails at `failing`."""

    def __init__(self, repository) -> None:
        self.repository = repository
        self.ran: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.passes = True
        self.leaves: str | None = None

    def __call__(self, folder: Path, *targets: str) -> None:
        for target in targets:
            self.ran.append(target)
            if target in self.failing:
                raise self.failing[target]
            if target == "openapi":
                text = (folder / "src" / folder.name.replace("-", "_") / "__init__.py").read_text()
                set_version(self.repository, folder.name, text.split('"')[-2])
            if target == "check" and self.leaves:
                put(self.repository, self.leaves, "left by a test")
            if target == "verify":
                verify(self.repository, passed=self.passes)


def do(steps: Steps, name: str = "user-service", part: str = "minor") -> releases.Release:
    return release(steps.repository.git, name, part, "production", steps)


def state(repository) -> tuple[str, ...]:
    """What must be as before where nothing is released."""
    git = repository.git
    asked = (("rev-parse", "HEAD"), ("status", "--porcelain"), ("tag",), ("symbolic-ref", "HEAD"))
    return tuple(git.run(*one) for one in asked)


def changed(repository, since: str) -> list[str]:
    return repository.git.run("diff", "--name-only", since, "HEAD").splitlines()
