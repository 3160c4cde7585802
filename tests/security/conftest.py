"""People to try it as. The system is one of processes: what is signed with its own key, its logs and
a second gateway are looked at from inside."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from conftest import COMPOSE, User
from security.bounds import FULL
from security.forge import Mint
from security.people import Person, person
from stack.processes import ProcessStack

collect_ignore = [] if FULL else ["test_fairness.py"]
"""It takes minutes, and measures a machine at rest."""


@pytest.fixture
def stack(own_stack: ProcessStack | None) -> ProcessStack:
    if COMPOSE or own_stack is None:
        pytest.skip("it is looked at from inside, as a system of processes can be")
    return own_stack


@pytest.fixture
def gateway(stack: ProcessStack) -> str:
    """Its own address, behind the edge."""
    return stack.url("gateway")


@pytest.fixture
def owner(sign_up: Callable[[], User]) -> Person:
    return person(sign_up())


@pytest.fixture
def other(sign_up: Callable[[], User]) -> Person:
    return person(sign_up())


@pytest.fixture
def boss(stack: ProcessStack, sign_up: Callable[[], User]) -> Person:
    """An admin, signed in since it is one."""
    user = sign_up()
    stack.command("user-service", "admin", user.email)
    return person(user)


@pytest.fixture
def mint(stack: ProcessStack, owner: Person) -> Mint:
    """Signs as the system does, in the name of `owner`; proved by a token that is let in."""
    found = Mint(stack.secret("server.key").read_bytes(), owner.access_token)
    answer = owner.http.get("/v1/me", headers={"Authorization": f"Bearer {found.token()}"})
    assert answer.status_code == 200, "the key is not derived as the system derives it"
    return found


@pytest.fixture(scope="session")
def tiny() -> bytes:
    """A picture of one pixel."""
    picture = io.BytesIO()
    Image.new("RGB", (1, 1), "red").save(picture, "PNG")
    return picture.getvalue()
