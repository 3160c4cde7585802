"""The only reader of the environment."""

from pydantic import Field
from sightline_contracts import loader
from sightline_contracts.service_identity import IdentitySettings

_SLA = loader.sla("result-service").settings
_FRESHNESS = loader.sla("gateway").objective("freshness-p95")
IDEMPOTENCY_DAYS = 2


class Settings(IdentitySettings):
    """Addresses of the stores come from `AWS_ENDPOINT_URL_S3` (read by boto3) and `REDIS_URL`.
    `s3_public_url`: where clients reach the object store, if elsewhere. `webhook_delays_s`: seconds
    before each further try. `storage_limit_bytes`: of images that one user may keep."""

    host: str = "127.0.0.1"
    port: int = 8102
    aws_default_region: str = "us-east-1"
    bucket_name: str = "sightline-results"
    redis_url: str = "redis://127.0.0.1:6379/0"
    user_service_url: str = "http://127.0.0.1:8101"
    sweep_interval_s: float = Field(default=_SLA["sweep_interval_s"], gt=0)
    sweep_grace_s: float = Field(default=_SLA["sweep_grace_s"], ge=0)
    completion_pause_s: float = Field(default=_SLA["completion_pause_s"], ge=0)
    queue_wait_s: float = Field(default=_FRESHNESS.target, gt=0)
    webhook_delays_s: str = "15,60,300,1800"
    s3_public_url: str | None = None
    storage_limit_bytes: int = Field(default=int(_SLA["storage_limit_bytes"]), gt=0)
    uploads_kept_days: int = Field(default=int(_SLA["uploads_kept_days"]), ge=1)

    def webhook_delays(self) -> tuple[float, ...]:
        """Raises ValueError for what is no number above 0."""
        delays = tuple(float(part) for part in self.webhook_delays_s.split(","))
        if not all(delay > 0 for delay in delays):
            raise ValueError("WEBHOOK_DELAYS_S must be above 0.")
        return delays

    def days_kept(self) -> dict[str, int]:
        """What the store removes by itself, by prefix: pictures, and what nobody reads any more
        because its Idempotency-Key has ended (a store counts in whole days)."""
        return {
            "uploads/": self.uploads_kept_days,
            "slots/": 1,
            "deleted/": IDEMPOTENCY_DAYS,
            "webhooks/": self.uploads_kept_days,
            "previews/": self.uploads_kept_days,
            "dead-letters/": self.uploads_kept_days,  # without its image none can be redriven
            "redrives/": self.uploads_kept_days,
            "batches/": self.uploads_kept_days,
            "idempotency/": IDEMPOTENCY_DAYS,
        }
