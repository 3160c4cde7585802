"""What an operator may set of the sweeper."""

from pydantic import BaseModel, Field

from result_service.sla import promised


class SweeperSettings(BaseModel):
    sweep_interval_s: float = Field(default_factory=promised("sweep_interval_s"), gt=0)
    """Seconds between two sweeps."""
    sweep_grace_s: float = Field(default_factory=promised("sweep_grace_s"), ge=0)
    """Seconds for which intents and ends are left to the replica that wrote them."""
