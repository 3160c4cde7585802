"""Signing up and in, as a person does it."""

import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.pages import ENDED_MS, PASSWORD, look, sign_up


def fill(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", PASSWORD, "This is no e-mail address."),
        ("ada@example.test", "short", "A password has at least 8 characters."),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    page: Page, email: str, password: str, said: str
) -> None:
    page.goto("/sign-up")
    fill(page, email, password)
    expect(page.get_by_role("alert")).to_have_text(said)
    expect(page.locator("[aria-invalid=true]")).to_be_focused()
    look(page, "sign-up-wrong")


def test_enter_does_what_the_page_says(page: Page) -> None:
    email = sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.click()
    fill(page, email, "not the password")
    expect(page.get_by_role("alert")).to_have_text(
        "There is no account with this e-mail address and password."
    )
    look(page, "sign-in-wrong")
    fill(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="New analysis")).to_be_visible()


def test_a_sign_out_that_the_system_does_not_hear_of_is_told_until_it_does(page: Page) -> None:
    sign_up(page)
    page.route("**/v1/session", lambda route: route.abort())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("it has not ended there yet")
    look(page, "sign-out-unheard")
    assert page.context.cookies() != []
    page.unroute("**/v1/session")
    expect(page.get_by_role("alert")).to_have_count(0, timeout=ENDED_MS)
    assert page.context.cookies() == []


def test_an_address_that_is_taken_is_told_and_no_session_begins(page: Page) -> None:
    email = sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
    page.goto("/sign-up")
    fill(page, email, "another password")
    expect(page.get_by_role("alert")).to_contain_text("Sign in instead")
    assert page.context.cookies() == []


def test_a_system_that_sends_no_mail_offers_no_link(page: Page) -> None:
    with page.expect_response("**/v1/sign-in-options") as answered:
        page.goto("/sign-in")
    assert answered.value.json()["password_reset"] is False
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="Forgot your password?")).to_have_count(0)


def test_a_link_into_an_analysis_survives_the_sign_in(page: Page, browser: Browser) -> None:
    email = sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    with browser.new_context(base_url=page.url) as context:
        elsewhere = context.new_page()
        elsewhere.goto(page.url)
        expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
        fill(elsewhere, email, PASSWORD)
        expect(elsewhere.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
        assert elsewhere.url == page.url


def test_who_reads_german_reads_german(browser: Browser, base_url: str) -> None:
    with browser.new_context(base_url=base_url, locale="de-DE") as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("link", name="Registrieren").click()
        page.get_by_label("E-Mail").fill(f"{uuid.uuid4().hex[:12]}@example.test")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Neue Analyse")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "de"
        look(page, "studio-german")
        page.get_by_label("Sprache").select_option("English")
        expect(page.get_by_role("heading", name="New analysis")).to_be_visible()


def test_the_design_is_on_a_page_and_a_page_that_is_not_there_says_so(page: Page) -> None:
    page.goto("/design")
    expect(page.get_by_role("heading", name="Controls")).to_be_visible()
    look(page, "design")
    page.evaluate("history.pushState(null, '', '/nothing'); dispatchEvent(new Event('popstate'))")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    look(page, "missing")


def test_the_first_load_is_small(browser: Browser, base_url: str) -> None:
    """60 kB as they cross the network."""
    with browser.new_context(base_url=base_url) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        received: list[int] = []
        session.on("Network.loadingFinished", lambda it: received.append(it["encodedDataLength"]))
        page.goto("/", wait_until="networkidle")
        expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
        assert len(received) <= 60
        assert sum(received) <= 60_000
        sign_up(page)
        expect(page.get_by_role("button", name="chelsea")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert sum(received) <= 140_000  # the studio with its sample pictures as well
