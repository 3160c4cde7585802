"""A light load: small pictures from one user, while something happens to the system."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2

from conftest import User, until

PAUSE_S = 0.15
AT_MOST = 300
SETTLE_S = 90


@dataclass
class Load:
    """Submits until the block ends, AT_MOST times. `edge_dies`: nginx itself goes away, so that
    a connection may break without an answer."""

    user: User
    picture: bytes
    edge_dies: bool = False
    accepted: list[str] = field(default_factory=list)
    refused: list[httpx2.Response] = field(default_factory=list)
    broken: int = 0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        until(lambda: self.accepted or None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        for _ in range(AT_MOST):
            if self._stop.wait(PAUSE_S):
                return
            try:
                answer = self.user.post(
                    "/v1/analyses",
                    files={"image": ("p.png", self.picture)},
                    data={"operations": ["metadata"]},
                )
            except httpx2.TransportError:
                self.broken += 1
                continue
            if answer.status_code == httpx2.codes.ACCEPTED:
                self.accepted.append(answer.json()["id"])
            else:
                self.refused.append(answer)

    def more(self, count: int) -> None:
        """Wait until so many more are accepted."""
        enough = len(self.accepted) + count
        until(lambda: len(self.accepted) >= enough or None)

    def check(self) -> None:
        """Everything accepted ends once, and what was refused was refused well."""
        for answer in self.refused:
            assert answer.status_code in (429, 503, 504), (answer.status_code, answer.text)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) >= 1, answer.text
        assert self.edge_dies or self.broken == 0
        listed = until(self._all_ended, SETTLE_S)
        ids = [item["id"] for item in listed]
        assert len(ids) == len(set(ids))
        assert set(self.accepted) <= set(ids)
        assert {item["status"] for item in listed} == {"succeeded"}
        # A request whose answer was lost may have been accepted: it ends and is billed like all.
        assert sorted(until(lambda: self._billed(len(ids)), SETTLE_S)) == sorted(ids)
        assert self.user.usage()["quota"]["used"] == len(ids)

    def _all_ended(self) -> list[dict[str, Any]] | None:
        listed: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = self.user.get(f"/v1/analyses?limit=100{cursor}")
            if answer.status_code != httpx2.codes.OK:
                time.sleep(1)
                return None
            listed += answer.json()["items"]
            if not answer.json()["next_cursor"]:
                return listed if all(item["finished_at"] for item in listed) else None
            cursor = f"&cursor={answer.json()['next_cursor']}"

    def _billed(self, count: int) -> list[str] | None:
        lines: list[str] = []
        cursor = ""
        while True:
            usage = self.user.get(f"/v1/me/usage?limit=100{cursor}").json()
            lines += [line["analysis_id"] for line in usage["line_items"]]
            if not usage["next_cursor"]:
                return lines if len(lines) >= count else None
            cursor = f"&cursor={usage['next_cursor']}"
