"""A new version takes the place of the one that runs, under load: no request fails, no analysis is
lost. ROLLOUTS=5 puts five in the place of each other, of each service; 1 is for every day."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from compose.load import Load
from compose.traffic import Traffic
from conftest import User
from stack.compose import OURS, ComposeStack, docker
from stack.environments import ROOT

ROLLOUTS = int(os.environ.get("ROLLOUTS", "1"))
ROLLOUT_S = 180
AFTER = 20
"""Analyses accepted after one rollout, before the next."""
NEW = {
    "static-cdn": 'USER root\nRUN echo "<!-- {} -->" >> /app/static/index.html\nUSER 10001:10001'
}
"""What is new; of the others a label."""
BAD = {
    # It listens, and answers: nobody may find it.
    "gateway": 'CMD ["python", "-m", "http.server", "8000"]',
    "result-service": 'CMD ["python", "-c", "raise SystemExit(\'no way\')"]',
    "static-cdn": "USER root\nRUN echo bad >> /app/nginx.conf.template\nUSER 10001:10001",
}

Build = Callable[[str, str], str]


@pytest.fixture(scope="module")
def build(own_stack: ComposeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Makes an image from a service's own and more lines; what was there runs again afterwards."""
    folder = tmp_path_factory.mktemp("images")
    before = {name: docker("image", "inspect", "--format", "{{.Id}}", tag(name)) for name in OURS}
    made: list[str] = []

    def make(service: str, lines: str) -> str:
        base = f"{tag(service)}:before"
        docker("tag", before[service].strip(), base)
        (folder / "Dockerfile").write_text(f"FROM {base}\n{lines}\n")
        made.append(docker("build", "--quiet", str(folder)).strip())
        docker("rmi", base)
        return made[-1]

    yield make
    for service, image in before.items():
        docker("tag", image.strip(), tag(service))
    own_stack.up()
    own_stack.wait_until_ready()
    docker("rmi", "--force", *set(made))


def tag(service: str) -> str:
    return f"sightline/{service}"


def rollout(stack: ComposeStack, service: str, image: str, *more: str) -> tuple[int, str]:
    """Exit status, and what it printed."""
    command = [sys.executable, str(ROOT / "deploy" / "rollout.py"), service, "--image", image]
    done = subprocess.run(
        [*command, *more], env=stack.environment(), capture_output=True, text=True,
        timeout=ROLLOUT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def running(stack: ComposeStack, service: str) -> str:
    """The image that its one container was made from."""
    assert len(stack.containers(service)) == 1
    return str(stack.inspect(service)["Image"])


def check(traffic: Traffic) -> None:
    assert not traffic.failures, "\n".join(traffic.failures[:20])
    Load(traffic.user, traffic.picture, accepted=traffic.accepted).check()


@pytest.mark.parametrize("service", OURS)
def test_a_rollout_loses_nothing(
    stack: ComposeStack, user: User, tiny: bytes, build: Build, service: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with Traffic(user, tiny) as traffic:
        for number in range(ROLLOUTS):
            line = NEW.get(service, "LABEL rollout={}").format(number)
            image = build(service, line)
            status, said = rollout(stack, service, image)
            assert status == 0, said
            if service == "static-cdn":
                assert line.split('"')[1] in user.get("/").text
            else:
                assert running(stack, service) == image
            assert "0 of them had to be killed" in said or service == "static-cdn", said
            traffic.more(AFTER)
    with capsys.disabled():
        print(f"\n{service}: {ROLLOUTS} rollout(s), {report(traffic)}")
    check(traffic)


def report(traffic: Traffic) -> str:
    asked = traffic.requests
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(asked.items()))
    return (
        f"{asked.total()} requests ({kinds}), failed {len(traffic.failures)};"
        f" {len(traffic.accepted)} analyses accepted; slowest {traffic.slowest_s:.2f} s;"
        f" streams cut {traffic.streams_cut}"
    )


@pytest.mark.parametrize("service", BAD)
def test_a_version_that_never_gets_ready_is_taken_back(
    stack: ComposeStack, user: User, tiny: bytes, build: Build, service: str
) -> None:
    before = running(stack, service)
    page = user.get("/").text
    with Traffic(user, tiny) as traffic:
        status, said = rollout(stack, service, build(service, BAD[service]), "--ready-s", "5")
        traffic.more(AFTER)
    assert status == 1, said
    assert running(stack, service) == before
    assert user.get("/").text == page
    # What the next `up` starts.
    assert docker("image", "inspect", "--format", "{{.Id}}", tag(service)).strip() == before or (
        service == "static-cdn"
    )
    check(traffic)
