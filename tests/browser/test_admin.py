"""The page of admins: what the image function does, what failed, and who has an account."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from browser.pages import ENDED_MS, look, sign_up
from conftest import PASSWORD, User


@pytest.fixture(autouse=True)
def given_back(admin: User) -> Iterator[None]:
    """The workers' own settings, whatever becomes of a test."""
    yield
    changes = {"reserved_concurrency": None, "max_attempts": None}
    answer = admin.request("PATCH", "/v1/function", json=changes)
    assert answer.status_code == 200, answer.text


def enter(page: Page, admin: User) -> None:
    """As an admin, on their page."""
    page.goto("/sign-in?next=/admin")
    page.get_by_label("E-mail").fill(admin.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()


def test_the_function_is_stopped_and_started(page: Page, admin: User) -> None:
    enter(page, admin)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("The function is stopped")).to_be_visible(timeout=ENDED_MS)
    look(page, "admin-stopped")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("The function is stopped")).to_have_count(0, timeout=ENDED_MS)


def test_the_queues_are_shown_with_those_who_work_on_them(page: Page, admin: User) -> None:
    enter(page, admin)
    rows = page.get_by_role("region", name="Queues").get_by_role("row")
    expect(rows).to_contain_text(["Waiting", "ordinary", "text"])
    expect(rows.nth(1).get_by_role("cell").nth(4)).to_have_text("1")
    look(page, "admin-queues")


def test_only_an_admin_is_offered_a_key_that_watches(page: Page, admin: User, user: User) -> None:
    enter(page, admin)
    page.goto("/keys")
    for choice in ("read analyses", "submit, cancel and delete analyses"):
        page.get_by_label(choice).uncheck()
    page.get_by_label("watch the queues").check()
    page.get_by_label("Name").fill("autoscale")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator("#new-key code")
    expect(key).to_contain_text("slk_")
    answer = user.http.get("/v1/queues", headers={"X-API-Key": key.inner_text()})
    assert [queue["name"] for queue in answer.json()["queues"]] == ["ordinary", "text"]
    refused = user.http.get("/v1/function", headers={"X-API-Key": key.inner_text()})
    assert refused.status_code == 403
    assert user.get("/v1/queues").status_code == 403


def test_a_setting_is_changed_and_given_back(page: Page, admin: User) -> None:
    enter(page, admin)
    attempts = page.get_by_label("Attempts at the most")
    attempts.fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds from the next picture on.")).to_be_visible()
    page.reload()
    expect(attempts).to_have_value("2")


def test_a_user_is_found_suspended_and_let_in_again(page: Page, admin: User, user: User) -> None:
    page.route("**/v1/users?limit=50*", one_at_a_time)
    enter(page, admin)
    page.on("dialog", lambda dialog: dialog.accept("7" if dialog.type == "prompt" else None))
    users = page.get_by_role("list", name="Users").get_by_role("listitem")
    for email in (admin.email, user.email):  # one of them at least is not on the first page
        page.get_by_label("E-mail address or id").fill(email)
        expect(users).to_contain_text([email])
    users.get_by_role("button", name=re.compile("Suspend")).click()
    expect(users).to_contain_text("suspended")
    users.get_by_role("button", name=re.compile("Let in again")).click()
    expect(users).not_to_contain_text("suspended")
    users.get_by_role("button", name=re.compile("Quota")).click()
    expect(users).to_contain_text("7 analyses a month")
    look(page, "admin")


def one_at_a_time(route: Route) -> None:
    route.continue_(url=route.request.url.replace("limit=50", "limit=1"))


def test_to_everybody_else_there_is_no_such_page(page: Page) -> None:
    sign_up(page)
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    page.goto("/admin")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
