"""What an operator may set of the store."""

from pydantic import BaseModel, Field

from result_service.sla import promised_count

IDEMPOTENCY_DAYS = 2


class StoreSettings(BaseModel):
    aws_default_region: str = "us-east-1"
    """The region of the bucket."""
    bucket_name: str = "sightline-results"
    """The bucket that holds everything. boto3 reads the store's address from `AWS_ENDPOINT_URL_S3`."""
    s3_public_url: str | None = None
    """The address at which clients reach the object store, if it differs."""
    uploads_kept_days: int = Field(default_factory=promised_count("uploads_kept_days"), ge=1)
    """Days after which the store removes images, previews, and what is of no use without them."""

    def days_kept(self) -> dict[str, int]:
        """Days after which the store removes objects by itself, by prefix: pictures, and objects that
        nobody reads once their Idempotency-Key has ended. A store counts in whole days."""
        return {
            "uploads/": self.uploads_kept_days,
            "slots/": 1,
            "deleted/": IDEMPOTENCY_DAYS,
            "webhooks/": self.uploads_kept_days,
            "previews/": self.uploads_kept_days,
            "dead-letters/": self.uploads_kept_days,  # none can be redriven without its image
            "redrives/": self.uploads_kept_days,
            "batches/": self.uploads_kept_days,
            "idempotency/": IDEMPOTENCY_DAYS,
        }
