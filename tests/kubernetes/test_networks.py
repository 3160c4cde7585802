"""Who reaches whom is what docker-compose.yml says: by the labels of pods, and as it is tried."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from local.environments import ROOT
from local.errors import StackError

from compose.test_container_rules import REACHES
from stack.compose import OURS
from stack.kubernetes import STORES, WORKLOADS, KubernetesStack, cluster, kubectl, kustomized, pods

LABEL = "sightline-network/"
ALL = (*OURS, *STORES, "user-setup", "result-setup", "image-setup")
TRIED_AT_ONCE = 3


def test_pods_are_in_the_networks_of_compose(tmp_path: Path) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    expected = {name: set(compose[name]["networks"]) for name in ALL}
    found: dict[str, set[str]] = {}
    for one in yaml.safe_load_all(kustomized(tmp_path, "demo")):
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            labels = one["spec"]["template"]["metadata"]["labels"]
            networks = {key.removeprefix(LABEL) for key in labels if key.startswith(LABEL)}
            found.setdefault(labels["app.kubernetes.io/name"], networks)
            assert found[labels["app.kubernetes.io/name"]] == networks
    assert found.pop("secrets") == set()
    assert found == expected


def test_each_part_reaches_what_it_needs_and_nothing_else(
    stack: KubernetesStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name of its Service, and by the address of its pod."""

    def reached(target: str) -> set[str]:
        name, port = target.split(":")
        hosts = (name, stack.address(name))
        others = (part for part in OURS if part != name)
        return {one for one in others if any(connects(stack, one, host, port) for host in hosts)}

    with ThreadPoolExecutor(TRIED_AT_ONCE) as pool:
        found = dict(zip(REACHES, pool.map(reached, REACHES), strict=True))
    assert found == REACHES
    pairs = len(REACHES) * len(OURS) - sum(one.split(":")[0] in OURS for one in REACHES)
    with capsys.disabled():
        print(f"\n{pairs} pairs tried, {pairs - sum(map(len, found.values()))} of them denied")


@pytest.fixture
def without_tests(stack: KubernetesStack) -> Iterator[None]:
    """Without the way to pictures that tests serve on the node, where the API server may be as well."""
    kubectl("delete", "networkpolicy", "to-tests")
    yield
    stack.let_workers_to_tests()


def test_nobody_reaches_the_cluster(stack: KubernetesStack, without_tests: None) -> None:
    api = cluster("kubectl", "get", "service", "kubernetes", "--output=jsonpath={.spec.clusterIP}")
    for part in OURS:
        assert not connects(stack, part, api.strip(), "443"), part


def test_no_pod_has_a_token_of_the_cluster(stack: KubernetesStack) -> None:
    for name in (*OURS, *STORES):
        for one in pods(name):
            mounts = one["spec"]["containers"][0]["volumeMounts"]
            assert not any("serviceaccount" in mount["mountPath"] for mount in mounts), name


def test_every_secret_is_where_it_is_needed_and_nowhere_else(stack: KubernetesStack) -> None:
    holders: dict[str, set[str]] = {}
    for name in (*OURS, *STORES):
        for volume in pods(name)[0]["spec"]["volumes"]:
            if "secret" in volume:
                holders.setdefault(volume["secret"]["secretName"], set()).add(name)
    assert holders == {
        "server-key": {"user-service"},
        "gateway-key": {"gateway"},
        "share-keys": {"gateway"},
        "purge-key": {"gateway", "static-cdn"},
        "result-key": {"result-service"},
        "image-key": {"image-service"},
        "s3-credentials": {"result-service", "s3"},
    }


def test_the_secrets_job_may_change_its_own_objects_and_nothing_else(
    stack: KubernetesStack,
) -> None:
    who = "system:serviceaccount:sightline:secrets"

    def may(*what: str) -> bool:
        try:
            said = cluster(
                "kubectl", "auth", "can-i", *what, f"--as={who}", "--namespace=sightline"
            )
        except StackError:  # "no" is an exit status
            return False
        return said.strip() == "yes"

    assert may("patch", "secret/gateway-key")
    assert may("get", "secret/server-key")
    denied = (
        ("list", "secrets"),
        ("create", "secrets"),
        ("delete", "secret/gateway-key"),
        ("get", "secret/table-credentials"),
        ("create", "pods"),
    )
    assert not any(may(*one) for one in denied)


def connects(stack: KubernetesStack, part: str, host: str, port: str) -> bool:
    """Whether a connection can be opened from inside a pod."""
    if part == "static-cdn":
        command = ["timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]
    else:
        code = f"import socket; socket.create_connection(({host!r}, {port}), 1)"
        command = ["python", "-c", code]
    try:
        stack.execute(WORKLOADS[part][0], *command)
    except StackError:
        return False
    return True
