"""The only reader of the environment."""

from decimal import Decimal
from pathlib import Path

from pydantic import Field
from sightline_contracts.service_identity import IdentitySettings

from user_service.sla import promised_count

SERVER_KEY_BYTES = 32


class Settings(IdentitySettings):
    """`server_key_file`: at least 32 random bytes from which signing keys and API keys are
    derived. `signing_key_lead_s`: for how long a new key is published before it signs: at least
    `signing_keys_refresh_s`, after which a replica reads the keys again, and the time in which gateways ask
    again (their `jwks_min_interval_s`). Prices are in US dollars."""

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
