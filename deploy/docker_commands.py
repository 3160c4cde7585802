"""Docker's commands, each with a deadline; an error is one clear line."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND_S = 120


class Failed(Exception):
    """With one clear line."""


def compose(*arguments: str, timeout: float = COMMAND_S) -> str:
    """The environment says which project."""
    return run(["docker", "compose", *arguments], timeout).decode()


def docker(*arguments: str, timeout: float = COMMAND_S) -> str:
    return run(["docker", *arguments], timeout).decode()


def run(command: list[str], timeout: float, given: bytes | None = None) -> bytes:
    """What it printed. Raises Failed."""
    shown = " ".join(command[:4])
    try:
        done = subprocess.run(
            command, cwd=ROOT, input=given, capture_output=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{shown}: {error}") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise Failed(f"{shown}: {lines[-1] if lines else f'status {done.returncode}'}")
    return done.stdout
