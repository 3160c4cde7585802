"""Many pictures: batches, the history, and webhooks for who does not wait."""

import json
import re

from playwright.sync_api import Locator, Page, Route, expect

from browser.pages import ENDED_MS, look, sign_in, sign_up
from conftest import Origin, User, until


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


def five_analyses(page: Page, base_url: str, user: User) -> Locator:
    """The entries of the history of somebody who has an astronaut and four cups, on a small screen and read
    two at a time."""
    wanted = {"operations": ["colors", "hash", "labels"]}
    names = ["astronaut.png"] + ["coffee.png"] * 4
    samples = [{"image_url": f"{base_url}/samples/{name}", **wanted} for name in names]
    for item in user.post("/v1/batches", json={"items": samples}).json()["items"]:
        user.ended(item["analysis_id"])
    page.route(re.compile(r"/v1/analyses\?limit=24"), two_at_a_time)
    page.set_viewport_size({"width": 390, "height": 300})
    sign_in(page, user.email, "/history")
    return page.locator("#history li")


def to_the_end(entries: Locator) -> None:
    """Scrolls down until all five have been read."""
    expect(entries.first).to_be_visible()

    def scrolled() -> bool | None:
        entries.last.scroll_into_view_if_needed()
        return entries.count() == 5 or None

    assert until(scrolled)


def test_the_history_is_searched_goes_on_and_keeps_its_place(
    page: Page, base_url: str, user: User
) -> None:
    entries = five_analyses(page, base_url, user)
    page.get_by_label("Search").fill("portr")
    page.keyboard.press("Enter")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("astronaut.png")
    page.get_by_text("More filters").click()
    page.get_by_label("Label").fill("cup")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No analysis is like that.")).to_be_visible()
    look(page, "history-filtered")
    page.get_by_role("link", name="Show all").click()
    to_the_end(entries)
    entries.filter(has_text="coffee.png").last.get_by_role("link").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    page.locator("summary", has_text="Pictures that look alike").click()
    alike = page.get_by_role("list", name="Pictures that look alike").get_by_role("listitem")
    expect(alike.filter(has_text="nearly the same")).to_have_count(3)
    look(page, "alike")
    page.go_back()
    expect(entries.filter(has_text="coffee.png").last).to_be_in_viewport()


def test_the_same_is_done_with_several_analyses(page: Page, base_url: str, user: User) -> None:
    entries = five_analyses(page, base_url, user)
    to_the_end(entries)
    for number in (0, 1):
        entries.nth(number).get_by_role("checkbox").check()
    chosen = page.get_by_role("group", name="What is selected")
    expect(chosen).to_contain_text("2 selected")
    look(page, "history-selected")
    with page.expect_download() as download:
        chosen.get_by_role("button", name="Export as JSON").click()
    exported = json.loads(download.value.path().read_text())
    assert [len(one["result"]["colors"]) for one in exported] == [6, 6]
    page.on("dialog", lambda dialog: dialog.accept())
    chosen.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted.")).to_be_visible()
    expect(entries).to_have_count(3)
    expect(chosen).to_have_count(0)
    entries.first.get_by_role("checkbox").check()
    chosen.get_by_role("button", name="Run it again").click()
    expect(page.get_by_text("They run again")).to_be_visible()
    expect(entries).to_have_count(4)
    assert len(user.get("/v1/analyses").json()["items"]) == 4
    for number in (1, 2):
        entries.nth(number).get_by_role("checkbox").check()
    chosen.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("row", name="Billed")).to_contain_text("ms")


def two_at_a_time(route: Route) -> None:
    route.continue_(url=route.request.url.replace("limit=24", "limit=2"))
