"""The commands of README's compose section and of docs/operations.md, in their order, do what the
pages say."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from local.environments import ROOT

from conftest import PASSWORD, User, until
from stack.compose import START_S, ComposeStack


def commands(page: str) -> dict[str, list[str]]:
    """The blocks of a page that are to be run, by heading."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^## ", (ROOT / page).read_text(), flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        found[title] = re.findall(r"<!-- run -->\n```sh\n(.*?)```", section, re.DOTALL)
    return found


def run(stack: ComposeStack, script: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8080", stack.base_url)],
        env=stack.environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=2 * START_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    return done.stdout


def signed_in(user: User) -> int:
    """The status of a new sign-in."""
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    return int(user.http.post("/v1/oauth/token", data=form).status_code)


def test_the_page_from_top_to_bottom(
    stack: ComposeStack, user: User, sign_up: Callable[[], User], tiny: bytes, tmp_path: Path
) -> None:
    run(stack, *commands("README.md")["Run it"], tmp_path)
    page = commands("docs/operations.md")
    (start, admin), (stop,) = page.pop("Start"), page.pop("Stop")
    assert "healthy" in run(stack, start, tmp_path)
    root = {"email": "root@example.com", "password": PASSWORD}
    assert user.http.post("/v1/users", json=root).status_code == 201
    run(stack, admin, tmp_path)
    analysis = user.ended(user.submit_file(tiny)["id"])
    run(stack, stop, tmp_path)
    (scale,), (upgrade,) = page.pop("Grow and shrink"), page.pop("Upgrade")
    run(stack, scale, tmp_path)
    run(stack, upgrade, tmp_path)
    of_tokens, of_services = page.pop("Change keys")
    run(stack, of_tokens, tmp_path)
    run(stack, of_services, tmp_path)
    assert user.get("/v1/me").status_code == 200  # the token of before

    backup, restore = page.pop("Back up and restore")
    result = user.get(f"/v1/analyses/{analysis['id']}/result").content
    run(stack, backup, tmp_path)
    later = sign_up()
    assert signed_in(later) == 200
    run(stack, restore, tmp_path)
    assert until(lambda: signed_in(user) == 200 or None)
    assert user.get(f"/v1/analyses/{analysis['id']}/result").content == result
    assert signed_in(later) == 400  # made after the backup
    assert user.ended(user.submit_file(tiny)["id"])["status"] == "succeeded"

    (anew,) = page.pop("Make the search index anew")
    assert ": made anew" in run(stack, anew, tmp_path)
    (health,) = page.pop("What the health states mean")
    said = run(stack, health, tmp_path)
    assert '"status":"ok"' in said
    assert "http_requests_total" in said
    assert not any(page.values()), "a block of the page that nobody runs"
