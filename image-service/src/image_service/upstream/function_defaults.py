"""What an operator may set of the function; an admin may override it while it runs."""

from pydantic import BaseModel, Field

from image_service.comma_lists import read_list
from image_service.sla import promised, promised_count
from image_service.upstream.function_settings import FunctionSettings


class FunctionDefaults(BaseModel):
    function_timeout_s: float = Field(default_factory=promised("function_timeout_s"), gt=0)
    """Seconds that an attempt may take."""
    function_memory_mb: int = Field(default_factory=promised_count("function_memory_mb"), ge=128)
    """Megabytes that an instance may use."""
    retry_delays_s: str = "60,120"
    """Seconds before each further attempt, separated by commas; the last holds for all that follow."""
    max_attempts: int = Field(default_factory=promised_count("max_attempts"), ge=1)
    """Attempts after which an analysis fails."""
    max_event_age_s: float = Field(default_factory=promised("max_event_age_s"), gt=0)
    """Seconds that an analysis may wait before it expires."""

    def function_default(self) -> FunctionSettings:
        """The settings in force until an admin changes them. Raises ValueError without a retry delay."""
        delays = tuple(float(part) for part in read_list(self.retry_delays_s))
        if not delays:
            raise ValueError("RETRY_DELAYS_S names no delay.")
        return FunctionSettings(
            memory_mb=self.function_memory_mb,
            timeout_s=self.function_timeout_s,
            max_attempts=self.max_attempts,
            max_event_age_s=self.max_event_age_s,
            retry_delays=delays,
        )
