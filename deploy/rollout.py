"""`make rollout SERVICE=gateway [IMAGE=…] [READY_S=60]`: puts a new version in the place of the one that
runs under compose, and loses no request by it. Exit status 1: the version before runs, as it did.

The new containers start beside the old and are found by nobody until they are ready; then the old
ones drain and are removed. The edge, whose port is the one published, takes the new files by a reload.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from docker_commands import COMMAND_S, Failed, compose, docker, run

BUILD_S = 1500
BEYOND_GRACE_S = 30
LOOK_EVERY_S = 0.2
NAMES_KEPT_S = 3.5
"""The services keep the addresses of a name for two seconds, the edge for up to three: nginx counts
`valid=2s` in whole seconds of the clock and keeps the last of them to its end."""
EDGE = "static-cdn"
FOUND_ON = {"gateway": "edge", "user-service": "internal", "result-service": "internal"}
"""The network on which a service's callers find it, which it joins when it is ready. image-service
finds its work itself."""
SETUP = {
    "user-service": "user-setup",
    "result-service": "result-setup",
    "image-service": "image-setup",
}
SECRETS = "secrets"
SERVICES = (EDGE, "gateway", *SETUP)
KILLED = 137
_started = time.monotonic()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="rollout", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--image", default="", help="one that is there; else it is built")
    parser.add_argument("--ready-s", type=int, default=60, help="for the new ones to be ready")
    given = parser.parse_args(arguments)
    rollout = Edge if given.service == EDGE else Containers
    try:
        rollout(given.service, given.ready_s).run(given.image)
    except (Failed, KeyboardInterrupt) as error:
        say(f"no: {error or 'interrupted'}")
        return 1
    return 0


def say(line: str) -> None:
    print(f"{time.monotonic() - _started:6.1f} s  {line}", flush=True)


class Rollout:
    """What both kinds have in common: an image is taken, and the one before again when that fails."""

    def __init__(self, service: str, ready_s: int) -> None:
        self.service = service
        self.ready_s = ready_s
        self.config = json.loads(compose("config", "--format", "json"))
        self.image = str(self.config["services"][service]["image"])
        self.old = self.containers()
        if not self.old:
            raise Failed("it does not run")

    def run(self, image: str) -> None:
        before = self.runs()
        say(f"{self.service}: {short(before)} runs, in {len(self.old)} container(s)")
        try:
            self.take(image)
            self.begin()
        except (Failed, KeyboardInterrupt):
            docker("tag", before, self.image)  # so that the next `up` starts it
            self.go_back()
            say(f"{self.service}: {short(before)} runs on")
            raise
        self.finish()
        say(f"{self.service}: {short(image_id(self.image))} has taken over")

    def take(self, image: str) -> None:
        """Give it the name that compose starts it by."""
        if not image:
            compose("build", "--quiet", self.service, timeout=BUILD_S)
        elif image != self.image:
            docker("tag", image, self.image)
        say(f"the new image is {short(image_id(self.image))}")

    def containers(self) -> list[str]:
        return compose("ps", "--all", "--quiet", self.service).split()

    def runs(self) -> str:
        """The id of the image that runs."""
        return str(inspect(self.old)[0]["Image"])

    def begin(self) -> None:
        """Raises Failed where the new one does not do."""
        raise NotImplementedError

    def go_back(self) -> None:
        """What `begin` has begun."""
        raise NotImplementedError

    def finish(self) -> None:
        """What comes after there is no going back."""
        raise NotImplementedError


class Containers(Rollout):
    """New ones beside the old, as many."""

    def set_up(self, setup: str) -> None:
        """It adds what the new version needs, and takes nothing from the old."""
        if self.config["services"][setup]["image"] != self.image:
            compose("build", "--quiet", setup, timeout=BUILD_S)
        compose("run", "--rm", "--no-deps", setup, timeout=self.ready_s)
        say(f"{setup} has run")

    def begin(self) -> None:
        for setup in (SECRETS, SETUP.get(self.service)):
            if setup is not None:
                self.set_up(setup)
        twice = f"{self.service}={2 * len(self.old)}"
        beside = ("--no-deps", "--no-recreate", "--no-build", "--scale", twice)
        compose("up", "--no-start", *beside, self.service)
        new = self.new()
        network = self.network()
        aliases = {one: network and self.leave(one, network) for one in new}
        docker("start", *new)
        say(f"{len(new)} new container(s) started")
        self.until_ready(new)
        for one in new if network else ():
            named = [part for alias in aliases[one] for part in ("--alias", alias)]
            docker("network", "connect", *named, network, one)
        say("the new ones are ready, and can be found")

    def new(self) -> list[str]:
        return [one for one in self.containers() if one not in self.old]

    def network(self) -> str:
        name = FOUND_ON.get(self.service)
        return str(self.config["networks"][name]["name"]) if name else ""

    def leave(self, container: str, network: str) -> list[str]:
        """The names that it has on that network, and has no more."""
        aliases = inspect([container])[0]["NetworkSettings"]["Networks"][network]["Aliases"]
        docker("network", "disconnect", network, container)
        return [str(alias) for alias in aliases]

    def until_ready(self, new: list[str]) -> None:
        end = time.monotonic() + self.ready_s
        while True:
            found = inspect(new)
            if any(one["RestartCount"] or not one["State"]["Running"] for one in found):
                raise Failed("the new one ended")
            if all(one["State"]["Health"]["Status"] == "healthy" for one in found):
                return
            if time.monotonic() > end:
                raise Failed(f"the new one was not ready within {self.ready_s} s")
            time.sleep(LOOK_EVERY_S)

    def go_back(self) -> None:
        for one in self.new():
            say(f"the last line of {one[:12]}: {last_line(one)}")
            docker("rm", "--force", one)

    def finish(self) -> None:
        time.sleep(NAMES_KEPT_S)  # by then their callers have found the new ones
        grace = max(one["Config"].get("StopTimeout") or 0 for one in inspect(self.old))
        docker("stop", *self.old, timeout=grace + BEYOND_GRACE_S)
        killed = [one for one in inspect(self.old) if one["State"]["ExitCode"] == KILLED]
        say(f"{len(killed)} had to be killed" if killed else "the old ones have drained")
        docker("rm", *self.old)


class Edge(Rollout):
    """The files of the new image in the container that has the port (static-cdn/reload.sh)."""

    RUN = "/run/sightline"

    def runs(self) -> str:
        """Of the files that were put last; else of the container."""
        current = self.execute("readlink", f"{self.RUN}/current").strip().rpartition("/")[2]
        name = current.partition(".")[0]
        return super().runs() if name == "image" else f"sha256:{name}"

    def begin(self) -> None:
        home = f"{self.RUN}/{image_id(self.image).partition(':')[2]}.{time.time_ns()}"
        self.execute("mkdir", home)
        self.copy(home)
        say("the new files are beside the old")
        limit = COMMAND_S + self.ready_s
        self.execute("bash", f"{home}/app/reload.sh", str(self.ready_s), timeout=limit)
        say("nginx has reloaded, and a new worker answers")

    def copy(self, home: str) -> None:
        """/app of the image, without running it."""
        made = docker("create", self.image).strip()
        try:
            files = run(["docker", "cp", f"{made}:/app", "-"], COMMAND_S)
        finally:
            docker("rm", made)
        unpack = ["docker", "exec", "--interactive", self.old[0], "tar", "-x", "-C", home]
        run(unpack, COMMAND_S, files)

    def execute(self, *command: str, timeout: float = COMMAND_S) -> str:
        return docker("exec", self.old[0], *command, timeout=timeout)

    def go_back(self) -> None:
        """reload.sh has done it."""

    def finish(self) -> None:
        """Old workers finish by themselves."""


def inspect(containers: Sequence[str]) -> list[dict[str, Any]]:
    return list(json.loads(docker("inspect", *containers)))


def image_id(name: str) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", name).strip()


def short(image: str) -> str:
    return image.partition(":")[2][:12]


def last_line(container: str) -> str:
    """Of its log, whichever stream."""
    command = ["docker", "logs", "--tail", "1", container]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_S, check=False
    )
    return done.stdout.decode(errors="replace").strip() or "it said nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
