"""What is secret is where it belongs: in no image, no environment, no log, and no other's volume."""

from collections.abc import Iterator

import pytest

from conftest import Origin
from security.canaries import Trail, be_refused, somebody, use_all
from security.ledger import Ledger
from stack.compose import OURS, PARTS, PROJECT, ComposeStack, docker

VOLUMES = (
    "redis-data",
    "dynamodb-data",
    "s3-data",
    "search-index",
    "server-key",
    "s3-credentials",
    "gateway-key",
    "gateway-public",
    "result-key",
    "result-public",
    "image-key",
    "image-public",
)
BELONGS: dict[str, set[str]] = {
    "e-mail": {"dynamodb-data"},
    "name": {"dynamodb-data"},
    # What is to be done stands in Redis until it is done, and is a record of result-service's.
    "query of an image's address": {"redis-data", "s3-data"},
    "query of a webhook's address": {"redis-data", "s3-data"},
    "metadata": {"redis-data", "s3-data", "search-index"},
    "uploaded bytes": {"s3-data"},
    "fetched bytes": set(),
    "export link": {"redis-data"},
}
"""The rest is kept nowhere as it is: of passwords and tokens a digest, keys are derived."""
KEYS = {
    "server-key": ("user-service", "/run/secrets/server-key/server.key"),
    "s3-credentials": ("result-service", "/run/secrets/s3/credentials"),
    **{
        f"{name}-key": (
            f"{name}-service" if name != "gateway" else name,
            "/run/secrets/service-key/seed",
        )
        for name in ("gateway", "result", "image")
    },
}
"""The system's own, by the volume that they are in: who has them and where."""
SEARCH = (
    "import pathlib, sys; wanted = [bytes.fromhex(one) for one in sys.argv[1:]]\n"
    "for file in pathlib.Path('/volumes').rglob('*'):\n"
    "    content = file.read_bytes() if file.is_file() else b''\n"
    "    for one in wanted:\n"
    "        if one in content: print(file.parts[2], one.hex())\n"
)


@pytest.fixture(scope="module")
def trail(own_stack: ComposeStack, origin: Origin, tiny: bytes) -> Iterator[Trail]:
    """Of somebody who has used everything once, and was refused everything once."""
    found = Trail()
    with somebody(found, own_stack.base_url) as user:
        use_all(user, found, tiny, origin)
        be_refused(user, found)
        yield found


@pytest.fixture(scope="module")
def own(own_stack: ComposeStack) -> dict[str, bytes]:
    """The system's own secrets, by their volume."""
    read = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_bytes().hex())"
    found = {
        volume: bytes.fromhex(own_stack.execute(service, "python", "-c", read, path).strip())
        for volume, (service, path) in KEYS.items()
    }
    lines = dict(
        line.split(" = ") for line in found["s3-credentials"].decode().splitlines() if " = " in line
    )
    return {**found, "s3-credentials": lines["aws_secret_access_key"].encode()}


def found_in_volumes(stack: ComposeStack, wanted: list[bytes]) -> set[tuple[str, bytes]]:
    """Volume and secret, for each that is there; read as root, whoever owns the files."""
    mounts = [f"--volume={PROJECT}_{name}:/volumes/{name}:ro" for name in VOLUMES]
    image = stack.inspect("user-service")["Image"]
    printed = docker(
        "run",
        "--rm",
        "--network=none",
        "--user=0:0",
        "--entrypoint=python",
        *mounts,
        image,
        "-c",
        SEARCH,
        *(one.hex() for one in wanted),
    )
    lines = [line.split() for line in printed.splitlines()]
    return {(volume, bytes.fromhex(secret)) for volume, secret in lines}


def test_what_is_secret_is_kept_where_it_belongs(
    ledger: Ledger, own_stack: ComposeStack, trail: Trail, own: dict[str, bytes]
) -> None:
    secrets = {name: secret.encode() for name, secret in trail.secrets.items()} | own
    belongs = {
        **{name: set[str]() for name in secrets},
        **BELONGS,
        **{name: {name} for name in own},
    }
    # The store is made with its own credentials.
    belongs["s3-credentials"] |= {"s3-data"}
    seen = found_in_volumes(own_stack, list(secrets.values()))
    where = {
        name: {volume for volume, one in seen if one == secret} for name, secret in secrets.items()
    }
    assert where["e-mail"] == {"dynamodb-data"}, "else nothing would be found at all"
    elsewhere = {name: found - belongs[name] for name, found in where.items()}
    wrong = [(name, found) for name, found in elsewhere.items() if found]
    what = f"secrets × {len(VOLUMES)} volumes"
    ledger.none(what, len(secrets) * len(VOLUMES), "where they do not belong", wrong)


def test_no_image_and_no_environment_has_a_secret(
    ledger: Ledger, own_stack: ComposeStack, trail: Trail, own: dict[str, bytes]
) -> None:
    texts = {}
    for container in own_stack.containers():
        texts[container] = docker("inspect", container)
    for part in OURS:
        image = own_stack.inspect(part)["Image"]
        texts[f"{part}: layers"] = docker("history", "--no-trunc", image)
        texts[f"{part}: image"] = docker("inspect", image)
    for part in PARTS:
        texts[f"{part}: environment"] = own_stack.execute(part, "cat", "/proc/1/environ")
    assert len(texts) > len(OURS) * 2 + len(PARTS)
    wanted = {**trail.secrets, "s3-credentials": own["s3-credentials"].decode()}
    wanted |= {name: secret.hex() for name, secret in own.items() if name != "s3-credentials"}
    found = [
        (name, where)
        for name, one in wanted.items()
        for where, text in texts.items()
        if one in text
    ]
    what = "secrets × layers, settings and environments of containers"
    ledger.none(what, len(wanted) * len(texts), "seen", found)


def test_no_log_of_a_container_has_a_secret(
    ledger: Ledger, own_stack: ComposeStack, trail: Trail
) -> None:
    logs = own_stack.compose("logs", "--no-color", "--no-log-prefix")
    assert '"service": "gateway"' in logs
    found = [name for name, secret in trail.secrets.items() if secret in logs]
    ledger.none("secrets × the logs of all containers", len(trail.secrets), "written", found)
