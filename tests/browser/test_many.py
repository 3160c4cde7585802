"""Batches and webhooks: pictures that nobody waits for."""

import json

from playwright.sync_api import Page, expect

from browser.pages import ENDED_MS, look, sign_up
from conftest import Origin, until


def test_a_batch_tells_what_became_of_each_picture(
    page: Page, base_url: str, origin: Origin
) -> None:
    sign_up(page)
    page.get_by_role("link", name="Batches").click()
    addresses = page.get_by_label("Addresses of pictures")
    addresses.fill(f"{base_url}/samples/coffee.png\ncoffee.png")
    page.get_by_role("button", name="Analyse").click()
    expect(page.get_by_role("alert")).to_contain_text("Look at line 2.")
    expect(addresses).to_be_focused()
    look(page, "batches-wrong")
    sample = f"{base_url}/samples/astronaut.png"
    addresses.fill(f"{sample}\n{origin.url}/absent.png\nhttp://ada:secret@a.test/x.png")
    page.get_by_role("button", name="Analyse").click()
    items = page.get_by_role("list", name="Batch", exact=True).get_by_role("listitem")
    expect(page.get_by_text("3 of 3 done")).to_be_visible(timeout=ENDED_MS)
    expect(items.nth(0)).to_contain_text("1 face")
    expect(items.nth(1)).to_contain_text("Failed")
    expect(items.nth(2)).to_contain_text("image_url")
    expect(items.nth(2)).to_contain_text("Refused")
    look(page, "batch")
    page.reload()
    expect(items).to_have_count(3)
    earlier = page.get_by_role("list", name="Earlier batches").get_by_role("link")
    expect(earlier).to_have_attribute("aria-current", "true")
    items.nth(0).get_by_role("link").click()
    expect(page.locator("#state")).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)


def test_a_receiver_is_tried(page: Page, origin: Origin) -> None:
    sign_up(page)
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("button", name="Show the secret").click()
    expect(page.get_by_text("whsec_", exact=False).first).to_be_visible()
    origin.pages["/tried"] = (200, {}, b"")
    page.get_by_label("Address of the receiver").fill(f"{origin.url}/tried")
    page.get_by_role("button", name="Send a message").click()
    expect(page.get_by_text("It is sent as soon as this has ended")).to_be_visible()
    look(page, "webhooks")
    body = until(lambda: next((sent for path, _, sent in origin.posted if path == "/tried"), None))
    href = page.get_by_role("link", name="Analysis").get_attribute("href")
    assert href == f"/analyses/{json.loads(body)['data']['id']}"
