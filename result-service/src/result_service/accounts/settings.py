"""What an operator may set of users' storage and of user-service."""

from pydantic import BaseModel, Field

from result_service.sla import promised_count


class AccountSettings(BaseModel):
    user_service_url: str = "http://127.0.0.1:8101"
    """Where user-service is."""
    storage_limit_bytes: int = Field(default_factory=promised_count("storage_limit_bytes"), gt=0)
    """Bytes of images that one user may keep."""
