"""Faults planted in a copy of a service, each caught by that service's own tests: the layer that
needs no other service's code. What the layers after it catch has tables of its own
(contracts/README.md, "What catches what")."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from local.environments import CACHE, INSTALL_S, ROOT

PACTS, SCHEMA, DOCUMENT = (
    "tests/provider/test_pacts.py",
    "tests/provider/test_schema.py",
    "tests/contract/test_openapi.py",
)
NEEDS_USERS, NEEDS_RESULTS = (
    "tests/contract/test_pact_with_user_service.py",
    "tests/contract/test_pact_with_result_service.py",
)
MODELS, USAGE = "user_service/models.py", "user_service/routes/usage.py"
RESULT_MODELS = "result_service/models/analyses.py"
RUN_S = 180


@dataclass(frozen=True)
class Fault:
    """`old` stands once in the file below `src` and becomes `new`; `suite` must fail."""

    says: str
    service: str
    suite: str
    file: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.service}: {self.says}"


FAULTS = (
    # What a provider answers, against what its consumers need of it.
    Fault(
        "a field of an answer is gone",
        "user-service",
        PACTS,
        MODELS,
        "    key_id: str\n    scopes: list[str]\n",
        "    key_id: str\n",
    ),
    Fault(
        "a field of an answer has another name",
        "user-service",
        PACTS,
        MODELS,
        "    settled: list[str]\n    unknown: list[str]",
        "    settled: list[str] = Field(serialization_alias='billed')\n    unknown: list[str]",
    ),
    Fault(
        "a success has another status",
        "user-service",
        PACTS,
        USAGE,
        "status.HTTP_201_CREATED if new else status.HTTP_200_OK",
        "status.HTTP_202_ACCEPTED",
    ),
    Fault("a path is another", "user-service", PACTS, USAGE, '"/v1/settlements"', '"/v1/settled"'),
    Fault(
        "a request needs a field more",
        "user-service",
        PACTS,
        MODELS,
        "    billed_ms: int = Field(ge=0)\n",
        "    billed_ms: int = Field(ge=0)\n    cost: int\n",
    ),
    Fault(
        "a request may no longer have a field",
        "user-service",
        PACTS,
        MODELS,
        "    init_ms: float = Field(ge=0, allow_inf_nan=False)\n",
        "",
    ),
    Fault(
        "an error has another type",
        "user-service",
        PACTS,
        "user_service/errors.py",
        '429, "quota-exceeded"',
        '429, "quota-exhausted"',
    ),
    Fault(
        "a field of an answer is gone",
        "result-service",
        PACTS,
        "result_service/models/deliveries.py",
        "    request_id: str\n    url: str\n",
        "    url: str\n",
    ),
    Fault(
        "a field has another type",
        "result-service",
        PACTS,
        RESULT_MODELS,
        "    attempts: int\n    error: Failure | None\n    result",
        "    attempts: list[int]\n    error: Failure | None\n    result",
    ),
    Fault(
        "an enum's value is new",
        "result-service",
        PACTS,
        RESULT_MODELS,
        'Status = Literal["queued", "running",',
        'Status = Literal["waiting", "running",',
    ),
    Fault(
        "an event lacks a field",
        "result-service",
        PACTS,
        "result_service/analyses/service.py",
        '                "user_id": intent.user_id,\n                "created_at": intent.created_at,\n',
        '                "user_id": intent.user_id,\n',
    ),
    Fault(
        "an event's field has a value that no reader knows",
        "result-service",
        PACTS,
        "result_service/analyses/service.py",
        '"input": intent.input.model_dump(exclude={"metadata"}),',
        '"input": intent.input.model_dump(exclude={"metadata"}) | {"engine": "steam"},',
    ),
    Fault(
        "a field of an answer has another name",
        "image-service",
        PACTS,
        "image_service/routes/function.py",
        "    cold_starts: int",
        "    cold_starts: int = 0\n    colds: int",
    ),
    # What a provider answers, against its own document.
    Fault(
        "a status that is not declared",
        "user-service",
        SCHEMA,
        "user_service/errors.py",
        '404, "not-found"',
        '410, "not-found"',
    ),
    Fault(
        "an error that is no problem",
        "user-service",
        SCHEMA,
        "user_service/routes/usage.py",
        "    await quota.release(user_id, analysis_id)",
        "    from fastapi import HTTPException, responses\n"
        "    return responses.JSONResponse({'error': 'wrong'}, 422)",
    ),
    Fault(
        "an answer that its schema does not allow",
        "result-service",
        SCHEMA,
        "result_service/routes/webhooks.py",
        "    return WebhookMessages(messages=await webhooks.receive(limit))",
        "    from fastapi import responses\n    return responses.JSONResponse({'messages': 7})",
    ),
    # What a provider says of itself, against the committed document.
    Fault(
        "a field of an answer is new and nobody was told",
        "user-service",
        DOCUMENT,
        MODELS,
        "class Reservation(BaseModel):\n",
        "class Reservation(BaseModel):\n    held: bool = True\n",
    ),
    Fault(
        "a parameter is bounded otherwise",
        "result-service",
        DOCUMENT,
        "result_service/routes/dependencies.py",
        "Query(ge=1, le=100)",
        "Query(ge=1, le=10)",
    ),
    Fault(
        "an operation answers another status",
        "image-service",
        DOCUMENT,
        "image_service/routes/function.py",
        'operation_id="get_function")',
        'operation_id="get_function", responses={202: {}})',
    ),
    # What a consumer reads and asks for, against what it says that it needs.
    Fault(
        "it reads a field that nobody promised",
        "gateway",
        NEEDS_USERS,
        "gateway/admission/credentials.py",
        '        holder["key_id"],\n',
        '        holder["fingerprint"],\n',
    ),
    Fault(
        "it asks for what is in no pact",
        "gateway",
        NEEDS_USERS,
        "gateway/upstream/users.py",
        '"POST", "/v1/api-keys/verify"',
        '"POST", "/v1/api-keys/check"',
    ),
    Fault(
        "it sends a body that is in no pact",
        "gateway",
        NEEDS_USERS,
        "gateway/upstream/users.py",
        'json_body={"key": api_key}',
        'json_body={"api_key": api_key}',
    ),
    Fault(
        "it reads a field that nobody promised",
        "result-service",
        NEEDS_USERS,
        "result_service/accounts/user_service.py",
        'answer.json()["signature"]',
        'answer.json()["signatures"]',
    ),
    Fault(
        "it sends less than it said",
        "result-service",
        NEEDS_USERS,
        "result_service/accounts/user_service.py",
        '                "finished_at": end.outcome.finished_at,\n',
        "",
    ),
    Fault(
        "it needs a field that nobody promised",
        "image-service",
        NEEDS_RESULTS,
        "image_service/upstream/results.py",
        "    headers: dict[str, str]\n    body: str\n",
        "    headers: dict[str, str]\n    body: str\n    secret: str\n",
    ),
    Fault(
        "it reads a field of an event that nobody promised",
        "image-service",
        NEEDS_RESULTS,
        "image_service/queue/message.py",
        'return list(self.data["input"]["operations"])',
        'return list(self.data["input"]["features"])',
    ),
)


CONTROLS = tuple(
    Fault(f"nothing, {Path(suite).stem}", service, suite, "", "", "")
    for service, suite in sorted(
        {(one.service, one.suite) for one in FAULTS if "pact" in one.suite}
    )
)
"""Copies without a fault: else what fails would prove nothing."""


def copied(fault: Fault, target: Path) -> Path:
    """The service with the fault, beside the contracts."""
    copy = target / fault.service
    left = shutil.ignore_patterns(".venv", ".*_cache", "__pycache__")
    shutil.copytree(ROOT / fault.service, copy, ignore=left)
    for shared in ("contracts", "pyproject.toml", ".git"):
        (target / shared).symlink_to(ROOT / shared)
    if fault.file:
        file = copy / "src" / fault.file
        text = file.read_text()
        places = text.count(fault.old)
        assert places == 1, f"{fault.file} has the place {places} times"
        file.write_text(text.replace(fault.old, fault.new))
    return copy


def run(fault: Fault) -> subprocess.CompletedProcess[str]:
    """The suite on a copy, offline, in the environment that `make contract` has."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with tempfile.TemporaryDirectory(prefix="sightline-") as target:
        return subprocess.run(
            [
                ROOT / fault.service / ".venv/bin/python",
                "-m",
                "pytest",
                "-qx",
                "-p",
                "no:cacheprovider",
                fault.suite,
            ],
            cwd=copied(fault, Path(target)),
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
            env={
                **kept,
                "PACT_DO_NOT_TRACK": "true",
                "PYTHONPYCACHEPREFIX": str(CACHE / "pycache"),
            },
        )


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest,
) -> Iterator[dict[Fault, Future[subprocess.CompletedProcess[str]]]]:
    """Those that are asked for, two at a time; one service's after each other, since each wants the
    same port for its Redis."""
    wanted = [
        item.callspec.params["fault"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "fault" in item.fixturenames
    ]
    for service in {fault.service for fault in wanted}:
        command = ["make", "--no-print-directory", "-C", str(ROOT / service), "venv"]
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_S)
    with ThreadPoolExecutor(max_workers=1) as one, ThreadPoolExecutor(max_workers=1) as other:
        pools = {
            "user-service": one,
            "gateway": one,
            "result-service": other,
            "image-service": other,
        }
        yield {fault: pools[fault.service].submit(run, fault) for fault in wanted}


@pytest.mark.parametrize("fault", CONTROLS, ids=str)
def test_a_copy_without_a_fault_passes(
    fault: Fault, runs: dict[Fault, Future[subprocess.CompletedProcess[str]]]
) -> None:
    done = runs[fault].result()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_caught(
    fault: Fault, runs: dict[Fault, Future[subprocess.CompletedProcess[str]]]
) -> None:
    done = runs[fault].result()
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"FAILED {fault.suite}::" in done.stdout, done.stdout
