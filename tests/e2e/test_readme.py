"""README's own commands do what they say."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from local.environments import ROOT

from conftest import END_S, until

pytestmark = pytest.mark.one_version


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_commands_of_readme_work(base_url: str, tmp_path: Path) -> None:
    block = re.search(
        r"<!-- a test runs.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert block is not None
    script = block[1].replace("http://127.0.0.1:8080", base_url)
    account, by_address, by_file, found, _ = run(script, tmp_path)
    assert account["email"] == "ada@example.com"
    assert (by_address["status"], len(by_address["result"]["faces"])) == ("succeeded", 1)
    assert [one["id"] for one in found["items"]] == [by_address["id"]]
    assert (by_file["status"], by_file["result"]["faces"]) == ("succeeded", [])
    where, _, token, *_, cost = script.split("\n\n")

    def billed() -> bool | None:  # the bill follows the result within a second
        [usage] = run(f"{where}\n{token}\n{cost}", tmp_path)
        return usage["totals"]["analyses"] == 2 or None

    assert until(billed)


def run(script: str, folder: Path) -> list[Any]:
    """The JSON texts that it prints."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    decoder, answers, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    return answers
