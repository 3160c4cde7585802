"""Names the concrete parts, top to bottom; tests hand in other settings."""

from dataclasses import dataclass

from sightline_contracts.service_identity import Callers

from user_service.accounts.identities import Identities
from user_service.accounts.links import Links
from user_service.accounts.mailed_links import MailedLinks
from user_service.accounts.passwords import Passwords
from user_service.accounts.trail import Trail
from user_service.accounts.users import Users
from user_service.administration import Administration
from user_service.billing.bill import Bill
from user_service.billing.quota import Quota
from user_service.billing.settlement import Prices, Settlement
from user_service.credentials.api_keys import ApiKeys
from user_service.credentials.password_change import PasswordChange
from user_service.credentials.refresh_tokens import RefreshTokens
from user_service.credentials.sessions import Sessions
from user_service.credentials.signing_keys import SigningKeys
from user_service.credentials.webhook_secrets import WebhookSecrets
from user_service.mail.outbox import Outbox
from user_service.mail.smtp import Smtp
from user_service.providers.calls import ProviderCalls
from user_service.providers.sign_ins import SignIns
from user_service.settings import Settings
from user_service.sla import NAME, UserServiceSla, read_sla
from user_service.table import Table


@dataclass
class Wiring:
    """What the routes, the lifespan and the commands use."""

    table: Table
    users: Users
    signing_keys: SigningKeys
    sessions: Sessions
    password_change: PasswordChange
    trail: Trail
    administration: Administration
    api_keys: ApiKeys
    quota: Quota
    bill: Bill
    settlement: Settlement
    webhook_secrets: WebhookSecrets
    callers: Callers
    outbox: Outbox
    mailed_links: MailedLinks
    sign_ins: SignIns


def real(settings: Settings, server_key: bytes) -> Wiring:
    return wire(settings, server_key, read_sla())


def wire(settings: Settings, server_key: bytes, sla: UserServiceSla) -> Wiring:
    """The use cases on the settings' table."""
    table = Table(settings.table_name, settings.aws_default_region)
    passwords, trail = Passwords(), Trail(table, sla.event_ttl_s)
    users = Users(table, passwords, trail)
    signing_keys = SigningKeys(
        table, server_key, sla, settings.signing_key_lead_s, settings.signing_keys_refresh_s
    )
    quota = Quota(table, settings.monthly_quota, sla.reservation_ttl_s)
    sessions = Sessions(
        table,
        users,
        passwords,
        signing_keys,
        RefreshTokens(server_key, sla.refresh_token_ttl_s),
        trail,
        settings.token_issuer,
        settings.token_audience,
    )
    server, links = settings.mail_server(), Links(table)
    outbox = Outbox(None if server is None else Smtp(server))
    mailing = (outbox, settings.mail_from, settings.public_url)
    prices = Prices(settings.price_per_gb_second, settings.price_per_engine_call)
    return Wiring(
        table=table,
        users=users,
        signing_keys=signing_keys,
        sessions=sessions,
        password_change=PasswordChange(table, users, passwords, sessions, trail, links),
        trail=trail,
        administration=Administration(table, users, sessions, trail),
        api_keys=ApiKeys(table, users, trail, server_key),
        quota=quota,
        bill=Bill(table, users, quota),
        settlement=Settlement(table, prices),
        webhook_secrets=WebhookSecrets(server_key),
        callers=Callers(
            NAME, settings.service_keys_dir, required=settings.service_tokens == "require"
        ),
        outbox=outbox,
        sign_ins=SignIns(
            table,
            Identities(table, users, trail),
            sessions,
            settings.providers(),
            server_key,
            settings.public_url,
            ProviderCalls(),
        ),
        mailed_links=MailedLinks(table, users, trail, links, *mailing),
    )
