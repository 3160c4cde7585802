"""The manifests, as an API server reads them: every overlay without a complaint, and planted faults refused."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local.errors import StackError

from stack.kubernetes import COMPONENTS, cluster, kustomized

NAMESPACE = "sightline-dry-run"
OVERLAYS = {"demo": [], "demo with keda": ["keda"], "production": []}
WITH_POD = ("Deployment", "StatefulSet", "Job")
Object = dict[str, Any]


@pytest.fixture(scope="module")
def namespace() -> Iterator[None]:
    """One that enforces what ours does; nothing runs in it."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    made = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": labels},
    }
    cluster("kubectl", "apply", "--filename", "-", given=json.dumps(made))
    yield
    cluster("kubectl", "delete", "namespace", NAMESPACE)


@pytest.fixture(scope="module")
def demo(namespace: None, tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    return objects(rendered(tmp_path_factory.mktemp("demo"), "demo with keda"))


def rendered(home: Path, name: str) -> str:
    components = [os.path.relpath(COMPONENTS / one, home) for one in OVERLAYS[name]]
    return kustomized(home, name.partition(" ")[0], namespace=NAMESPACE, components=components)


def objects(manifests: str) -> list[Object]:
    """As the server understood them."""
    said = tried(manifests, "--output=json", "--validate=ignore", dry_run="client")
    return list(json.loads(said)["items"])


def tried(manifests: str, *options: str, dry_run: str = "server") -> str:
    """Raises StackError where the server, or the client before it, refuses something."""
    return cluster(
        "kubectl", "apply", f"--dry-run={dry_run}", *options, "--filename", "-", given=manifests
    )


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_server_refuses_nothing(
    name: str, namespace: None, keda: None, gateway_api: None, tmp_path: Path
) -> None:
    said = tried(rendered(tmp_path, name)).splitlines()
    assert said
    assert all("(server dry run)" in line for line in said), said


@pytest.mark.parametrize("name", OVERLAYS)
def test_pod_security_lets_every_pod_in(
    name: str, namespace: None, keda: None, gateway_api: None, tmp_path: Path
) -> None:
    """Of a Deployment the server only warns: its pods are tried."""
    found = [pod_of(one) for one in objects(rendered(tmp_path, name)) if one["kind"] in WITH_POD]
    assert len(found) >= 10
    tried(json.dumps({"apiVersion": "v1", "kind": "List", "items": found}))


def pod_of(workload: Object) -> Object:
    template = workload["spec"]["template"]
    metadata = {"name": workload["metadata"]["name"], "namespace": NAMESPACE}
    # Volumes that a StatefulSet would add.
    claims = workload["spec"].get("volumeClaimTemplates", ())
    added = [{"name": one["metadata"]["name"], "emptyDir": {}} for one in claims]
    spec = {**template["spec"], "volumes": [*template["spec"].get("volumes", ()), *added]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "labels": template["metadata"]["labels"]},
        "spec": {**spec, "restartPolicy": "Always", "serviceAccountName": "default"},
    }


def an_unknown_field(gateway: Object) -> None:
    gateway["spec"]["replica"] = gateway["spec"].pop("replicas")


def labels_that_no_selector_finds(gateway: Object) -> None:
    gateway["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] = "getaway"


def more_requested_than_allowed(gateway: Object) -> None:
    resources = gateway["spec"]["template"]["spec"]["containers"][0]["resources"]
    resources["requests"]["memory"] = "1Gi"


def a_volume_that_is_not_there(gateway: Object) -> None:
    gateway["spec"]["template"]["spec"]["volumes"].pop()


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (an_unknown_field, "unknown field"),
        (labels_that_no_selector_finds, "selector"),
        (more_requested_than_allowed, "must be less than or equal to memory limit"),
        (a_volume_that_is_not_there, "Not found"),
    ],
)
def test_a_fault_in_a_deployment_is_refused(
    plant: Callable[[Object], None], said: str, demo: list[Object]
) -> None:
    gateway = the(demo, "Deployment", "gateway")
    plant(gateway)
    with pytest.raises(StackError, match=said):
        tried(json.dumps(gateway))


@pytest.mark.parametrize(
    ("field", "value"),
    [("runAsNonRoot", False), ("runAsUser", 0), ("seccompProfile", {"type": "Unconfined"})],
)
def test_a_pod_that_may_more_is_refused(field: str, value: object, demo: list[Object]) -> None:
    pod = pod_of(the(demo, "Deployment", "gateway"))
    pod["spec"]["securityContext"][field] = value
    with pytest.raises(StackError, match="violates PodSecurity"):
        tried(json.dumps(pod))


def test_a_fault_in_a_scaled_object_is_refused(keda: None, demo: list[Object]) -> None:
    ordinary = the(demo, "ScaledObject", "image-service-ordinary")
    ordinary["spec"]["triggers"][0]["metadat"] = ordinary["spec"]["triggers"][0].pop("metadata")
    with pytest.raises(StackError, match="unknown field"):
        tried(json.dumps(ordinary))


def the(found: list[Object], kind: str, name: str) -> Object:
    """A copy of it."""
    one = next(one for one in found if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return dict(json.loads(json.dumps(one)))
