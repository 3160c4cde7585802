"""A running system: at BASE_URL where one is given, else one of our own for the session, of
processes or, with STACK=compose, of containers, or with STACK=kubernetes of pods; with STACK=skew one part is a
release."""

import contextlib
import io
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from local.environments import samples
from local.stack import MODELS
from PIL import Image, ImageDraw, ImageFont

from skew.releases import PARTS, previous
from stack.compose import OUTSIDE, ComposeStack, bridge_address, engine_answers
from stack.kubernetes import KubernetesStack, node_address, why_not
from stack.processes import ProcessStack
from stack.released import Released
from stack.system import System

pytest_plugins = ["security.ledger"]
T = TypeVar("T")
PASSWORD = "correct horse"
END_S = 60
FAST = {
    "*": {"LEASE_S": "2", "SWEEP_INTERVAL_S": "0.5", "SWEEP_GRACE_S": "1"},
    # The same few pictures again and again, each of which is to be run.
    "image-service": {"RETRY_DELAYS_S": "0.2,0.2", "REUSE_FOR_S": "0"},
    # Longer than user-service and a gateway after it may take to look for keys again.
    "user-service": {"SIGNING_KEYS_REFRESH_S": "2", "SIGNING_KEY_LEAD_S": "15"},
    "result-service": {"WEBHOOK_DELAYS_S": "1,1,1,1"},
    "gateway": {"REQUESTS_PER_MINUTE": "100000", "JWKS_MIN_INTERVAL_S": "2"},
    "static-cdn": {"CREDENTIAL_REQUESTS_PER_SECOND": "100000"},
}


COMPOSE = os.environ.get("STACK") == "compose"
KUBERNETES = os.environ.get("STACK") == "kubernetes"
SKEW = os.environ.get("STACK") == "skew"
if SKEW:
    # Releases before SIGNING_KEYS_REFRESH_S and JWKS_MIN_INTERVAL_S look after 60 and 30 seconds.
    FAST["user-service"] = {"SIGNING_KEY_LEAD_S": "95"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With STACK=skew a test runs once for each part that was released before, with that release
    in the place of what lies here. skew/test_skew.py fails for a part that never was."""
    if SKEW and "own_stack" in metafunc.fixturenames:
        found = [release for name in PARTS if (release := previous(name))]
        names = [release.name for release in found]
        metafunc.parametrize("released", found, ids=names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def released(request: pytest.FixtureRequest) -> Released | None:
    """The part that runs as it was released; None where all is as it lies here."""
    return getattr(request, "param", None)


class Origin(ThreadingHTTPServer):
    """A web server with pictures, whose answers a test chooses: path → (status, headers, body).
    `name` is what image-service calls it; it listens where image-service reaches it."""

    daemon_threads = True

    def __init__(self, name: str = "") -> None:
        address = "127.0.0.1"
        if COMPOSE or KUBERNETES:
            address = bridge_address() if COMPOSE else node_address()
        super().__init__((address, 0), _Pages)
        self.name = name if COMPOSE and name else address
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.posted: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://{self.name}:{self.server_port}"

    def forget(self) -> None:
        """What one system was answered and has sent is nothing to the next."""
        for kept in (self.pages, self.asked, self.posted):
            kept.clear()


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Origin)
        server.asked.append(self.path)
        status, headers, body = server.pages.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:  # an empty one leaves the header out
                self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a fetcher hangs up on what is too long
            self.wfile.write(body)

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Origin)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.posted.append((self.path, dict(self.headers), body))
        self.do_GET()

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002
        """Nothing."""


def _serving(origin: Origin) -> Iterator[Origin]:
    thread = threading.Thread(target=origin.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield origin
    origin.shutdown()
    origin.server_close()
    thread.join()


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """One that image-service may fetch from."""
    _needs_an_engine()
    yield from _serving(Origin(OUTSIDE))


@pytest.fixture(scope="session")
def forbidden() -> Iterator[Origin]:
    """One on a private address that it may not fetch from."""
    _needs_an_engine()
    yield from _serving(Origin())


@pytest.fixture(scope="session")
def own_stack(origin: Origin, released: Released | None) -> Iterator[System | None]:
    """None when BASE_URL says where the system is."""
    if os.environ.get("BASE_URL"):
        yield None
        return
    origin.forget()
    os.environ["FETCH_ALLOWED_ORIGINS"] = origin.url
    with _stack(released) as stack:
        yield stack


def _stack(released: Released | None) -> System:
    if COMPOSE:
        return ComposeStack(FAST)
    return KubernetesStack(FAST) if KUBERNETES else ProcessStack(settings=FAST, released=released)


def _needs_an_engine() -> None:
    if KUBERNETES and (reason := why_not()):
        pytest.skip(reason)
    if COMPOSE and not engine_answers():
        pytest.skip("no Docker engine with Compose answers")


@pytest.fixture(scope="session")
def base_url(own_stack: System | None) -> str:
    return os.environ["BASE_URL"].rstrip("/") if own_stack is None else own_stack.base_url


@pytest.fixture
def stack(own_stack: System | None) -> System:
    """A stack whose parts a test may stop; they run again afterwards."""
    if own_stack is None:
        pytest.skip("BASE_URL is given: its parts are not ours to stop")
    return own_stack


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The sample pictures: astronaut.png, coffee.png, chelsea.png."""
    return samples()


@pytest.fixture(scope="session")
def letter() -> bytes:
    """A PNG of two lines: "Dear reader", "Invoice 4711"."""
    picture, written = Image.new("RGB", (640, 320), "white"), io.BytesIO()
    for number, line in enumerate(("Dear reader", "Invoice 4711")):
        place = (50, 60 + 100 * number)
        ImageDraw.Draw(picture).text(place, line, "black", ImageFont.load_default(40))
    picture.save(written, "PNG")
    return written.getvalue()


SIGHTLINE = (
    "1fcb7f 105a41 17595d 174a5d 17515d 105341 1fd57f "
    "001f00 1a6c76 0ebc7f 03edad 058248 1cd501 001ea2 "
    "1fd4b2 1047a0 174ef2 175e37 174535 1050f0 1fdf32"
)
"""The QR code of that word, version 1: a row of 21 modules each, dark ones as set bits."""


@pytest.fixture(scope="session")
def code() -> bytes:
    """A PNG with that code in its middle."""
    rows = [f"{int(row, 16):021b}" for row in SIGHTLINE.split()]
    drawn = Image.new("L", (21, 21))
    drawn.putdata([0 if module == "1" else 255 for row in rows for module in row])
    picture, written = Image.new("RGB", (640, 480), "white"), io.BytesIO()
    picture.paste(drawn.resize((210, 210), Image.Resampling.NEAREST), (215, 135))
    picture.save(written, "PNG")
    return written.getvalue()


@dataclass
class User:
    """Somebody with an account, and what they do."""

    http: httpx2.Client
    email: str
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        headers = {**self.headers, **arguments.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> httpx2.Response:
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx2.Response:
        return self.request("POST", path, **arguments)

    def delete(self, analysis_id: str) -> int:
        return int(self.request("DELETE", f"/v1/analyses/{analysis_id}").status_code)

    def submit_file(self, picture: Path | bytes, **arguments: Any) -> dict[str, Any]:
        data = picture if isinstance(picture, bytes) else picture.read_bytes()
        answer = self.post("/v1/analyses", files={"image": ("picture", data)}, **arguments)
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json())

    def submit_url(self, image_url: str, **arguments: Any) -> dict[str, Any]:
        answer = self.post("/v1/analyses", json={"image_url": image_url}, **arguments)
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json())

    def ended(self, analysis_id: str) -> dict[str, Any]:
        """The analysis when it has ended."""

        def look() -> dict[str, Any] | None:
            answer = self.get(f"/v1/analyses/{analysis_id}?wait=5")
            if answer.status_code >= 500:
                return None  # a part is away in this test; the next look decides
            analysis = dict(answer.json())
            return analysis if analysis["status"] not in ("queued", "running") else None

        return until(look)

    def usage(self) -> dict[str, Any]:
        return dict(self.get("/v1/me/usage?limit=100").json())


def until(look: Callable[[], T | None], seconds: float = END_S) -> T:
    """The first answer of `look` that is not None, within a deadline."""
    end = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < end, f"not within {seconds:g} s"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="session")
def tiny() -> bytes:
    """A picture as small as one can be."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    return picture.getvalue()


@pytest.fixture
def sign_up(base_url: str) -> Iterator[Callable[[], User]]:
    """A new user, signed in, each time it is called."""
    with httpx2.Client(base_url=base_url, timeout=60, trust_env=False) as http:

        def make() -> User:
            email = f"{uuid.uuid4().hex}@example.test"
            made = http.post("/v1/users", json={"email": email, "password": PASSWORD})
            assert made.status_code == 201, made.text
            form = {"grant_type": "password", "username": email, "password": PASSWORD}
            tokens = http.post("/v1/oauth/token", data=form).json()
            return User(http, email, {"Authorization": f"Bearer {tokens['access_token']}"})

        yield make


@pytest.fixture
def user(sign_up: Callable[[], User]) -> User:
    return sign_up()


@pytest.fixture
def admin(stack: System, sign_up: Callable[[], User]) -> User:
    user = sign_up()
    stack.command("user-service", "admin", user.email)
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    token = user.http.post("/v1/oauth/token", data=form).json()["access_token"]
    return User(user.http, user.email, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def model() -> None:
    if not os.environ.get("MODELS_DIR") and not list(MODELS.glob("*.onnx")):
        pytest.skip("the face model is not there: make models")
