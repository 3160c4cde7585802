"""The same system on a Kubernetes, with the methods of Stack: deploy/kubernetes/overlays/demo, and on top of it
what tests need. The program that CLUSTER names has the cluster (docs/kubernetes.md)."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from local.environments import ROOT
from local.errors import StackError
from local.stack import wait_until_ready

from stack.compose import BUILD_S, COMMAND_S, OURS, commit, docker
from stack.system import System

OVERLAYS = ROOT / "deploy" / "kubernetes" / "overlays"
COMPONENTS = ROOT / "deploy" / "kubernetes" / "components"
NAMESPACE = "sightline"
IMAGES = "sightline-kubernetes"
"""What images are called that tests build: those of compose keep their names."""
PORT = 30080
START_S = 240
LOOK_EVERY_S = 0.5
STORES = ("redis", "dynamodb", "s3")
LANES = ("ordinary", "text")
WORKLOADS = {
    **{name: [f"deployment/{name}"] for name in OURS},
    "image-service": [f"deployment/image-service-{lane}" for lane in LANES],
    **{name: [f"statefulset/{name}"] for name in STORES},
}


def cluster(*arguments: str, given: str | None = None, timeout: float = COMMAND_S) -> str:
    """What the program printed. Raises StackError."""
    command = [os.environ["CLUSTER"], *arguments]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{' '.join(command[:3])} failed: {error}") from error
    if done.returncode:
        raise StackError(f"{' '.join(command)} failed:\n{done.stderr.strip()[-4000:]}")
    return done.stdout


def kubectl(*arguments: str, given: str | None = None, timeout: float = COMMAND_S) -> str:
    """In the system's namespace. Raises StackError."""
    return cluster("kubectl", "--namespace", NAMESPACE, *arguments, given=given, timeout=timeout)


def why_not() -> str:
    """Why there is no cluster; empty where there is one."""
    if not os.environ.get("CLUSTER"):
        return "CLUSTER names no program that has a cluster (docs/kubernetes.md)"
    try:
        cluster("kubectl", "get", "--raw", "/readyz")
    except StackError as error:
        return str(error)
    return ""


def has_keda() -> bool:
    return bool(cluster("kubectl", "get", "crd", "scaledobjects.keda.sh", "--ignore-not-found"))


def node_address() -> str:
    """Of the one node, which is this machine: pods reach it, and it reaches NodePorts."""
    path = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}"
    return cluster("kubectl", "get", "nodes", "--output", path).strip()


def pods(name: str) -> list[dict[str, Any]]:
    """Those of a service; one that is about to end has a `deletionTimestamp`."""
    selector = f"app.kubernetes.io/name={name}"
    found = json.loads(kubectl("get", "pods", "--selector", selector, "--output", "json"))
    return list(found["items"])


def is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def kustomized(home: Path, overlay: str, **more: Any) -> str:
    """An overlay of deploy/kubernetes with `more` of a kustomization on top, as YAML. `home`: an empty folder."""
    home.mkdir(parents=True, exist_ok=True)
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(OVERLAYS / overlay, home)],
        **more,
    }
    (home / "kustomization.yaml").write_text(json.dumps(content))
    return cluster("kubectl", "kustomize", str(home))


class KubernetesStack(System):
    """`settings` are environment variables per service name, or for all services under "*". With `by_keda` workers
    are started by what waits."""

    port = PORT

    def __init__(
        self, settings: Mapping[str, Mapping[str, str]] | None = None, *, by_keda: bool = False
    ) -> None:
        self._settings = {name: dict(given) for name, given in (settings or {}).items()}
        self.by_keda = by_keda
        self._home = Path(tempfile.mkdtemp(prefix="sightline-")).resolve()
        self._address = node_address()
        self.images: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        return f"http://{self._address}:{PORT}"

    def start(self) -> None:
        """Build what has changed and start from empty volumes."""
        self.stop()
        self.images = build()
        self.apply()
        self.wait_until_ready()

    def stop(self) -> None:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=START_S)
        shutil.rmtree(self._home, ignore_errors=True)

    def apply(self) -> None:
        """What the manifests say, and wait until every part has taken it up."""
        kubectl(
            "delete", "jobs", "--all", "--ignore-not-found"
        )  # what a Job runs cannot be changed
        kubectl("apply", "--filename", "-", given=self.manifests())
        self.let_workers_to_tests()
        kubectl(
            "wait",
            "--for=condition=complete",
            "job",
            "--all",
            f"--timeout={START_S}s",
            timeout=START_S,
        )
        for name in (*STORES, *OURS):
            self.until_rolled_out(name)

    def manifests(self) -> str:
        """With a port of the node, the images that tests build, and their settings."""
        site = self.base_url
        local = f"http://localhost:{PORT}"
        origins = ",".join(filter(None, (site, local, os.environ.get("FETCH_ALLOWED_ORIGINS"))))
        hosts = (self._address, "localhost")
        addresses = {
            "S3_PUBLIC_URL": site,
            "PUBLIC_URL": site,
            "FETCH_ALLOWED_ORIGINS": origins,
            "FETCH_CONNECT_TO": ",".join(f"{host}:{PORT}:static-cdn:8080" for host in hosts),
        }
        components = [COMPONENTS / "keda"] if self.by_keda else []
        return kustomized(
            self._home,
            "demo",
            components=[os.path.relpath(one, self._home) for one in components],
            images=[
                {"name": f"sightline/{name}", "newName": f"{IMAGES}/{name}", "newTag": tag}
                for name, tag in self.images.items()
            ],
            configMapGenerator=[
                {"name": "addresses", "behavior": "merge", "literals": _pairs(addresses)}
            ],
            patches=[_node_port(), *self._environments()],
        )

    def let_workers_to_tests(self) -> None:
        """To the node, where tests serve pictures: no policy lets them to private addresses."""
        kubectl("apply", "--filename", "-", given=json.dumps(_way_to_tests(self._address)))

    def _environments(self) -> list[dict[str, Any]]:
        return [
            {
                "target": {"kind": "Deployment", "name": f"{name}.*"},
                "patch": json.dumps(_environment(self._variables(name))),
            }
            for name in OURS
            if self._variables(name)
        ]

    def _variables(self, name: str) -> dict[str, str]:
        return {**self._settings.get("*", {}), **self._settings.get(name, {})}

    def until_rolled_out(self, name: str) -> None:
        """The new ones are ready, and the old ones have ended: until then they work on."""
        for workload in WORKLOADS[name]:
            kubectl("rollout", "status", workload, f"--timeout={START_S}s", timeout=START_S)
        end = time.monotonic() + START_S
        while any("deletionTimestamp" in one["metadata"] for one in pods(name)):
            if time.monotonic() > end:
                raise StackError(f"an old pod of {name} has not ended")
            time.sleep(LOOK_EVERY_S)

    def execute(self, workload: str, *command: str) -> str:
        return kubectl("exec", workload, "--", *command)

    def command(self, service: str, *arguments: str) -> str:
        module = service.replace("-", "_")
        return self.execute(WORKLOADS[service][0], "python", "-m", module, *arguments)

    def kill(self, name: str) -> None:
        kubectl("scale", *WORKLOADS[name], "--replicas=0")
        selector = f"app.kubernetes.io/name={name}"
        kubectl("delete", "pods", "--selector", selector, "--grace-period=0", "--force")

    def launch(self, name: str) -> None:
        kubectl("scale", *WORKLOADS[name], "--replicas=1")
        self.until_rolled_out(name)

    def pause(self, name: str) -> None:
        pytest.skip(f"the first process of a pod, as {name}'s, cannot be stopped from inside it")

    def resume(self, name: str) -> None:
        """Nothing was paused."""

    def reconfigure(self, name: str, **settings: str) -> None:
        before = self._settings.get(name, {})
        self._settings[name] = {**before, **settings}
        try:
            self.apply()
        finally:
            self._settings[name] = before

    def wait_until_ready(self) -> None:
        wait_until_ready(self.base_url)

    def address(self, name: str) -> str:
        return str(next(one for one in pods(name) if is_ready(one))["status"]["podIP"])

    @property
    def redis_url(self) -> str:
        return f"redis://{self.address('redis')}:6379/0"

    def bucket(self) -> tuple[str, str, str]:
        said = self.execute("deployment/result-service", "cat", "/run/secrets/s3/credentials")
        values = dict(line.split(" = ") for line in said.splitlines() if " = " in line)
        host = f"{self.address('s3')}:9000"
        return host, values["aws_access_key_id"], values["aws_secret_access_key"]

    def table(self) -> tuple[str, str, str]:
        return f"http://{self.address('dynamodb')}:8000", "local", "local"


def build() -> dict[str, str]:
    """Build our images as compose does, and load them; their tags by service, made of what is in them."""
    names = {name: f"{IMAGES}/{name}" for name in OURS}
    variables = {f"{name.upper().replace('-', '_')}_IMAGE": image for name, image in names.items()}
    environment = {**os.environ, **variables, "SOURCE_COMMIT": commit()}
    command = ["docker", "compose", "--project-name", IMAGES, "build", "--quiet", *OURS]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    if done.returncode:
        raise StackError(f"the images cannot be built:\n{done.stderr.strip()[-2000:]}")
    tags = {name: tag_by_content(image) for name, image in names.items()}
    load(*(f"{names[name]}:{tag}" for name, tag in tags.items()))
    return tags


def tag_by_content(image: str) -> str:
    """A tag that is given to the image and stands for its content, so that a pod starts anew when that changes."""
    tag = docker("image", "inspect", "--format", "{{.Id}}", image).strip().partition(":")[2][:12]
    docker("tag", image, f"{image}:{tag}")
    return tag


def load(*images: str) -> None:
    cluster("load", *images, timeout=BUILD_S)


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def _node_port() -> dict[str, Any]:
    change = [
        {"op": "add", "path": "/spec/type", "value": "NodePort"},
        {"op": "add", "path": "/spec/ports/0/nodePort", "value": PORT},
    ]
    return {"target": {"kind": "Service", "name": "static-cdn"}, "patch": json.dumps(change)}


def _environment(variables: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """A JSON patch of a Deployment; what is said last counts."""
    path = "/spec/template/spec/containers/0/env/-"
    return [
        {"op": "add", "path": path, "value": {"name": key, "value": value}}
        for key, value in variables.items()
    ]


def _way_to_tests(address: str) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "to-tests", "namespace": NAMESPACE},
        "spec": {
            "podSelector": {"matchLabels": {"sightline-network/outside": "true"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": f"{address}/32"}}]}],
        },
    }
