"""The pages of the account: what a user sees of it, and can do with it."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from browser.pages import ENDED_MS, PASSWORD, look, sign_up


def go(page: Page, name: str) -> None:
    """To a page, by the navigation."""
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def account(page: Page) -> str:
    """Signed up, with one analysis, on the account page; the e-mail address."""
    email = sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    go(page, "Account")
    return email


def test_the_account_says_who_is_signed_in_and_what_happened(page: Page) -> None:
    email = account(page)
    expect(page.get_by_role("definition").filter(has_text=email)).to_be_visible()
    expect(page.get_by_role("list", name="Sessions")).to_contain_text("(this one)")
    expect(page.get_by_role("list", name="Security events")).to_contain_text("Signed up")
    look(page, "account")


def test_the_bill_has_a_line_for_each_analysis(page: Page) -> None:
    account(page)
    go(page, "Usage")
    expect(page.locator("#quota-words")).to_contain_text("1 of")
    expect(page.locator("#bill tr")).to_have_count(1, timeout=ENDED_MS)
    days = page.get_by_role("figure", name="Usage by day").get_by_role("listitem")
    expect(days.filter(has_text=re.compile(r": 1$"))).to_have_count(1)
    page.get_by_role("button", name="Billed time").click()
    expect(days.filter(has_text=re.compile(r": [\d,]+ ms$"))).not_to_have_count(0)
    look(page, "usage")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    head, line = download.value.path().read_text().splitlines()
    assert head.startswith("analysis_id,finished_at,billed_ms,")
    assert line.startswith("an_")
    page.locator("#bill a").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)


def test_a_key_is_made_renewed_and_deleted(page: Page) -> None:
    account(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("navigation").get_by_role("link", name="Keys").click()
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("alert")).to_have_text("A key has a name.")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator("#new-key code")).to_contain_text("slk_")
    keys = page.get_by_role("list", name="API keys")
    expect(keys).to_contain_text("nightly")
    expect(keys).to_contain_text("never used")
    look(page, "keys")
    page.get_by_role("button", name="Renew: nightly").click()
    expect(keys.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Delete: nightly").first.click()
    expect(keys.get_by_role("listitem")).to_have_count(1)
    go(page, "Account")
    expect(page.get_by_role("list", name="Security events")).to_contain_text("API key made")
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_no_script_can_read_what_keeps_the_page_signed_in(page: Page) -> None:
    account(page)
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (
        True,
        "Strict",
        "/v1/session",
    )
    kept = page.evaluate(
        "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
    )
    assert cookie["value"] not in kept
    assert "ey" not in kept  # how every token begins


def test_a_limit_stops_what_comes_after_it(page: Page) -> None:
    account(page)
    go(page, "Usage")
    page.get_by_label("Stop at this amount").fill("nothing")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("alert")).to_have_text("An amount looks like 12.50.")
    page.get_by_label("Stop at this amount").fill("0.00")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("status").filter(has_text="Nothing is taken on")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Stop at this amount")).to_have_value("0.00")


def test_another_password_ends_the_other_sessions(page: Page) -> None:
    account(page)
    page.get_by_label("Password now").fill("not the one")
    page.get_by_label("New password").fill("correct horse battery")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the password of this account.")
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("All other sessions have ended.")).to_be_visible()


def test_everything_can_be_taken_along(page: Page, tmp_path: Path) -> None:
    account(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    file = tmp_path / "all.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as zipped:
        assert any(name.endswith("/result.json") for name in zipped.namelist())


def test_signing_out_everywhere_ends_at_the_welcome(page: Page) -> None:
    account(page)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
    page.goto("/account.html")  # its earlier address
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_account_is_deleted_by_who_names_it(page: Page) -> None:
    email = account(page)
    page.get_by_label("Your e-mail address").fill("somebody@example.test")
    page.get_by_role("button", name="Delete the account").click()
    expect(page.get_by_role("alert")).to_contain_text("not the address")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Delete the account").click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
