"""What a client is told once: where the system is, who calls, and how patient it is."""

import random
from dataclasses import dataclass

BASE_URL = "http://127.0.0.1:8080"
FIRST_PAUSE_S, PAUSE_AT_MOST_S = 0.5, 20.0


@dataclass
class Settings:
    """`api_key` or `access_token` go along with each call; a `refresh_token` gets a new access token when the old
    one has ended. `retries`: so many times a call is sent again. `timeout_s`: of one call."""

    base_url: str = BASE_URL
    api_key: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    timeout_s: float = 30.0
    retries: int = 3

    def credentials(self) -> dict[str, str]:
        if self.access_token is not None:
            return {"Authorization": f"Bearer {self.access_token}"}
        return {} if self.api_key is None else {"X-API-Key": self.api_key}


def pause_s(attempt: int) -> float:
    """Before the attempt after that many, with full jitter, so that many clients do not come back at once."""
    return random.uniform(0, min(PAUSE_AT_MOST_S, FIRST_PAUSE_S * 2**attempt))  # noqa: S311  # no secret
