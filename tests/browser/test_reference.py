"""The API's reference: read, searched, and tried as the one who is signed in."""

import json
import re

from playwright.sync_api import Browser, Page, Route, expect

from browser.pages import ENDED_MS, look, sign_up

GOING = {"since": "2027-01-01", "sunset": "2027-07-01", "instead": "/v1/analyses"}
MOST = 400_000


def operation(page: Page, name: str) -> None:
    page.get_by_label("Search operations").fill(name)
    page.get_by_role("navigation", name="Operations").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=name)).to_be_focused()


def test_an_operation_is_found_read_and_tried(page: Page) -> None:
    email = sign_up(page)
    page.get_by_role("link", name="API").click()
    look(page, "reference")
    operation(page, "Submit an image")
    expect(page).to_have_url(re.compile(r"/docs\?operation=submit$"))
    expect(page.get_by_text(f"as {email}")).to_be_visible()
    body = page.get_by_label("Body: application/json")
    body.fill("{")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("This is no JSON.")
    address = page.url.partition("/docs")[0]
    body.fill(json.dumps({"image_url": f"{address}/samples/coffee.png", "operations": ["hash"]}))
    page.get_by_label("prefer (header)").fill("wait=10")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Answer 200")).to_be_visible(timeout=ENDED_MS)
    answer = json.loads(page.get_by_label("Body of the answer").inner_text())
    assert (answer["status"], answer["input"]["operations"]) == ("succeeded", ["hash"])
    page.evaluate(
        "for (const one of document.querySelectorAll('section > details')) one.open = true"
    )
    look(page, "reference-submit")
    operation(page, "Get the preview of an image")
    page.get_by_label("analysis_id (path)").fill(answer["id"])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_alt_text("The picture that came back")).to_be_visible()
    operation(page, "Stream the changes of an analysis")
    page.get_by_label("analysis_id (path)").fill(answer["id"])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Body of the answer")).to_contain_text("event: status")


def test_what_is_refused_is_shown_as_it_came(page: Page) -> None:
    sign_up(page)
    page.goto("/docs?operation=get_analysis")
    page.get_by_label("analysis_id (path)").fill(f"an_{'0' * 26}")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Answer 404")).to_be_visible()
    expect(page.get_by_label("Body of the answer")).to_contain_text('"type": "/problems/not-found"')
    page.get_by_role("link", name="not-found").click()
    expect(page.get_by_role("heading", name="What it means")).to_be_visible()


def test_who_is_not_signed_in_reads_and_is_led_to_sign_in(page: Page) -> None:
    page.goto("/docs?operation=list_analyses")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.get_by_role("link", name="Sign in to try it").click()
    expect(page).to_have_url(re.compile(r"next=%2Fdocs%3Foperation%3Dlist_analyses$"))
    page.goto("/docs?operation=status")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Body of the answer")).to_contain_text('"services"')


def deprecated(route: Route) -> None:
    document = route.fetch().json()
    document["paths"]["/v1/events"]["get"] |= {"deprecated": True, "x-deprecation": GOING}
    route.fulfill(json=document)


def test_an_operation_that_will_go_says_when_and_what_to_use(page: Page) -> None:
    page.route("**/openapi.json", deprecated)
    page.goto("/docs?operation=events")
    expect(page.get_by_role("link", name="deprecated")).to_have_count(1)
    said = "Deprecated since Jan 1, 2027, gone after Jul 1, 2027. Use in its place: /v1/analyses"
    expect(page.get_by_text("Deprecated since")).to_have_text(said)


def test_all_of_it_is_small_and_speaks_german(browser: Browser, base_url: str) -> None:
    """400 kB as they cross the network, the contract among them."""
    with browser.new_context(base_url=base_url, locale="de-DE") as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        received: list[float] = []
        session.on("Network.loadingFinished", lambda it: received.append(it["encodedDataLength"]))
        page.goto("/docs?operation=submit_batch", wait_until="networkidle")
        expect(page.get_by_role("heading", name="Ausprobieren")).to_be_visible()
        assert sum(received) < MOST
        page.route("**/openapi.json", deprecated)
        page.goto("/docs?operation=events")
        expect(page.get_by_text("Veraltet seit 01.01.2027")).to_be_visible()
        look(page, "reference-german")
