"""user-service keeps what the others' pacts expect of it."""

from contextlib import AbstractContextManager
from decimal import Decimal
from unittest import mock

from conftest import PASSWORD, QUOTA
from sightline_contracts import ids

from user_service.accounts import links
from user_service.caller import Credential
from user_service.credentials import sessions
from user_service.mail.messages import Kind
from user_service.providers.configuration import Provider
from user_service.providers.discovery import Metadata
from user_service.wiring import Wiring

EMAIL = "ada@example.test"


class States:
    """Each begins with nobody there."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._sign_ins = wiring.sign_ins
        self.by_name = {
            "no such user": self.nobody,
            "a user": self.user,
            "a user who has reserved an analysis": self.reserved,
            "a user whose quota is used up": self.used_up,
            "a user with a password": self.signed_up,
            "a user who is signed in": self.signed_in,
            "a user with an API key": self.with_key,
            "a suspended user with an API key": self.suspended,
            "a user whose budget is spent": self.budget_spent,
            "mail is sent": self.mailing,
            "no mail is sent": self.not_mailing,
            "a user, and mail is sent": self.user_and_mailing,
            "a user who was mailed a link": self.mailed,
            "an identity provider": self.provider,
            "a user whom a provider names": self.named,
        }

    @staticmethod
    def _ids(**given: str) -> AbstractContextManager[object]:
        """What is made next of a kind has this id."""
        made = ids.new_id
        return mock.patch.object(ids, "new_id", lambda kind: given.get(kind) or made(kind))

    async def nobody(self, user_id: str) -> None:
        known = await self._wiring.users.by_email(EMAIL)
        if known is not None:
            await self._wiring.users.delete(known["user_id"])

    async def user(self, user_id: str) -> None:
        await self.signed_up(user_id, EMAIL, PASSWORD)

    async def signed_up(self, user_id: str, email: str, password: str) -> None:
        await self.nobody(user_id)
        with self._ids(us=user_id):
            await self._wiring.users.sign_up(email, password, None)

    async def signed_in(self, user_id: str, email: str, password: str, session_id: str) -> None:
        await self.signed_up(user_id, email, password)
        with mock.patch.object(sessions, "ULID", return_value=session_id.removeprefix("se_")):
            await self._wiring.sessions.by_password(email, password)

    async def suspended(self, user_id: str, key_id: str, key: str) -> None:
        await self.with_key(user_id, key_id, key)
        await self._wiring.administration.suspend(user_id)

    async def budget_spent(self, user_id: str) -> None:
        await self.user(user_id)
        await self._wiring.users.limit_spending(user_id, Decimal(0))

    async def mailing(self) -> None:
        self._wiring.outbox._sender = mock.AsyncMock()

    async def not_mailing(self) -> None:
        self._wiring.outbox._sender = None

    async def provider(self) -> None:
        """Which nobody asks for more than its address."""
        self._wiring.sign_ins = self._sign_ins
        issuer = "https://one.example.test"
        known = Provider(id="one", name="One", issuer=issuer, client_id="sightline")
        self._wiring.sign_ins._providers = {"one": known}
        published = Metadata(
            f"{issuer}/a",
            f"{issuer}/t",
            f"{issuer}/k",
            None,
            tells_issuer=True,
            secret_in_body=False,
        )
        self._wiring.sign_ins._discovery._metadata = {"one": published}

    async def named(self, user_id: str) -> None:
        """The provider and its calls are left out."""
        await self.user(user_id)
        profile = await self._wiring.users.existing(user_id)

        async def finished(*_given: object) -> object:
            return await self._wiring.sessions.by_identity(profile)

        offered = self._sign_ins.offered
        self._wiring.sign_ins = mock.Mock(finish=finished, offered=offered)

    async def user_and_mailing(self, user_id: str) -> None:
        await self.user(user_id)
        await self.mailing()

    async def mailed(self, user_id: str, kind: Kind) -> None:
        """A link whose random bits are none."""
        await self.user(user_id)
        with mock.patch.object(links.secrets, "token_bytes", bytes):
            await links.Links(self._wiring.table).make(user_id, kind)

    async def with_key(self, user_id: str, key_id: str, key: str) -> None:
        """The pact's secret stands for the one that this server key would give."""
        await self.user(user_id)
        self._wiring.api_keys._secret = lambda _: key.split("_", 2)[2]  # type: ignore[method-assign]
        with self._ids(ak=key_id):
            await self._wiring.api_keys.make(
                user_id, "laptop", ["analyses:read"], None, Credential()
            )

    async def reserved(self, user_id: str, analysis_id: str) -> None:
        await self.user(user_id)
        await self._wiring.quota.reserve(user_id, analysis_id)

    async def used_up(self, user_id: str, analysis_id: str) -> None:
        """In the month of that analysis."""
        await self.user(user_id)
        for number in range(QUOTA):
            await self._wiring.quota.reserve(user_id, f"{analysis_id[:-1]}{number + 3}")
