"""What the tests of pages have in common."""

import os
import uuid
from pathlib import Path

from playwright.sync_api import Page, expect

SHOTS = os.environ.get("SCREENSHOTS")
ENDED_MS = 30_000
PASSWORD = "correct horse"


def sign_up(page: Page) -> str:
    """On the start page; the e-mail address."""
    email = f"{uuid.uuid4().hex[:12]}@example.test"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="New analysis")).to_be_visible()
    return email


def shoot(page: Page, name: str) -> None:
    """Screenshots for a person's eye, where SCREENSHOTS names a folder."""
    if SHOTS is None:
        return
    for scheme in ("light", "dark"):
        for width in (1200, 390):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
