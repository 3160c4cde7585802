"""Mails with a link: to choose a new password, and to prove that an address is one's own."""

from email.message import EmailMessage
from functools import partial

import structlog

from user_service import caller
from user_service.accounts.links import Links
from user_service.accounts.trail import Trail
from user_service.accounts.users import Users
from user_service.errors import LinkNotValid, Overloaded
from user_service.mail.messages import Kind, compose, language_of
from user_service.mail.outbox import Outbox
from user_service.table import PROFILE, ConditionFailed, Item, Table, Write, update, user_pk

_log = structlog.get_logger()


class MailedLinks:
    """`sender`: the address that mails come from. `public_url`: where the web app is."""

    def __init__(
        self,
        table: Table,
        users: Users,
        trail: Trail,
        links: Links,
        outbox: Outbox,
        sender: str,
        public_url: str,
    ) -> None:
        self._table = table
        self._users = users
        self._trail = trail
        self._links = links
        self._outbox = outbox
        self._sender = sender
        self._public_url = public_url.rstrip("/")

    def to_reset_password(self, email: str) -> None:
        """Mail a link to the account with that address, if there is one: whether there is, is looked up
        after the answer. Raises MailNotConfigured, Overloaded."""
        self._outbox.post(partial(self._password_reset, email))

    def to_verify_address(self, user_id: str) -> None:
        """Raises MailNotConfigured, Overloaded."""
        self._outbox.post(partial(self._verification, user_id))

    def welcome(self, user_id: str) -> None:
        """Ask a new user to prove the address. The account is there whether or not the mail is sent, and
        can be asked for another."""
        if not self._outbox.is_configured:
            return
        try:
            self.to_verify_address(user_id)
        except Overloaded:
            _log.warning("mail_given_up", error="Overloaded", reason="Too many mails are waiting.")

    async def verify(self, secret: str) -> None:
        """The address is its account's owner's. Raises LinkNotValid."""
        user_id = await self._links.owner("email-verification", secret)
        verified = update(
            user_pk(user_id),
            PROFILE,
            "SET email_verified = :yes",
            {":yes": True},
            "attribute_exists(pk)",
        )
        used = self._links.use("email-verification", secret)
        try:
            await self._table.write(used, verified, self._trail.entry(user_id, "email.verified"))
        except ConditionFailed as error:
            raise LinkNotValid from error

    async def _password_reset(self, email: str) -> EmailMessage | None:
        profile = await self._users.by_email(email)
        if profile is None or profile.get("suspended"):
            return None
        told = self._trail.entry(profile["user_id"], "password.reset_requested")
        return await self._mail("password-reset", profile, told)

    async def _verification(self, user_id: str) -> EmailMessage | None:
        profile = await self._users.profile(user_id)
        if profile is None or profile.get("suspended") or profile.get("email_verified"):
            return None
        return await self._mail("email-verification", profile)

    async def _mail(self, kind: Kind, profile: Item, *told: Write) -> EmailMessage | None:
        try:
            secret = await self._links.make(profile["user_id"], kind, *told)
        except ConditionFailed:
            return None  # the account was deleted meanwhile
        language = language_of(caller.current().languages)
        return compose(kind, language, profile["email"], self._sender, self._public_url, secret)
