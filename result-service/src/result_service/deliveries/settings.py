"""What an operator may set of announcements and webhooks."""

from pydantic import BaseModel


class DeliverySettings(BaseModel):
    redis_url: str = "redis://127.0.0.1:6379/0"
    """The Redis that holds the queues and the hints."""
    webhook_delays_s: str = "15,60,300,1800"
    """Seconds before each further attempt at a webhook, separated by commas."""

    def webhook_delays(self) -> tuple[float, ...]:
        """Raises ValueError unless every delay is a number above 0."""
        delays = tuple(float(part) for part in self.webhook_delays_s.split(","))
        if not all(delay > 0 for delay in delays):
            raise ValueError("WEBHOOK_DELAYS_S must be above 0.")
        return delays
