"""What an operator may set of the life of an analysis."""

from pydantic import BaseModel, Field

from result_service.sla import promised, promised_freshness


class AnalysisSettings(BaseModel):
    completion_pause_s: float = Field(default_factory=promised("completion_pause_s"), ge=0)
    """The least number of seconds between two completions."""
    ended_cache_bytes: int = Field(default=32 << 20, ge=0)
    """Bytes of ended analyses that the process keeps in memory; 0 keeps none."""
    queue_wait_s: float = Field(default_factory=promised_freshness, gt=0)
    """Seconds for which a user's oldest analysis may wait before further ones are refused."""
