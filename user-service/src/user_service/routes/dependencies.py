"""What the endpoints are handed: parts of the wiring, and common parameters."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request

from user_service.accounts.mailed_links import MailedLinks
from user_service.accounts.trail import Trail
from user_service.accounts.users import Users
from user_service.administration import Administration
from user_service.billing.bill import Bill
from user_service.billing.quota import Quota
from user_service.billing.settlement import Settlement
from user_service.credentials.api_keys import ApiKeys
from user_service.credentials.password_change import PasswordChange
from user_service.credentials.sessions import Sessions
from user_service.credentials.signing_keys import SigningKeys
from user_service.credentials.webhook_secrets import WebhookSecrets
from user_service.mail.outbox import Outbox
from user_service.providers.sign_ins import SignIns
from user_service.wiring import Wiring

T = TypeVar("T")
USER = "/v1/users/{user_id}"


def _part(read: Callable[[Wiring], T]) -> Callable[[Request], Awaitable[T]]:
    # Asynchronous, since FastAPI runs other functions in a thread.
    async def part(request: Request) -> T:
        wiring: Wiring = request.app.state.wiring
        return read(wiring)

    return part


UsersPart = Annotated[Users, Depends(_part(lambda wiring: wiring.users))]
TrailPart = Annotated[Trail, Depends(_part(lambda wiring: wiring.trail))]
SessionsPart = Annotated[Sessions, Depends(_part(lambda wiring: wiring.sessions))]
SigningKeysPart = Annotated[SigningKeys, Depends(_part(lambda wiring: wiring.signing_keys))]
ApiKeysPart = Annotated[ApiKeys, Depends(_part(lambda wiring: wiring.api_keys))]
PasswordChangePart = Annotated[
    PasswordChange, Depends(_part(lambda wiring: wiring.password_change))
]
AdministrationPart = Annotated[Administration, Depends(_part(lambda wiring: wiring.administration))]
MailedLinksPart = Annotated[MailedLinks, Depends(_part(lambda wiring: wiring.mailed_links))]
OutboxPart = Annotated[Outbox, Depends(_part(lambda wiring: wiring.outbox))]
SignInsPart = Annotated[SignIns, Depends(_part(lambda wiring: wiring.sign_ins))]
QuotaPart = Annotated[Quota, Depends(_part(lambda wiring: wiring.quota))]
BillPart = Annotated[Bill, Depends(_part(lambda wiring: wiring.bill))]
SettlementPart = Annotated[Settlement, Depends(_part(lambda wiring: wiring.settlement))]
WebhookSecretsPart = Annotated[
    WebhookSecrets, Depends(_part(lambda wiring: wiring.webhook_secrets))
]

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100)]
