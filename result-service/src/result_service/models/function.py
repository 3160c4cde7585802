"""Settings of the image function."""

from pydantic import ConfigDict, Field

from result_service.models.base import Kept


class FunctionSettings(Kept):
    """Settings of the image function that an admin has made; null leaves image-service's own. Memory
    is in MB, and both memory and time stay within AWS Lambda's bounds. `reserved_concurrency` 0
    stops the function."""

    memory_mb: int | None = Field(default=None, ge=128, le=10_240)
    timeout_s: float | None = Field(default=None, ge=1, le=900)
    reserved_concurrency: int | None = Field(default=None, ge=0, le=1000)
    max_attempts: int | None = Field(default=None, ge=1, le=10)
    max_event_age_s: float | None = Field(default=None, ge=60, le=21_600)


class FunctionChanges(FunctionSettings):
    """Settings as an admin sends them: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")
