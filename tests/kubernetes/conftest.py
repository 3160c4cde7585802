"""What these tests need: the program that CLUSTER names, and the demo overlay running there."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import FAST
from stack import kubernetes
from stack.kubernetes import KubernetesStack

GATEWAY_API = "sigs.k8s.io/gateway-api@v1.6.3"
GO_S = 120


@pytest.fixture(scope="session", autouse=True)
def _cluster() -> None:
    if reason := kubernetes.why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def own_stack() -> Iterator[KubernetesStack]:
    """In the place of what other suites have: these are about a cluster alone."""
    with KubernetesStack(FAST) as stack:
        yield stack


@pytest.fixture(scope="session")
def base_url(own_stack: KubernetesStack) -> str:
    return own_stack.base_url


@pytest.fixture(scope="session")
def stack(own_stack: KubernetesStack) -> KubernetesStack:
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
