"""The folder with every user's index, which the processes of one machine may share.

SQLite takes care of their reads and writes. Removing a file is what it cannot do beside others, so that each call
holds the folder's lock as one of many, and a removal holds it alone or does not happen.
"""

import contextlib
import fcntl
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import anyio
import structlog
from anyio.to_thread import run_sync
from prometheus_client import Counter
from sightline_contracts import ids
from sightline_contracts.problems import Unavailable

from result_service.index.schema import VERSION
from result_service.index.user_index import UserIndex

THREADS = 4
LOCK, TENDED = "lock", "tended"
SUFFIX = f".{VERSION}.sqlite"
BESIDE = ("", "-wal", "-shm")
"""SQLite's files of one database, by what is added to its name."""
DAMAGED = Counter("search_indexes_damaged_total", "Indexes of users that were unreadable.")
_log = structlog.get_logger()
T = TypeVar("T")


class IndexFolder:
    """Opens nothing until it is asked. Each method raises Unavailable where the disk does not serve."""

    def __init__(self, folder: Path | None) -> None:
        """Without a folder, a temporary one that goes with the process."""
        self._given = folder
        self._made: Path | None = None
        self._making = threading.Lock()
        self._threads = anyio.CapacityLimiter(THREADS)

    async def use(self, user_id: str, call: Callable[[UserIndex], T]) -> T:
        """What `call` returns, in a thread. An index that is damaged is made anew and empty."""
        return await self._run(lambda: self._use(user_id, call))

    async def remove(self, user_id: str, analysis_ids: Sequence[str]) -> None:
        """Remove analyses from a user's index, where there is one."""
        if await self._run(lambda: self._file(user_id).exists()):
            await self.use(user_id, lambda index: index.remove(analysis_ids))

    async def forget(self, user_id: str) -> None:
        """Leave nothing of a user's index."""
        await self._run(lambda: self._forget(user_id))

    async def users(self) -> list[str]:
        """Those that have an index, the one that was used longest ago first."""
        return await self._run(self._users)

    async def size(self) -> int:
        """Bytes of all indexes."""
        return await self._run(lambda: sum(_size(file) for file in self._folder().iterdir()))

    async def untended_s(self) -> float:
        """Seconds since somebody saw to what was deleted; 0 where nobody has ever."""
        stamp = await self._run(lambda: _used(self._folder() / TENDED))
        return time.time() - stamp if stamp else 0.0

    async def tended(self) -> None:
        """Note that somebody has seen to what was deleted."""
        await self._run(self._tended)

    def close(self) -> None:
        if self._made is not None and self._given is None:
            shutil.rmtree(self._made, ignore_errors=True)

    async def _run(self, function: Callable[[], T]) -> T:
        try:
            return await run_sync(function, limiter=self._threads)
        except (sqlite3.Error, OSError) as error:
            _log.warning("index_failed", error=type(error).__name__)
            raise Unavailable("The search index does not answer.") from error

    def _use(self, user_id: str, call: Callable[[UserIndex], T]) -> T:
        file = self._file(user_id)
        try:
            return self._call(file, call)
        except sqlite3.DatabaseError as error:
            if (
                type(error) is not sqlite3.DatabaseError
            ):  # a subclass says that it is busy, full or misused
                raise
        DAMAGED.inc()
        _log.error("index_damaged", user_id=user_id)
        self._unlink(file)
        return self._call(file, call)

    def _call(self, file: Path, call: Callable[[UserIndex], T]) -> T:
        with self._locked(fcntl.LOCK_SH), UserIndex(file) as index:
            return call(index)

    def _forget(self, user_id: str) -> None:
        file = self._file(user_id)
        if file.exists() and not self._unlink(file):
            self._use(user_id, UserIndex.empty)

    def _tended(self) -> None:
        (self._folder() / TENDED).touch()

    def _unlink(self, file: Path) -> bool:
        """Returns False, with nothing removed, while a call is under way."""
        try:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                for beside in BESIDE:
                    file.with_name(file.name + beside).unlink(missing_ok=True)
        except BlockingIOError:
            return False
        return True

    def _users(self) -> list[str]:
        files = [file for file in self._folder().iterdir() if file.name.endswith(SUFFIX)]
        names = [file.name.removesuffix(SUFFIX) for file in sorted(files, key=_used)]
        return [name for name in names if ids.is_id("us", name)]

    def _file(self, user_id: str) -> Path:
        return self._folder() / f"{user_id}{SUFFIX}"

    def _folder(self) -> Path:
        with self._making:
            if self._made is None:
                if self._given is None:
                    self._made = Path(tempfile.mkdtemp(prefix="search-"))
                else:
                    self._given.mkdir(parents=True, exist_ok=True)
                    self._made = self._given
            return self._made

    @contextlib.contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        with (self._folder() / LOCK).open("a") as lock:
            fcntl.flock(lock, kind)
            yield


def _size(file: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def _used(file: Path) -> float:
    """When it was last written, which each search does."""
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_mtime
    return 0.0
