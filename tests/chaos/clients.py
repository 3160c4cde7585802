"""Who sends the jobs, and what they were told: the history that is checked afterwards."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2

PASSWORD = "correct horse"
USERS = 4
SCOPES = ["analyses:read", "analyses:write", "account"]
JOB_S = 180
ASK_S = 12
PATIENCE_S = 10.0
FATES = ("keep",) * 6 + ("webhook", "text", "cancel", "delete")
"""What becomes of a job, by its number: kept, kept and told to a webhook, kept with text recognition asked
for, canceled (and told), deleted (and told of what it came to before)."""
TOLD_TO_A_WEBHOOK = ("webhook", "cancel", "delete")
LATER = (409, 429, 502, 503, 504)


@dataclass
class Job:
    """`analysis_id` when it was accepted; None when no answer was ever heard. `told`: what the last
    answer to its cancel or its deletion was. `deleted_at`: the Unix time of that answer."""

    user: int
    key: str
    fate: str
    analysis_id: str | None = None
    told: int | None = None
    deleted_at: float | None = None


@dataclass
class Clients:
    """Each job is sent with an Idempotency-Key until it is known to be accepted."""

    base_url: str
    picture: bytes
    webhook_url: str
    jobs: list[Job] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
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
                secret = http.get("/v1/me/webhook-secret", headers=token).raise_for_status()
                self.secrets.append(secret.json()["secret"])

    def run(self, http: httpx2.Client) -> None:
        with self._lock:
            number = len(self.jobs)
            job = Job(number % USERS, uuid.uuid4().hex, FATES[number % len(FATES)])
            self.jobs.append(job)
        self._accept(http, job)
        if job.analysis_id is not None:
            self._end(http, job, f"/v1/analyses/{job.analysis_id}")

    def _end(self, http: httpx2.Client, job: Job, path: str) -> None:
        """Cancel or delete it, as often as it takes. What is deleted is not made again by the request
        that made it."""
        if job.fate == "cancel":
            job.told = self._told(
                lambda: http.post(f"{path}/cancel", headers=self.headers[job.user])
            )
        elif job.fate == "delete":
            job.told = self._told(lambda: http.delete(path, headers=self.headers[job.user]))
            job.deleted_at = time.time()
            again = self._told(lambda: self._post(http, job))
            assert again == httpx2.codes.NOT_FOUND, f"sent again it was answered {again}"

    @staticmethod
    def _told(ask: Callable[[], httpx2.Response]) -> int:
        """The status of the first answer that says how it is. Raises AssertionError after JOB_S."""
        end = time.monotonic() + JOB_S
        while time.monotonic() < end:
            try:
                answer = ask()
            except httpx2.TransportError:
                time.sleep(0.5)
                continue
            finished = (
                answer.json()["type"].endswith("already-finished")
                if answer.status_code == 409
                else False
            )
            if answer.status_code not in LATER or finished:
                return answer.status_code
            time.sleep(min(float(answer.headers.get("Retry-After", 0.5)), PATIENCE_S))
        raise AssertionError("no answer said how it is")

    def _accept(self, http: httpx2.Client, job: Job) -> None:
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
        answer = self._post(http, job)
        if answer.status_code == httpx2.codes.ACCEPTED:
            job.analysis_id = answer.json()["id"]
            return None
        assert answer.status_code in LATER, answer.text
        return min(float(answer.headers.get("Retry-After", 0)), PATIENCE_S) or None

    def _post(self, http: httpx2.Client, job: Job) -> httpx2.Response:
        options = {"operations": ["text"] if job.fate == "text" else ["metadata", "hash"]}
        if job.fate in TOLD_TO_A_WEBHOOK:
            options["webhook_url"] = [self.webhook_url]
        return http.post(
            "/v1/analyses",
            headers={**self.headers[job.user], "Idempotency-Key": job.key},
            files={"image": ("picture.png", self.picture)},
            data=options,
        )
