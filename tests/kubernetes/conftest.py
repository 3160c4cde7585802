"""What these tests need: the program that CLUSTER names, and the demo overlay running there."""

import os
import subprocess
from pathlib import Path

import pytest

from stack import kubernetes
from stack.kubernetes import KubernetesStack
from stack.system import System

GATEWAY_API = "sigs.k8s.io/gateway-api@v1.6.3"
GO_S = 120


@pytest.fixture(scope="session", autouse=True)
def _cluster() -> None:
    if reason := kubernetes.why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def stack(own_stack: System | None) -> KubernetesStack:
    """The one that the other suites of the same run have."""
    if not isinstance(own_stack, KubernetesStack):
        pytest.skip("the system runs on no cluster: STACK=kubernetes")
    return own_stack


@pytest.fixture(scope="session")
def keda() -> None:
    if not kubernetes.has_keda():
        pytest.skip("the cluster has no KEDA")


@pytest.fixture(scope="session")
def gateway_api() -> None:
    """The kinds of the Gateway API, of its Go module."""
    try:
        subprocess.run(
            ["go", "mod", "download", GATEWAY_API],
            env={**os.environ, "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            timeout=GO_S,
            check=True,
        )
        root = subprocess.run(
            ["go", "env", "GOMODCACHE"], capture_output=True, text=True, timeout=GO_S, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"the Gateway API's Go module cannot be had: {error}")
    crds = Path(root) / GATEWAY_API / "config" / "crd" / "standard"
    kubernetes.cluster("kubectl", "apply", "--server-side", "--filename", str(crds))
