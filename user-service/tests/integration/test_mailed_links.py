"""Mails with a link, as a mail server gets them, and what the links do."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from conftest import PASSWORD, QUOTA, SERVER_KEY, Service

from user_service.app import create_app
from user_service.errors import Overloaded
from user_service.mail.outbox import WAITING_AT_MOST
from user_service.settings import Settings
from user_service.table import put, update
from user_service.wiring import real

NEW = "another horse"
SITE = "https://pictures.example.test"
LINK = re.compile(
    rf"{SITE}/(new-password|verify-email)#([0-9a-z]{{26}}\.[A-Za-z0-9_-]{{43}})\r?$", re.MULTILINE
)
WITHIN_S = 10.0


@dataclass
class Mailbox:
    """An SMTP server's handler, which keeps what is sent. `refusals`: its next answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    tries: int = 0

    async def handle_DATA(  # noqa: N802  # the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.tries += 1
        if self.refusals:
            return self.refusals.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def smtp_port(mailbox: Mailbox) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="mail"), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
async def mailing(dynamodb: str, smtp_port: int) -> AsyncIterator[Service]:
    """A service that sends mail, and tries again at once."""
    settings = Settings(
        table_name=f"users-{uuid.uuid4().hex}",
        monthly_quota=QUOTA,
        smtp_url=f"smtp://127.0.0.1:{smtp_port}",
        mail_from="sightline@example.test",
        public_url=SITE,
    )
    wiring = real(settings, SERVER_KEY)
    wiring.outbox._pause_s = 0
    await wiring.table.create()
    await wiring.signing_keys.ensure()
    app = create_app(wiring)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://users") as client,
    ):
        yield Service(client, wiring)


async def sent(service: Service) -> None:
    """Until nothing waits any more."""
    async with asyncio.timeout(WITHIN_S):
        await service.wiring.outbox._waiting.join()


async def asked(service: Service, email: str, **headers: str) -> httpx2.Response:
    answer = await service.client.post(
        "/v1/password-resets", json={"email": email}, headers=headers
    )
    await sent(service)
    return answer


async def redeem(service: Service, secret: str, password: str = NEW) -> httpx2.Response:
    body = {"token": secret, "password": password}
    return await service.client.post("/v1/password-resets/redeem", json=body)


def secret_in(mail: EmailMessage) -> str:
    match = LINK.search(mail.get_content())
    assert match is not None, mail.get_content()
    return match[2]


async def user_of(service: Service, mailbox: Mailbox, **changes: Any) -> dict[str, Any]:
    """Signed up, and the mail about it taken away."""
    user = await service.sign_up(**changes)
    await sent(service)
    mailbox.mails.clear()
    return user


async def test_typical_journey(mailing: Service, mailbox: Mailbox) -> None:
    user = await mailing.sign_up()
    assert user["email_verified"] is False
    await sent(mailing)
    [mail] = mailbox.mails
    assert (mail["To"], mail["Subject"]) == (user["email"], "Your address at Sightline")
    body = {"token": secret_in(mail)}
    assert (
        await mailing.client.post("/v1/email-verifications/redeem", json=body)
    ).status_code == 204
    shown = (await mailing.client.get(f"/v1/users/{user['id']}")).json()
    assert shown["email_verified"] is True
    assert (await mailing.kinds(user))[0] == "email.verified"


async def test_a_reset_sets_the_password_and_ends_every_session(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    tokens = await mailing.sign_in(user)
    assert (await asked(mailing, user["email"].upper())).status_code == 202
    [mail] = mailbox.mails
    assert (await redeem(mailing, secret_in(mail))).status_code == 204
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await mailing.token(**refresh)).status_code == 400
    assert await mailing.sessions(user) == []
    old = {"grant_type": "password", "username": user["email"], "password": PASSWORD}
    assert (await mailing.token(**old)).status_code == 400
    await mailing.sign_in(user, NEW)
    kinds = await mailing.kinds(user)
    assert {"password.reset", "sessions.revoked", "password.reset_requested"} <= set(kinds)
    shown = (await mailing.client.get(f"/v1/users/{user['id']}")).json()
    assert shown["email_verified"] is True  # who follows the link reads that address


@pytest.mark.parametrize("proved", [False, True])
async def test_who_had_the_account_before_the_address_was_proved_has_no_way_in_any_more(
    mailing: Service, mailbox: Mailbox, proved: bool
) -> None:
    """Somebody may have signed up with another's address; who has proved it keeps what is theirs."""
    user = await user_of(mailing, mailbox)
    profile = (f"USER#{user['id']}", "PROFILE")
    if proved:
        change = update(*profile, "SET email_verified = :yes", {":yes": True})
        await mailing.wiring.table.write(change)
    wanted = {"name": "early", "scopes": ["analyses:read"]}
    key = (await mailing.client.post(f"/v1/users/{user['id']}/api-keys", json=wanted)).json()["key"]
    identity = {"user_id": user["id"], "provider": "p"}
    await mailing.wiring.table.write(
        put({"pk": "IDENTITY#1", "sk": "IDENTITY", **identity}),
        put({"pk": profile[0], "sk": "IDENTITY#1", **identity}),
    )
    await asked(mailing, user["email"])
    assert (await redeem(mailing, secret_in(mailbox.mails[0]))).status_code == 204
    verified = await mailing.client.post("/v1/api-keys/verify", json={"key": key})
    assert verified.status_code == (200 if proved else 401)
    kept = await mailing.wiring.table.get("IDENTITY#1", "IDENTITY")
    assert (kept is not None) == proved


async def test_the_answer_is_the_same_for_nobodys_address(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    same = {"X-Request-Id": "r-1"}
    emails = (user["email"], "nobody@example.test")
    known, unknown = [await asked(mailing, one, **same) for one in emails]
    assert (
        (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    )
    assert known.headers == unknown.headers
    assert mailbox.recipients[1:] == [user["email"]]


async def test_nothing_is_looked_up_before_the_answer(mailing: Service) -> None:
    """So that its time cannot tell whether there is an account."""
    reads: list[str] = []
    by_email = mailing.wiring.users.by_email

    async def noted(email: str) -> Any:
        reads.append(email)
        return await by_email(email)

    mailing.wiring.users.by_email = noted  # type: ignore[method-assign]
    mailing.wiring.mailed_links.to_reset_password("ada@example.test")
    assert reads == []
    await sent(mailing)
    assert reads == ["ada@example.test"]


async def test_a_link_works_once(mailing: Service, mailbox: Mailbox) -> None:
    user = await user_of(mailing, mailbox)
    await asked(mailing, user["email"])
    secret = secret_in(mailbox.mails[0])
    answers = await asyncio.gather(*(redeem(mailing, secret, f"horse no. {n}") for n in range(4)))
    statuses = sorted(one.status_code for one in answers if one.status_code != 503)
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {403}
    again = await redeem(mailing, secret)
    assert (again.status_code, again.json()["type"]) == (403, "/problems/link-not-valid")


async def test_a_newer_link_ends_the_one_before(mailing: Service, mailbox: Mailbox) -> None:
    user = await user_of(mailing, mailbox)
    for _ in range(2):
        await asked(mailing, user["email"])
    first, second = map(secret_in, mailbox.mails)
    assert (await redeem(mailing, first)).status_code == 403
    assert (await redeem(mailing, second)).status_code == 204


async def test_a_link_ends_after_half_an_hour(mailing: Service, mailbox: Mailbox) -> None:
    user = await user_of(mailing, mailbox)
    await asked(mailing, user["email"])
    table = mailing.wiring.table
    [item] = await table.query(f"USER#{user['id']}", "LINK#password-reset")
    assert int(item["expires_at"]) - asyncio.get_running_loop().time() > 0
    await table.write(update(item["pk"], item["sk"], "SET expires_at = :then", {":then": 1}))
    assert (await redeem(mailing, secret_in(mailbox.mails[0]))).status_code == 403


async def test_a_new_password_ends_a_link_that_was_mailed(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    await asked(mailing, user["email"])
    changes = {"current_password": PASSWORD, "password": "horse of mine"}
    await mailing.client.patch(f"/v1/users/{user['id']}", json=changes)
    assert (await redeem(mailing, secret_in(mailbox.mails[0]))).status_code == 403


async def test_a_weak_password_leaves_the_link(mailing: Service, mailbox: Mailbox) -> None:
    user = await user_of(mailing, mailbox)
    await asked(mailing, user["email"])
    secret = secret_in(mailbox.mails[0])
    assert (await redeem(mailing, secret, "password")).status_code == 422
    assert (await redeem(mailing, secret)).status_code == 204


async def test_a_secret_of_nobody_is_refused(mailing: Service) -> None:
    for secret in ("", "x", f"{'0' * 26}.{'A' * 43}", "é" * 70):
        answer = await mailing.client.post("/v1/email-verifications/redeem", json={"token": secret})
        assert {answer.status_code, (await redeem(mailing, secret)).status_code} == {403}


async def test_a_link_of_one_kind_is_none_of_the_other(mailing: Service, mailbox: Mailbox) -> None:
    await mailing.sign_up()
    await sent(mailing)
    secret = secret_in(mailbox.mails[0])
    assert (await redeem(mailing, secret)).status_code == 403


async def test_a_suspended_account_gets_no_mail(mailing: Service, mailbox: Mailbox) -> None:
    user = await user_of(mailing, mailbox)
    await mailing.wiring.administration.suspend(user["id"])
    assert (await asked(mailing, user["email"])).status_code == 202
    assert mailbox.mails == []


async def test_neither_the_table_nor_the_log_has_the_secret(
    mailing: Service, mailbox: Mailbox
) -> None:
    mailbox.refusals = ["451 later"]
    with structlog.testing.capture_logs() as logs:
        user = await user_of(mailing, mailbox)
        mailbox.refusals = ["550 no"]
        await asked(mailing, user["email"])
        await asked(mailing, user["email"])
    secret = secret_in(mailbox.mails[0])
    stored = str(await mailing.wiring.table.query(f"USER#{user['id']}"))
    assert [one for one in logs if one["event"] != "request"] == [
        {
            "event": "mail_given_up",
            "error": "MailRefused",
            "reason": "SMTPDataError 550",
            "log_level": "warning",
        }
    ]
    assert secret.partition(".")[2] not in stored + str(logs)


async def test_a_mail_is_in_the_language_that_the_browser_prefers(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    await asked(mailing, user["email"], **{"X-Client-Languages": "de-AT,de;q=0.9,en;q=0.8"})
    assert mailbox.mails[0]["Subject"] == "Ein neues Passwort für Sightline"


async def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    mailbox.tries, mailbox.refusals = 0, ["451 later", "451 later"]
    await asked(mailing, user["email"])
    assert (mailbox.tries, len(mailbox.mails)) == (3, 1)
    mailbox.tries, mailbox.refusals = 0, ["550 no"]
    await asked(mailing, user["email"])
    assert (mailbox.tries, len(mailbox.mails)) == (1, 1)
    mailbox.tries, mailbox.refusals = 0, ["451 later"] * 3
    await asked(mailing, user["email"])
    assert (mailbox.tries, len(mailbox.mails)) == (3, 1)


async def test_a_server_in_trouble_is_not_asked_three_times_for_each_mail(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    mailbox.tries, mailbox.refusals = 0, ["451 later"] * 1000
    for _ in range(20):
        await mailing.client.post("/v1/password-resets", json={"email": user["email"]})
    await sent(mailing)
    assert 20 < mailbox.tries <= 20 * 1.2 + 10


async def test_an_address_that_would_be_two_gets_no_mail(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox, email=f"a,{uuid.uuid4().hex}@example.test")
    assert (await asked(mailing, user["email"])).status_code == 202
    assert mailbox.mails == []


async def test_more_than_can_wait_is_refused(mailing: Service) -> None:
    outbox = mailing.wiring.outbox

    async def nobody(_email: str) -> None:
        return None

    mailing.wiring.users.by_email = nobody  # type: ignore[method-assign]
    for _ in range(WAITING_AT_MOST):  # no turn of the loop between them: nothing is sent meanwhile
        mailing.wiring.mailed_links.to_reset_password("nobody@example.test")
    assert outbox._waiting.full()
    with pytest.raises(Overloaded, match="Too many mails"):
        mailing.wiring.mailed_links.to_reset_password("nobody@example.test")
    mailing.wiring.mailed_links.welcome("us_00000000000000000000000001")
    await sent(mailing)


async def test_an_address_is_proved_on_demand_and_not_twice(
    mailing: Service, mailbox: Mailbox
) -> None:
    user = await user_of(mailing, mailbox)
    ask = f"/v1/users/{user['id']}/email-verification"
    assert (await mailing.client.post(ask)).status_code == 202
    await sent(mailing)
    body = {"token": secret_in(mailbox.mails[0])}
    await mailing.client.post("/v1/email-verifications/redeem", json=body)
    assert (await mailing.client.post(ask)).status_code == 202
    await sent(mailing)
    assert len(mailbox.mails) == 1
    assert (await mailing.client.post(ask.replace(user["id"], "us_" + "0" * 26))).status_code == 404


async def test_without_a_mail_server_nothing_is_offered(service: Service) -> None:
    user = await service.sign_up()
    options = (await service.client.get("/v1/sign-in-options")).json()
    assert options == {"password_reset": False, "email_verification": False, "providers": []}
    for path, body in (
        ("/v1/password-resets", {"email": user["email"]}),
        (f"/v1/users/{user['id']}/email-verification", None),
    ):
        answer = await service.client.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/mail-not-configured")


async def test_with_one_it_is(mailing: Service) -> None:
    options = (await mailing.client.get("/v1/sign-in-options")).json()
    assert options == {"password_reset": True, "email_verification": True, "providers": []}
