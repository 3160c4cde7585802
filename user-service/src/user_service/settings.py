"""The only reader of the environment."""

from decimal import Decimal
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field
from sightline_contracts.service_identity import IdentitySettings

from user_service.mail.smtp import MailServer, read_server
from user_service.providers.configuration import Provider, read_providers
from user_service.sla import promised_count

SERVER_KEY_BYTES = 32


class Settings(IdentitySettings):
    """`server_key_file`: at least 32 random bytes from which signing keys and API keys are
    derived. `signing_key_lead_s`: for how long a new key is published before it signs: at least
    `signing_keys_refresh_s`, after which a replica reads the keys again, and the time in which gateways ask
    again (their `jwks_min_interval_s`). Prices are in US dollars. `smtp_url`: the mail server, as
    `smtp://host:25`, `smtp+starttls://user@host:587` or `smtps://user@host:465`; without it no mail is sent, and
    nothing that needs one is offered. `mail_from`: the address that mails come from. `public_url`: where the web
    app is, for the links in mails and for providers. `oidc_providers_file`: the identity providers, as a JSON array
    (docs/accounts.md)."""

    host: str = "127.0.0.1"
    port: int = 8101
    aws_default_region: str = "us-east-1"
    table_name: str = "sightline-users"
    server_key_file: Path | None = None
    token_issuer: str = "sightline"  # noqa: S105
    token_audience: str = "sightline-api"  # noqa: S105
    signing_key_lead_s: int = Field(default_factory=promised_count("signing_key_lead_s"), ge=1)
    signing_keys_refresh_s: int = Field(default=60, ge=1)
    monthly_quota: int = Field(default_factory=promised_count("monthly_quota"), ge=1)
    smtp_url: str = ""
    smtp_password_file: Path | None = None
    mail_from: str = ""
    public_url: str = "http://127.0.0.1:8080"
    oidc_providers_file: Path | None = None
    price_per_gb_second: Decimal = Decimal("0.004")
    price_per_engine_call: Decimal = Decimal("0.001")

    def server_key(self) -> bytes:
        """Raises ValueError when there is no file, or too little in it."""
        if self.server_key_file is None:
            raise ValueError("SERVER_KEY_FILE is not set.")
        key = self.server_key_file.read_bytes()
        if len(key) < SERVER_KEY_BYTES:
            raise ValueError(f"SERVER_KEY_FILE holds less than {SERVER_KEY_BYTES} bytes.")
        return key

    def mail_server(self) -> MailServer | None:
        """None where there is none. Raises ValueError where it, `mail_from` or `public_url` is no such thing."""
        if not self.smtp_url:
            return None
        host = self._public_host()
        try:
            Address(addr_spec=self.mail_from)
        except (HeaderParseError, ValueError, IndexError) as error:
            raise ValueError("MAIL_FROM is not an e-mail address.") from error
        password = self._smtp_password()
        return read_server(self.smtp_url, password, host)

    def providers(self) -> dict[str, Provider]:
        """By their ids. Raises ValueError where they, or `public_url`, are no such thing."""
        found = read_providers(self.oidc_providers_file)
        if found:
            self._public_host()
        return found

    def _public_host(self) -> str:
        site = urlsplit(self.public_url)
        if site.scheme not in ("http", "https") or not site.hostname or site.query or site.fragment:
            raise ValueError("PUBLIC_URL is not http:// or https:// with a host.")
        return site.hostname

    def _smtp_password(self) -> str | None:
        """An empty file is none: compose mounts one where nothing is set."""
        if self.smtp_password_file is None:
            return None
        return self.smtp_password_file.read_text().strip() or None
