"""Who is faster than the page, and a network that is not there for a moment."""

from playwright.sync_api import Page, Route, expect

AS_SOON_AS_IT_IS_THERE = """
new MutationObserver((_, observer) => {
  const link = [...document.links].find((one) => one.pathname === "/sign-up");
  if (!link) return;
  observer.disconnect();
  link.click();
}).observe(document, { childList: true, subtree: true });
"""


def test_a_link_that_is_followed_as_soon_as_it_is_drawn_leads_somewhere(page: Page) -> None:
    page.add_init_script(AS_SOON_AS_IT_IS_THERE)
    page.goto("/status")
    page.goto("/")
    expect(page).to_have_url("/sign-up")
    expect(page.get_by_label("E-mail")).to_be_visible()


def test_a_page_that_could_not_be_read_is_asked_for_again(page: Page) -> None:
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort("connectionreset")

    page.route("**/sign-in-page.*.js", once)
    page.goto("/sign-in")
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert len(refused) == 1
