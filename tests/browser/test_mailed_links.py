"""A forgotten password and the proof of an address, with the mails that a person gets."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from local.stack import free_port
from playwright.sync_api import Browser, Page, expect

from browser.pages import PASSWORD, look, sign_up
from conftest import until
from stack.system import System

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]
NEW = "another horse"


class Mailbox:
    """An SMTP server's handler. `mails`: the texts of what came, by recipient."""

    def __init__(self) -> None:
        self.mails: dict[str, list[str]] = {}

    async def handle_DATA(  # noqa: N802  # the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        text = message_from_bytes(envelope.content, policy=policy.default).get_content()
        self.mails.setdefault(envelope.rcpt_tos[0], []).append(text)
        return "250 OK"

    def link(self, email: str, page: str) -> str:
        """The newest to that page, waited for."""

        def look() -> str | None:
            found = [
                match[0]
                for text in self.mails.get(email, [])
                if (match := re.search(rf"http\S+/{page}#\S+", text))
            ]
            return found[-1] if found else None

        return until(look)


@pytest.fixture(scope="module")
def mailbox(own_stack: System | None) -> Iterator[Mailbox]:
    """The system sends mail while these tests run."""
    if own_stack is None:
        pytest.skip("BASE_URL is given: its parts are not ours to change")
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    mail = {"SMTP_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "sightline@example.test"}
    own_stack.reconfigure("user-service", **mail)
    yield mailbox
    own_stack.reconfigure("user-service")
    controller.stop()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()


def test_a_forgotten_password_is_replaced_by_a_link(page: Page, mailbox: Mailbox) -> None:
    email = sign_up(page)
    sign_out(page)
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("link", name="Forgot your password?").click()
    look(page, "forgot-password")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("alert")).to_have_text("This is no e-mail address.")
    page.get_by_label("E-mail").fill(email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("a link is on its way")
    look(page, "forgot-password-sent")
    link = mailbox.link(email, "new-password")
    page.goto(link)
    look(page, "new-password")
    page.get_by_label("New password").fill("password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_have_text("is among the passwords that are tried first")
    page.get_by_label("New password").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The password is set")
    assert "#" not in page.url
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New analysis")).to_be_visible()
    page.goto(link)
    page.get_by_label("New password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This link does not work any more.")
    look(page, "link-ended")


def test_an_address_is_confirmed_and_the_account_says_so(page: Page, mailbox: Mailbox) -> None:
    email = sign_up(page)
    page.get_by_role("link", name="Account", exact=True).click()
    page.get_by_role("button", name="Mail me a link to confirm it").click()
    expect(page.get_by_role("status")).to_contain_text("A link is on its way.")
    look(page, "account-unconfirmed")
    until(
        lambda: True if len(mailbox.mails.get(email, [])) == 2 else None
    )  # by signing up, and by asking
    page.goto(mailbox.link(email, "verify-email"))
    look(page, "verify-email")
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_role("status")).to_have_text("The address is confirmed.")
    page.get_by_role("link", name="Account", exact=True).click()
    expect(page.get_by_text("This address is confirmed.")).to_be_visible()
    events = page.get_by_role("list", name="Security events")
    expect(events).to_contain_text("E-mail address confirmed")


def test_who_reads_german_gets_a_german_mail(
    browser: Browser, base_url: str, mailbox: Mailbox
) -> None:
    with browser.new_context(base_url=base_url, locale="de-DE") as context:
        page = context.new_page()
        page.goto("/forgot-password")
        page.get_by_label("E-Mail").fill("niemand@example.test")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("ist ein Link unterwegs")
        look(page, "forgot-password-german")
        page.goto("/verify-email#cut")
        look(page, "verify-email-german")
        page.goto("/sign-up")
        page.get_by_label("E-Mail").fill("ada.deutsch@example.test")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Neue Analyse")).to_be_visible()
        mailbox.link("ada.deutsch@example.test", "verify-email")
        [text] = mailbox.mails["ada.deutsch@example.test"]
        assert "Bestätigen Sie" in text
    assert "niemand@example.test" not in mailbox.mails
