"""The first steps of programs: what the page shows is run as it stands there, in each language.

The address of the account alone is another one each time, since an account is made once.
"""

import os
import re
import shutil
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from local.environments import ROOT, samples
from playwright.sync_api import Browser, Page, expect

from browser.pages import look

PROGRAM_S, AT_ONCE = 90, 3
EMAIL = "ada@example.com"
FACES, COLOURS = r"landmarks|region_info", r"#[0-9a-fA-F]{6}"
REKOGNITION, CLARIFAI = "boto3 (Rekognition)", "clarifai-grpc (Clarifai)"
OURS = ("curl", "Python", "JavaScript")
STEPS = {
    "Make an account and a key": dict.fromkeys(OURS, r"slk_[\w-]{10,}"),
    "Analyse a picture by its address": dict.fromkeys((*OURS, CLARIFAI), FACES),
    "Analyse a file": {**dict.fromkeys((*OURS, REKOGNITION), COLOURS), CLARIFAI: r"\[\]"},
    "Analyse many at once": dict.fromkeys(OURS, "succeeded|queued|running"),
    "Find again what was seen": dict.fromkeys(OURS, r"an_[0-9a-z]{26}"),
}
"""What a program prints: by step and language. In the file, coffee, there is no face for Clarifai's model."""
COMMANDS = {"curl": ("bash", "-euo", "pipefail"), "JavaScript": ("node",)}
Programs = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def programs(browser: Browser, base_url: str) -> Programs:
    """By step and language, as the page shows them."""
    found: Programs = {}
    with browser.new_context(base_url=base_url) as context:
        page = context.new_page()
        page.goto("/docs/start")
        expect(page.get_by_role("region")).to_have_count(len(STEPS))
        for section in page.get_by_role("region").all():
            step = section.get_by_role("heading").inner_text().partition(". ")[2]
            found[step] = {}
            for chip in section.locator("button.chip").all():
                chip.click()
                found[step][chip.inner_text()] = section.locator("code").inner_text()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs run: a photo, and the client for Node."""
    folder = tmp_path_factory.mktemp("programs")
    shutil.copyfile(samples() / "coffee.png", folder / "photo.png")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "sightline").symlink_to(ROOT / "clients" / "javascript")
    return folder


def run(folder: Path, language: str, text: str, key: str) -> str:
    file = folder / f"{uuid.uuid4().hex}{'.mjs' if language == 'JavaScript' else ''}"
    file.write_text(text.replace(EMAIL, f"{uuid.uuid4().hex}@example.test"))
    clients = {"SIGHTLINE_KEY": key, "PYTHONPATH": str(ROOT / "clients" / "python" / "src")}
    done = subprocess.run(
        [*COMMANDS.get(language, (sys.executable,)), file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
        env={**os.environ, **clients},
    )
    assert done.returncode == 0, f"{language}\n{text}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_each_program_of_the_page_does_what_its_step_says(programs: Programs, folder: Path) -> None:
    wanted = {step: set(languages) for step, languages in STEPS.items()}
    assert {step: set(texts) for step, texts in programs.items()} == wanted
    key = ""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for step, texts in programs.items():
            running = {
                language: pool.submit(run, folder, language, text, key)
                for language, text in texts.items()
            }
            for language, program in running.items():
                said = program.result()
                printed = re.search(STEPS[step][language], said)
                assert printed is not None, f"{step}, {language}: {said}"
                key = key or printed[0]


def test_a_language_is_chosen_for_all_steps(page: Page) -> None:
    page.goto("/docs/start")
    page.get_by_role("button", name="JavaScript").first.click()
    expect(page.get_by_role("button", name="JavaScript", pressed=True)).to_have_count(5)
    look(page, "start")
