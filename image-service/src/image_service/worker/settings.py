"""What an operator may set of the worker."""

from pydantic import BaseModel, Field

from image_service.sla import promised


class WorkerSettings(BaseModel):
    lease_s: float = Field(default_factory=promised("lease_s"), gt=0)
    """Seconds after which another worker takes over the messages of a silent one."""
    reuse_for_s: float = Field(default=86_400, ge=0)
    """Seconds for which a picture's result answers for the same picture again; 0 turns that off."""
    drain_s: float = Field(default=8.0, ge=0)
    """Seconds in which a stopping worker finishes the analyses under way."""
