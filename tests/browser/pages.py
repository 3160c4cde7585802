"""What the tests of pages have in common."""

import os
import re
import uuid
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SHOTS = os.environ.get("SCREENSHOTS")
ENDED_MS = 30_000
PASSWORD = "correct horse"
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def sign_up(page: Page) -> str:
    """From the start page to the studio; the e-mail address."""
    email = f"{uuid.uuid4().hex[:12]}@example.test"
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("heading", name="New analysis")).to_be_visible()
    return email


def sign_in(page: Page, email: str, path: str) -> None:
    """To the page at `path`, as somebody who has an account."""
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{re.escape(path)}$"))


def look(page: Page, name: str) -> None:
    """Nothing on the page is out of reach of somebody who sees, hears or moves differently (axe), light and
    dark, wide and narrow. Screenshots for a person's eye, where SCREENSHOTS names a folder."""
    expect(page.locator("h1").first).to_be_visible()  # it is there, and not just asked for
    before = page.viewport_size
    for scheme in ("light", "dark"):
        for width in (1200, 390):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if SHOTS is not None:
                page.evaluate(DRAWN)
                page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if before is not None:
        page.set_viewport_size(before)
