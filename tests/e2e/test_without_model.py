"""Without the face model the system works, and says that it works less well."""

from pathlib import Path

import httpx2
import pytest

from conftest import FAST, PASSWORD, User
from stack.processes import ProcessStack

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]


def test_faces_are_found_and_marked_degraded(pictures: Path, tmp_path: Path) -> None:
    settings = {**FAST, "image-service": {**FAST["image-service"], "MODELS_DIR": str(tmp_path)}}
    with (
        ProcessStack(settings=settings, with_nginx=False) as stack,
        httpx2.Client(base_url=stack.base_url, timeout=60, trust_env=False) as http,
    ):
        assert http.get("/readyz").json()["checks"]["image-service"] == "degraded"
        assert "<title>Sightline</title>" in http.get("/").text  # the gateway serves the page
        http.post("/v1/users", json={"email": "a@example.test", "password": PASSWORD})
        form = {"grant_type": "password", "username": "a@example.test", "password": PASSWORD}
        token = http.post("/v1/oauth/token", data=form).json()["access_token"]
        user = User(http, "a@example.test", {"Authorization": f"Bearer {token}"})
        result = user.ended(user.submit_file(pictures / "astronaut.png")["id"])["result"]
        engine = next(one for one in result["engines"] if one["operation"] == "faces")
        assert (engine["model"], engine["degraded"]) == ("haar-frontalface-alt", True)
        assert len(result["faces"]) == 1


def test_with_the_model_they_are_not(user: User, pictures: Path, model: None) -> None:
    result = user.ended(user.submit_file(pictures / "astronaut.png")["id"])["result"]
    engine = next(one for one in result["engines"] if one["operation"] == "faces")
    assert (engine["model"], engine["degraded"]) == ("yunet-2023mar", False)
    assert len(result["faces"][0]["landmarks"]) == 5
