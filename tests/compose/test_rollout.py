"""A new version takes the place of the one that runs, under load: no request fails, no analysis is
lost. ROLLOUTS=5 puts five in the place of each other, of each service; 1 is for every day."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from local.environments import ROOT

from compose.load import Load
from compose.traffic import Traffic
from conftest import User
from stack.compose import OURS, ComposeStack, docker

ROLLOUTS = int(os.environ.get("ROLLOUTS", "1"))
ROLLOUT_S = 180
AFTER = 20
"""Analyses accepted after one rollout, before the next."""
NEW = {
    "static-cdn": 'USER root\nRUN cd /app/static && echo "<!-- {} -->" >> index.html'
    " && rm index.html.gz index.html.br\nUSER 10001:10001"
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
    for service in OURS:
        docker("tag", tag(service), before(service))
    made: list[str] = []

    def make(service: str, lines: str) -> str:
        (folder / "Dockerfile").write_text(f"FROM {before(service)}\n{lines}\n")
        made.append(docker("build", "--quiet", str(folder)).strip())
        return made[-1]

    yield make
    for service in OURS:
        docker("tag", before(service), tag(service))
    own_stack.up()
    own_stack.wait_until_ready()
    docker("rmi", "--force", *set(made), *(before(service) for service in OURS))


def tag(service: str) -> str:
    return f"sightline/{service}"


def before(service: str) -> str:
    return f"{tag(service)}:before"


def rollout(stack: ComposeStack, service: str, image: str, *more: str) -> tuple[int, str]:
    """Exit status, and what it printed."""
    command = [sys.executable, str(ROOT / "deploy" / "rollout.py"), service, "--image", image]
    done = subprocess.run(
        [*command, *more],
        env=stack.environment(),
        capture_output=True,
        text=True,
        timeout=ROLLOUT_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def running(stack: ComposeStack, service: str) -> str:
    """The image that its one container was made from."""
    assert len(stack.containers(service)) == 1
    return str(stack.inspect(service)["Image"])


def image_id(name: str) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", name).strip()


def check(traffic: Traffic) -> None:
    assert not traffic.failures, "\n".join(traffic.failures[:20])
    Load(traffic.user, traffic.picture, accepted=traffic.accepted).check()


@pytest.mark.parametrize("service", OURS)
def test_a_rollout_loses_nothing(
    stack: ComposeStack,
    sign_up: Callable[[], User],
    tiny: bytes,
    build: Build,
    service: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loads: list[Traffic] = []
    for number in range(ROLLOUTS):
        line = NEW.get(service, "LABEL rollout={}").format(number)
        image = build(service, line)
        with Traffic(sign_up(), tiny) as traffic:
            loads.append(traffic)
            status, said = rollout(stack, service, image)
            traffic.more(AFTER)
        assert status == 0, said
        assert "had to be killed" not in said, said
        if service == "static-cdn":
            assert line.split('"')[1] in traffic.user.get("/").text
        else:
            assert running(stack, service) == image
        check(traffic)
    with capsys.disabled():
        print(f"\n{service}: {ROLLOUTS} rollout(s), {report(loads)}")


def report(loads: list[Traffic]) -> str:
    """All of them have been checked by then."""
    asked = sum((load.requests for load in loads), Counter[str]())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(asked.items()))
    accepted = sum(len(load.accepted) for load in loads)
    failed = sum(len(load.failures) for load in loads)
    return (
        f"{asked.total()} requests ({kinds}), failed {failed}; {accepted} analyses accepted,"
        f" {accepted} ended, lost 0; slowest {max(load.slowest_s for load in loads):.2f} s;"
        f" streams cut {sum(load.streams_cut for load in loads)}"
    )


@pytest.mark.parametrize("service", BAD)
def test_a_version_that_never_gets_ready_is_taken_back(
    stack: ComposeStack, user: User, tiny: bytes, build: Build, service: str
) -> None:
    ran = running(stack, service)
    page = user.get("/").text
    next_up = image_id(tag(service))
    with Traffic(user, tiny) as traffic:
        status, said = rollout(stack, service, build(service, BAD[service]), "--ready-s", "5")
        traffic.more(AFTER)
    assert status == 1, said
    assert running(stack, service) == ran
    assert user.get("/").text == page
    assert image_id(tag(service)) == next_up  # what the next `up` starts
    check(traffic)
