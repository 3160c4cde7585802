"""What the images are, and that no secret is in any place where it could be read."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from local.environments import ROOT

from conftest import PASSWORD, User
from stack.compose import BUILD_S, OURS, PARTS, ComposeStack, docker

IMAGES = (*OURS, "secrets")
CHUNK = 1 << 20
IDLE_AT_MOST_MB = 1536
MIB = {"B": 1 / (1 << 20), "KiB": 1 / 1024, "MiB": 1, "GiB": 1024}
CANARY = "canary-of-a-file-that-belongs-to-nobody-else"
BUILT = "sightline-test/without-model"
PLANTED = (".env", "server.key", "credentials.json", "src.env")


def image(stack: ComposeStack, service: str) -> str:
    return str(stack.inspect(service)["Image"])


def test_labels_say_what_version_says(stack: ComposeStack) -> None:
    for service in OURS:
        labels = json.loads(docker("image", "inspect", image(stack, service)))[0]["Config"][
            "Labels"
        ]
        version = labels["org.opencontainers.image.version"]
        revision = labels["org.opencontainers.image.revision"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        if service == "static-cdn":
            changelog = (ROOT / service / "CHANGELOG.md").read_text()
            assert f"## {version}" in changelog
            continue
        code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/version').read().decode())"
        said = json.loads(stack.execute(service, "python", "-c", code))
        assert said == {"service": service, "version": version, "commit": revision}


def test_an_image_runs_as_nobody_and_in_exec_form(stack: ComposeStack) -> None:
    for service in IMAGES:
        config = json.loads(docker("image", "inspect", image(stack, service)))[0]["Config"]
        assert config["User"] == "10001:10001"
        command = config["Entrypoint"] or config["Cmd"]
        assert command[0] != "/bin/sh"


def built_image_service(models: Path) -> str:
    """Build with a folder of models and no other source of them, as BUILT; the files of models in it."""
    docker(
        "build",
        "--progress",
        "plain",
        "--tag",
        BUILT,
        "--build-arg",
        "MODELS_URL=http://127.0.0.1:1",
        "--build-context",
        f"contracts={ROOT / 'contracts'}",
        "--build-context",
        f"models={models}",
        str(ROOT / "image-service"),
        timeout=BUILD_S,
    )
    held = docker("run", "--rm", "--network", "none", BUILT, "ls", "/opt/models")
    docker("image", "rm", BUILT)
    return held


def test_without_models_the_image_builds_and_holds_none(tmp_path: Path) -> None:
    assert built_image_service(tmp_path) == ""


def test_a_model_with_another_sum_is_not_built_in(tmp_path: Path) -> None:
    (tmp_path / "face_detection_yunet_2023mar.onnx").write_bytes(b"something else")
    assert built_image_service(tmp_path) == ""


def test_sizes_and_idle_memory(stack: ComposeStack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.wait_until_ready()
    sizes = {
        service: json.loads(docker("image", "inspect", image(stack, service)))[0]["Size"] / 1e6
        for service in IMAGES
    }
    lines = docker("stats", "--no-stream", "--format", "{{json .}}", *stack.containers())
    used: dict[str, float] = {}
    for line in lines.splitlines():
        row = json.loads(line)
        found = re.match(r"([\d.]+)(B|KiB|MiB|GiB)", row["MemUsage"])
        if found:
            used[row["Name"]] = float(found[1]) * MIB[found[2]]
    with capsys.disabled():
        print()
        for service, size in sizes.items():
            print(f"image size   {service:30} {size:7.0f} MB")
        for name, memory in sorted(used.items()):
            if memory:
                print(f"idle memory  {name:30} {memory:7.0f} MiB")
        print(f"idle memory  {'together':30} {sum(used.values()):7.0f} MiB")
    assert 0 < sum(used.values()) < IDLE_AT_MOST_MB


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout in whose folders lie files that must not get into an image."""
    copy = tmp_path_factory.mktemp("checkout") / "sightline"
    ignored = shutil.ignore_patterns(".git", ".venv", ".cache", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=ignored, symlinks=True)
    for folder in (
        "gateway",
        "user-service",
        "result-service",
        "image-service",
        "static-cdn",
        "contracts",
        "deploy/secrets",
    ):
        for name in PLANTED:
            (copy / folder / name).write_text(CANARY)
        (copy / folder / "tests").mkdir(exist_ok=True)
        (copy / folder / "tests" / "canary.txt").write_text(CANARY)
    yield copy
    shutil.rmtree(copy)


def test_secrets_are_in_no_image_no_inspect_no_log_no_error(
    stack: ComposeStack, user: User, planted: Path, sign_up: object
) -> None:
    key = user.post("/v1/me/api-keys", json={"name": "c", "scopes": ["analyses:read"]}).json()[
        "key"
    ]
    token = user.headers["Authorization"].removeprefix("Bearer ")
    address = "http://x.test/a.png?signature=canary-of-a-signed-address"
    user.ended(user.submit_url(address)["id"])
    errors = [
        user.post("/v1/analyses", json={"image_url": address, "operations": "x"}),
        user.http.get("/v1/me", headers={"Authorization": f"Bearer {token}x"}),
        user.http.get("/v1/me", headers={"X-API-Key": f"{key}x"}),
        user.http.post(
            "/v1/oauth/token",
            data={"grant_type": "password", "username": user.email, "password": PASSWORD + "x"},
        ),
    ]
    read = "import base64; k = open('/run/secrets/server-key/server.key', 'rb').read(); print(k.hex(), base64.b64encode(k).decode())"
    server_key = stack.execute("user-service", "python", "-c", read).split()
    _, s3_user, s3_password = stack.bucket()
    of_the_system = [*server_key, s3_user, s3_password]
    of_the_user = [key, token, PASSWORD, user.email, "canary-of-a-signed-address"]

    for answer in errors:
        assert answer.status_code >= 400
        assert not leaked(answer.text, [*of_the_system, key, token, PASSWORD])
    for container in stack.containers():
        assert not leaked(docker("inspect", container), [*of_the_system, *of_the_user])
        logs = subprocess.run(
            ["docker", "logs", container], capture_output=True, text=True, timeout=60, check=True
        )
        assert not leaked(logs.stdout + logs.stderr, [*of_the_system, *of_the_user])

    files = ["-f", str(planted / "docker-compose.yml")]
    project = ["compose", "-p", "sightline-canary", *files, "--project-directory", str(planted)]
    names = [stack.inspect(service)["Config"]["Image"] for service in IMAGES]
    before = {name: docker("image", "inspect", "--format", "{{.Id}}", name) for name in names}
    docker(*project, "build", "--quiet", timeout=BUILD_S)
    code = (ROOT / "gateway" / "src" / "gateway" / "app.py").read_bytes()
    assert in_image(image(stack, "gateway"), [code])  # so that the search below means something
    needles = [*(one.encode() for one in of_the_system), CANARY.encode()]
    try:
        for name in names:
            assert not in_image(name, needles), name
    finally:
        for name, made in before.items():
            docker("tag", made.strip(), name)


def leaked(text: str, needles: list[str]) -> list[str]:
    return [one for one in needles if one in text]


def in_image(name: str, needles: list[bytes]) -> list[bytes]:
    """Those found in the layers, history and configuration of an image."""
    found: set[bytes] = set()
    overlap = max(map(len, needles))
    process = subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE)
    assert process.stdout is not None
    tail = b""
    with process.stdout as stream:
        while chunk := stream.read(CHUNK):
            window = tail + chunk
            found |= {one for one in needles if one in window}
            tail = window[-overlap:]
    assert process.wait() == 0
    return sorted(found)


def test_every_part_is_there(stack: ComposeStack) -> None:
    assert {stack.inspect(part)["State"]["Health"]["Status"] for part in PARTS} == {"healthy"}
