"""README's own commands do what they say."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import END_S
from stack.environments import ROOT


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_commands_of_readme_work(base_url: str, tmp_path: Path) -> None:
    block = re.search(
        r"<!-- a test runs.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert block is not None
    script = block[1].replace("http://127.0.0.1:8080", base_url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
        timeout=END_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    decoder, answers, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    account, by_address, by_file, usage = answers
    assert account["email"] == "ada@example.com"
    assert (by_address["status"], len(by_address["result"]["faces"])) == ("succeeded", 1)
    assert (by_file["status"], by_file["result"]["faces"]) == ("succeeded", [])
    assert usage["totals"]["analyses"] == 2
