"""Who sends the jobs, and what they were told: the history that is checked afterwards."""

import threading
import time
import uuid
from dataclasses import dataclass, field

import httpx2

PASSWORD = "correct horse"
USERS = 4
SCOPES = ["analyses:read", "analyses:write", "account"]
JOB_S = 180
ASK_S = 12
PATIENCE_S = 10.0


@dataclass
class Job:
    """`analysis_id` when it was accepted; None when no answer was ever heard."""

    user: int
    key: str
    analysis_id: str | None = None


@dataclass
class Clients:
    """Each job is sent with an Idempotency-Key until it is known to be accepted."""

    base_url: str
    picture: bytes
    jobs: list[Job] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_up(self) -> None:
        with httpx2.Client(base_url=self.base_url, timeout=ASK_S, trust_env=False) as http:
            for _ in range(USERS):
                who = {"email": f"{uuid.uuid4().hex}@example.test", "password": PASSWORD}
                http.post("/v1/users", json=who).raise_for_status()
                form = {"grant_type": "password", "username": who["email"], "password": PASSWORD}
                answer = http.post("/v1/oauth/token", data=form).raise_for_status()
                token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
                # A run may take longer than a token lives.
                key = {"name": "chaos", "scopes": SCOPES}
                made = http.post("/v1/me/api-keys", json=key, headers=token).raise_for_status()
                self.headers.append({"X-API-Key": made.json()["key"]})

    def run(self, http: httpx2.Client) -> None:
        with self._lock:
            job = Job(len(self.jobs) % USERS, uuid.uuid4().hex)
            self.jobs.append(job)
        end = time.monotonic() + JOB_S
        wait_s = 0.1
        while job.analysis_id is None and time.monotonic() < end:
            try:
                wait_s = self._send(http, job) or min(2 * wait_s, PATIENCE_S)
            except httpx2.TransportError:
                wait_s = min(2 * wait_s, 1.0)
            if job.analysis_id is None:
                time.sleep(wait_s)

    def _send(self, http: httpx2.Client, job: Job) -> float | None:
        """Seconds to wait, where the answer says so."""
        answer = http.post(
            "/v1/analyses",
            headers={**self.headers[job.user], "Idempotency-Key": job.key},
            files={"image": ("picture.png", self.picture)},
            data={"operations": ["metadata", "hash"]},
        )
        if answer.status_code == httpx2.codes.ACCEPTED:
            job.analysis_id = answer.json()["id"]
            return None
        assert answer.status_code in (409, 429, 502, 503, 504), answer.text
        return min(float(answer.headers.get("Retry-After", 0)), PATIENCE_S) or None
