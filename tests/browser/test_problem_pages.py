"""What is shown to whoever follows a link to nothing, or to a problem's type."""

from playwright.sync_api import Page, expect

from browser.pages import look


def test_pages_of_what_went_wrong_lead_somewhere(page: Page) -> None:
    page.goto("/problems/quota-exceeded")
    expect(page.get_by_role("heading", level=1)).to_have_text("The quota is used up")
    expect(page.get_by_role("listitem").filter(has_text="POST /v1/uploads")).to_be_visible()
    look(page, "problem")
    page.goto("/nothing/at/all")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    look(page, "not-found")
    page.get_by_role("link", name="To the start page").click()
    expect(page).to_have_url("/")
