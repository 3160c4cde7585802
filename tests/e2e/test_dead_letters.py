"""What failed for good is kept whole, and an admin runs it anew."""

import json
from pathlib import Path

import pytest
from local.errors import StackError

from conftest import Origin, User
from stack.system import System


def test_a_failed_invocation_is_read_and_redriven(
    stack: System, admin: User, user: User, origin: Origin, pictures: Path
) -> None:
    origin.pages["/later"] = (503, {}, b"")
    failed = user.ended(user.submit_url(f"{origin.url}/later", headers={})["id"])
    assert (failed["status"], failed["attempts"]) == ("failed", 3)
    assert user.get("/v1/dead-letters").status_code == 403

    listed = admin.get("/v1/dead-letters?limit=100").json()["items"]
    record = next(one for one in listed if one["id"] == failed["id"])
    assert record == admin.get(f"/v1/dead-letters/{failed['id']}").json()
    assert (record["condition"], len(record["attempts"])) == ("RetriesExhausted", 3)
    assert record["error"] == failed["error"]
    assert record["invocation"]["input"] == failed["input"]

    picture = (pictures / "coffee.png").read_bytes()
    origin.pages["/later"] = (200, {"Content-Type": "image/png"}, picture)
    answer = admin.post(f"/v1/dead-letters/{failed['id']}/redrive")
    assert (answer.status_code, answer.json()["retry_of"]) == (202, failed["id"])
    assert user.ended(answer.json()["id"])["status"] == "succeeded"


def test_the_same_by_command(stack: System, user: User, origin: Origin, pictures: Path) -> None:
    origin.pages["/soon"] = (500, {}, b"")
    failed = user.ended(user.submit_url(f"{origin.url}/soon")["id"])
    lines = stack.command("image-service", "dead-letters", "list").splitlines()
    assert failed["id"] in [json.loads(line)["id"] for line in lines]
    shown = json.loads(stack.command("image-service", "dead-letters", "show", failed["id"]))
    assert shown["error"]["code"] == "image-unreachable"
    picture = (pictures / "coffee.png").read_bytes()
    origin.pages["/soon"] = (200, {"Content-Type": "image/png"}, picture)
    made = json.loads(stack.command("image-service", "dead-letters", "redrive", failed["id"]))
    assert user.ended(made["id"])["status"] == "succeeded"
    with pytest.raises(StackError, match="no such dead letter"):
        stack.command(
            "image-service",
            "dead-letters",
            "show",
            user.get("/v1/analyses").json()["items"][0]["id"],
        )
