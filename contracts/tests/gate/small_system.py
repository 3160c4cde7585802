"""A repository with two services, a pact between them and one environment."""

import json
from pathlib import Path
from typing import Any

from gate import components, pacts, records
from gate.fragments import MARK

PACT = "gateway--user-service.json"
NEED = {"why": "It promises as much.", "objectives": {"latency-p95": {"at_most": 0.25}}}

VERSIONS = {
    "__init__.py": '"""A part."""\n\n__version__ = "1.0.0"\n',
    "pyproject.toml": '[project]\nname = "part"\nversion = "1.0.0"\n\n[tool.other]\nversion = "7"\n',
    "package.json": '{\n  "name": "part",\n  "version": "1.0.0",\n  "dependencies": {\n    "version": "7"\n  }\n}\n',
    "Dockerfile": "FROM scratch\nARG VERSION=1.0.0\n",
}


def system(repository: Any) -> str:
    """Commit gateway, which counts on user-service, both 1.0.0 and nowhere live; the commit."""
    for service in ("gateway", "user-service"):
        put(repository, f"{service}/src/app.py", "app")
        put(repository, f"{service}/requirements.lock", "lock")
        set_version(repository, service, "1.0.0")
    put(repository, "contracts/src/loader.py", "loader")
    set_latency(repository, 0.1)
    put(
        repository,
        "contracts/needs/gateway.json",
        {"consumer": "gateway", "providers": {"user-service": NEED}},
    )
    put(repository, f"contracts/pacts/{PACT}", {"interactions": ["one"]})
    deploy(repository)
    return repository.commit_all("both")


def verify(repository: Any, *, passed: bool = True) -> Path:
    """As user-service's tests do, with one outcome for every pact; the record's file."""
    git = repository.git
    return records.write(
        git, "user-service", dict.fromkeys(pacts.to_verify(git, "user-service"), passed)
    )


def put(repository: Any, path: str, content: object) -> None:
    file = repository.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))


def set_version(repository: Any, service: str, version: str) -> None:
    put(repository, f"contracts/openapi/{service}.json", {"info": {"version": version}})


def set_latency(repository: Any, target: float) -> None:
    put(repository, "contracts/sla/user-service.json", sla("user-service", target))


def sla(service: str, target: float | None) -> dict[str, Any]:
    """With one objective, latency-p95 of `target` seconds, or none."""
    source = {"metricSource": {"type": "http-latency", "spec": {"operation": "*"}}}
    latency = {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "latency"},
        "spec": {
            "service": service,
            "budgetingMethod": "Occurrences",
            "timeWindow": [{"duration": "1h", "isRolling": True}],
            "indicator": {"metadata": {"name": "latency"}, "spec": {"thresholdMetric": source}},
            "objectives": [{"displayName": "p95", "op": "lte", "value": target, "target": 0.95}],
        },
    }
    itself = {
        "apiVersion": "openslo/v1",
        "kind": "Service",
        "metadata": {"name": service},
        "spec": {},
    }
    return {
        "version": "1.0.0",
        "operations": {},
        "settings": {},
        "default": {"timeout_s": 6, "body_limit_bytes": 16384, "retries": 1},
        "objects": [itself, *([] if target is None else [latency])],
    }


def deploy(repository: Any, **live: list[tuple[str, str]]) -> None:
    """`live`: versions and commits by service, whose name has _ for -."""
    put(
        repository,
        "contracts/deployed/production.json",
        {
            "environment": "production",
            "services": {
                name.replace("_", "-"): [
                    {"version": version, "commit": commit} for version, commit in all_
                ]
                for name, all_ in live.items()
            },
        },
    )


def edge(repository: Any) -> None:
    """static-cdn and what it needs of the gateway; not committed."""
    bound = {"default": {"timeout_s": {"at_most": 60}}}
    needs = {"gateway": {"why": "It waits as long.", "operations": bound}}
    put(
        repository,
        "contracts/needs/static-cdn.json",
        {"consumer": "static-cdn", "providers": needs},
    )
    put(repository, "static-cdn/nginx.conf.template", "nginx")
    put(repository, "contracts/sla/gateway.json", sla("gateway", None))


def releasable(repository: Any, name: str) -> None:
    """Give it what a release writes, at 1.0.0; not committed."""
    for path in components.places(name):
        put(repository, path, VERSIONS[Path(path).name])
    put(repository, f"{name}/CHANGELOG.md", f"# Changelog\n\n{MARK}\n## 1.0.0\nThe first.\n")
    put(repository, f"{name}/changelog.d/.gitkeep", "")


def fragment(repository: Any, name: str, file: str = "+more.added.md") -> None:
    """Commit one."""
    put(repository, f"{name}/changelog.d/{file}", "It can do more.\n")
    repository.commit_all("more")
