"""What a container on the network gets from the services when it is not the one that it says."""

import json
from collections.abc import Callable

import pytest

from conftest import User, until
from stack.compose import ComposeStack

ONE = "us_01k0000000000000000000000a"
ASK = """
import http.client, json, sys
from sightline_contracts.service_identity import IdentitySettings, Identity
settings = IdentitySettings()
host, method, path, name, audience = sys.argv[1:]
headers = {}
if name:
    headers = Identity(name, settings.service_key_file, None).headers(audience)
connection = http.client.HTTPConnection(host, 8000, timeout=5)
connection.request(method, path, headers=headers)
answer = connection.getresponse()
print(json.dumps([answer.status, json.loads(answer.read() or b"null")]))
"""


def asked(
    stack: ComposeStack,
    where: str,
    host: str,
    method: str,
    path: str,
    name: str = "",
    audience: str = "",
) -> tuple[int, str]:
    """Status and type of the problem, from inside a container; `name`: as whom it signs."""
    command = ("python", "-c", ASK, host, method, path, name, audience or host)
    status, body = json.loads(stack.execute(where, *command))
    return status, body["type"]


@pytest.mark.parametrize("host", ["user-service", "result-service", "image-service"])
def test_without_a_token_nobody_is_let_in(stack: ComposeStack, host: str) -> None:
    where = "image-service" if host != "image-service" else "result-service"
    path = f"/v1/users/{ONE}" if host != "image-service" else "/v1/function"
    assert asked(stack, where, host, "GET", path) == (401, "/problems/caller-unknown")


@pytest.mark.parametrize(
    ("host", "name", "audience"),
    [
        ("user-service", "gateway", ""),
        ("user-service", "image-service", ""),
        ("result-service", "gateway", ""),
        ("result-service", "image-service", "user-service"),
    ],
)
def test_the_key_of_one_service_is_no_good_in_the_name_of_another(
    stack: ComposeStack, host: str, name: str, audience: str
) -> None:
    """image-service, which reads strangers' files, with the key that it has."""
    found = asked(stack, "image-service", host, "DELETE", f"/v1/users/{ONE}", name, audience)
    assert found == (401, "/problems/caller-unknown")


def test_a_service_may_do_its_own_business_alone(stack: ComposeStack) -> None:
    found = asked(
        stack, "image-service", "result-service", "DELETE", f"/v1/users/{ONE}", "image-service"
    )
    assert found == (403, "/problems/caller-not-allowed")


def test_each_has_its_own_key_and_can_write_no_others(stack: ComposeStack) -> None:
    services = {"gateway": "gateway", "result": "result-service", "image": "image-service"}
    seeds = {
        service: stack.execute(service, "sha256sum", "/run/secrets/service-key/seed").split()[0]
        for service in services.values()
    }
    assert len(set(seeds.values())) == 3
    for service in (*services.values(), "user-service"):
        listed = stack.execute(
            service,
            "sh",
            "-c",
            'for f in /run/service-keys/*; do [ -w "$f" ] && echo "$f"; done; true',
        ).split()
        assert listed == ([] if service == "user-service" else [f"/run/service-keys/{service}"])


def test_keys_are_rotated_and_no_request_fails(
    stack: ComposeStack, sign_up: Callable[[], User], tiny: bytes
) -> None:
    user = sign_up()

    def published() -> set[str]:
        return {
            f"{service}/{name}"
            for service in ("gateway", "result-service", "image-service")
            for name in stack.execute(service, "ls", f"/run/service-keys/{service}").split()
        }

    before = published()
    stack.compose("run", "--rm", "--no-deps", "secrets", "rotate")

    def all_taken_up() -> bool | None:
        analysis = user.ended(user.submit_file(tiny, data={"operations": "metadata"})["id"])
        assert analysis["status"] == "succeeded"
        new = published() - before
        return len({name.partition("/")[0] for name in new}) == 3 or None

    until(all_taken_up, 120)
    assert before <= published(), "the keys before are there for tokens that live on"
