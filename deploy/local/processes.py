"""Child processes that end with the launcher, whatever ends the launcher."""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.errors import StackError

TERM_S = 15
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if os.uname().sysname == "Linux" else None


class Child:
    """One process in a group of its own, with a log file."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # no threads run while a stack starts
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Raises StackError when it has ended."""
        status = self._process.poll()
        if status is not None:
            raise StackError(f"{self.name} ended with status {status}: {self.last_line()}")

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1][:300]} (all of it: {self.log})" if lines else f"see {self.log}"

    def stop(self) -> None:
        """SIGTERM, SIGKILL if that does not help, and nothing of its group is left."""
        if self.alive():
            self._process.terminate()
            try:
                self._process.wait(TERM_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.kill()

    def kill(self) -> None:
        """SIGKILL the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(TERM_S)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the whole group."""
        os.killpg(self._process.pid, number)


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
