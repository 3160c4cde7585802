"""The command in a terminal, as a person uses it."""

import json
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from stub import Asked, Stub, analysis, events, ok, problem

START = "from sightline.commands.app import main; main()"
SOURCE = str(Path(__file__).parents[1] / "src")
WAIT_S = 30
Terminal = pexpect.spawn


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Shell:
    def __init__(self, home: Path, url: str) -> None:
        self._environment = {
            "XDG_CONFIG_HOME": str(home),
            "PYTHONPATH": SOURCE,
            "TERM": "xterm",
            "COLUMNS": "160",
            "SIGHTLINE_URL": url,
            "PATH": "/usr/bin:/bin",
        }
        self.running: list[Terminal] = []

    def start(self, *arguments: str, **environment: str) -> Terminal:
        terminal = Terminal(
            sys.executable,
            ["-c", START, *arguments],
            env={**self._environment, **environment},
            encoding="utf-8",
            timeout=WAIT_S,
            dimensions=(40, 160),
        )
        self.running.append(terminal)
        return terminal

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        terminal = self.start(*arguments, **environment)
        said = terminal.read()
        terminal.close()
        return int(terminal.exitstatus or 0), said


@pytest.fixture
def shell(home: Path, stub: Stub) -> Iterator[Shell]:
    shell = Shell(home, stub.url)
    yield shell
    for terminal in shell.running:
        terminal.close(force=True)


KEY = {"SIGHTLINE_API_KEY": "slk_1"}


def test_a_login_keeps_a_key_and_no_password(shell: Shell, stub: Stub, home: Path) -> None:
    stub.on("POST /v1/oauth/token", ok({"access_token": "a", "refresh_token": "r"}))
    stub.on("POST /v1/me/api-keys", ok({"id": "ak_1", "key": "slk_new"}, 201))
    stub.on("POST /v1/oauth/revoke", ok(None))
    terminal = shell.start("login", "--url", stub.url)
    terminal.expect("E-mail: ")
    terminal.sendline("ada@example.test")
    terminal.expect("Password: ")
    terminal.sendline("correct horse")
    terminal.expect("Signed in as ada@example.test.")
    assert "correct horse" not in terminal.before
    terminal.expect(pexpect.EOF)
    kept = home / "sightline" / "session.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["api_key"] == "slk_new"
    assert "correct" not in kept.read_text()

    stub.on("GET /v1/analyses", ok({"items": [analysis()], "next_cursor": None}))
    code, said = shell.run("ls")
    assert (code, "2 faces, 1 line of text, dog" in said) == (0, True)
    assert stub.asked[-1].headers["X-API-Key"] == "slk_new"

    stub.on("DELETE /v1/me/api-keys/ak_1", ok(None, 204))
    assert shell.run("logout")[0] == 0
    assert not kept.exists()


def test_pictures_of_a_folder_are_analysed(shell: Shell, stub: Stub, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.jpg", ".hidden.png", "notes.txt"):
        (folder / name).write_bytes(name.encode())
    stub.on("POST /v1/analyses", ok(analysis(), 202))
    stub.on("GET /v1/analyses/an_1", ok(analysis()))
    code, said = shell.run("analyze", str(folder), "--operations", "faces,labels", **KEY)
    assert code == 0
    assert said.count("2 faces, 1 line of text, dog") == 2
    assert "hidden" not in said
    keys = [one.headers["Idempotency-Key"] for one in stub.asked if one.method == "POST"]
    assert len(set(keys)) == 2
    shell.run("analyze", str(folder), "--operations", "faces,labels", **KEY)
    again = [one.headers["Idempotency-Key"] for one in stub.asked if one.method == "POST"]
    assert sorted(again) == sorted(keys * 2)  # the system answers what it has begun already


def test_ctrl_c_ends_it_at_once(shell: Shell, stub: Stub) -> None:
    waiting, may_end = threading.Event(), threading.Event()

    def slow(_: Asked) -> tuple[int, dict[str, str], bytes]:
        waiting.set()
        may_end.wait(WAIT_S)
        return events(analysis())

    stub.on("POST /v1/analyses", ok(analysis("queued"), 202))
    stub.on("GET /v1/analyses/an_1", ok(analysis("running")))
    stub.on("GET /v1/analyses/an_1/events", slow)
    terminal = shell.start("analyze", "http://pictures.test/a.png", **KEY)
    assert waiting.wait(WAIT_S)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    may_end.set()
    terminal.close()
    assert terminal.exitstatus == 130
    assert "Traceback" not in terminal.before, terminal.before


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem(404, "not-found"), 4),
        (problem(401, "unauthorized"), 3),
        (problem(403, "insufficient-scope"), 3),
        (problem(429, "quota-exceeded"), 5),
        (problem(422, "invalid-request"), 2),
        (problem(500, "internal"), 1),
    ],
)
def test_a_script_knows_by_the_exit_code(
    shell: Shell, stub: Stub, answer: tuple[int, dict[str, str], bytes], code: int
) -> None:
    stub.on("GET /v1/analyses/an_1", answer)
    found, said = shell.run("get", "an_1", **KEY)
    assert found == code
    assert said.strip().startswith("It is ")


def test_other_exits(shell: Shell, stub: Stub, tmp_path: Path) -> None:
    assert shell.run("ls")[0] == 3  # nobody is signed in
    assert shell.run("ls", SIGHTLINE_URL="http://127.0.0.1:9", **KEY)[0] == 6
    assert shell.run("analyze", str(tmp_path / "nothing.png"), **KEY)[0] == 2
    assert shell.run("nonsense")[0] == 2
    stub.on("POST /v1/analyses", ok(analysis("failed"), 202))
    stub.on("GET /v1/analyses/an_1", ok(analysis("failed")))
    code, said = shell.run("analyze", "http://pictures.test/a.png", "--json", **KEY)
    assert code == 1
    (line,) = (one for one in said.splitlines() if '{"image"' in one)
    done = json.loads(line[line.index("{") : line.rindex("}") + 1])
    assert done["analysis"]["error"]["code"] == "timeout"


def test_what_is_deleted_is_asked_for(shell: Shell, stub: Stub) -> None:
    stub.on("DELETE /v1/analyses/an_1", ok(None, 204))
    terminal = shell.start("rm", "an_1", **KEY)
    terminal.expect("Delete 1 for ever?")
    terminal.sendline("n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, stub.asked) == (1, [])
    assert shell.run("rm", "an_1", "--yes", **KEY)[0] == 0
    assert [one.method for one in stub.asked] == ["DELETE"]


def test_what_is_shared_has_an_address_until_it_is_withdrawn(shell: Shell, stub: Stub) -> None:
    made = {
        "share_id": "sh_1",
        "url": "http://a.test/shared/1",
        "parts": ["page"],
        "expires_at": "2026-11-29T00:00:00.000Z",
    }
    stub.on("POST /v1/analyses/an_1/share", ok(made, 201))
    stub.on("GET /v1/analyses/an_1/share", ok({"items": [made], "next_cursor": None}))
    stub.on("DELETE /v1/analyses/an_1/share/sh_1", ok(None, 204))
    key = {"SIGHTLINE_API_KEY": "slk_1"}
    assert shell.run("share", "an_1", "--hours", "0.5", **key) == (0, f"{made['url']}\r\n")
    assert json.loads(stub.asked[0].body) == {"expires_in": 1800, "parts": ["page"]}
    status, said = shell.run("share", "an_1", "--list", "--format", "csv", **key)
    assert (status, said.splitlines()[1]) == (
        0,
        "sh_1,page,2026-11-29T00:00:00.000Z,http://a.test/shared/1",
    )
    assert shell.run("unshare", "an_1", "sh_1", **key) == (0, "")
