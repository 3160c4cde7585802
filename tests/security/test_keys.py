"""The keys of access tokens change while people work, and nobody notices."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx2
import jwt

from conftest import PASSWORD, User, until
from security.ledger import Ledger
from security.people import OVERLOADED, Person, person
from stack.processes import ProcessStack

CLIENTS, READS = 4, 10
LEARNED_S = 180
"""Within a minute user-service looks for new keys again, and a new one is published before it signs."""


@dataclass
class Client:
    """Signs in and reads, again and again, until it is told to stop. `hashing`: one signs in at a
    time, since too many at once are asked to come back, which is no refusal of a key."""

    who: Person
    hashing: threading.Lock
    stopped: threading.Event
    answers: Counter[str] = field(default_factory=Counter)
    kids: set[str] = field(default_factory=set)

    def run(self) -> None:
        url = self.who.http.base_url
        with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
            while not self.stopped.is_set():
                self._token(http)
                headers = self.who.bearer
                for _ in range(READS):
                    self._note("read", http.get("/v1/me", headers=headers))

    def _token(self, http: httpx2.Client) -> None:
        """One by the password, and one by the refresh token that came with it."""
        form = {"username": self.who.user.email, "password": PASSWORD, "grant_type": "password"}
        with self.hashing:
            answer = http.post("/v1/oauth/token", data=form)
        if answer.status_code == OVERLOADED:  # other tests' doing: it is asked again
            return
        self._note("sign in", answer)
        form = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
        answer = http.post("/v1/oauth/token", data=form)
        self._note("refresh", answer)
        self.who.access_token = answer.json()["access_token"]
        self.kids.add(str(jwt.get_unverified_header(self.who.access_token)["kid"]))

    def _note(self, what: str, answer: httpx2.Response) -> None:
        self.answers["good" if answer.status_code == 200 else f"{what} {answer.status_code}"] += 1


def test_keys_rotate_and_nobody_is_refused(
    ledger: Ledger, stack: ProcessStack, sign_up: Callable[[], User]
) -> None:
    hashing, stopped = threading.Lock(), threading.Event()
    clients = [Client(person(sign_up()), hashing, stopped) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs = [pool.submit(one.run) for one in clients]
        try:
            until(lambda: all(one.kids for one in clients) or None)
            before = set().union(*(one.kids for one in clients))
            new = stack.command("user-service", "keys", "rotate").split()[1].rstrip(",")
            until(lambda: all(new in one.kids for one in clients) or None, LEARNED_S)
        finally:
            stopped.set()
        for job in jobs:
            job.result()
    assert new not in before
    answers = sum((one.answers for one in clients), Counter[str]())
    refused = [f"{name} ({count})" for name, count in answers.items() if name != "good"]
    ledger.none("requests while a key takes over", answers.total(), "refused", refused)
