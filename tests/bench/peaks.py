"""The most memory that each service takes while clients lean on it: large lists, large bodies, slow
bodies, exports, upload slots and streams, all of them within a minute.

Measured inside the containers, as what cannot be given back: anonymous memory and files in memory. The
process that measures is in the figure, with some 10 MB.
"""

import io
import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from local.environments import SERVICES
from PIL import Image, ImageDraw, ImageFont

from stack.compose import ComposeStack

MB = 1 << 20
LISTED = 105
FILLERS = 8
HOLD_S = 2.0
ASK_S = 60
BUSY = 503
CLARIFAI_BUSY = b'"code": 40030'
"""How Clarifai tells that one input found the service busy; with one input the whole answer is a 500."""
FAIR = frozenset({200, 201, 202, 204, 400, 401, 403, 413, 429, 503})
"""What a system that is leaned on may answer; 400 and 401 are those of the vendors' shapes."""
SAMPLER = """
import re, select, sys
paths = ("/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat")
def held():
    for path in paths:
        try:
            text = open(path).read()
        except OSError:
            continue
        return sum(int(size) for size in re.findall(r"^(?:anon|rss|shmem) (\\d+)$", text, re.M))
    raise SystemExit("no memory.stat")
most = held()
while not select.select([sys.stdin], [], [], 0.02)[0]:
    most = max(most, held())
print(most)
"""


@dataclass
class Peak:
    """Bytes: the most that was held, and the container's limit."""

    held: int = 0
    limit: int = 0


@dataclass
class Load:
    """Carries the loads out. `answers`: by load and status."""

    base_url: str
    page: bytes
    answers: dict[str, Counter[int]] = field(default_factory=dict)

    def sign_up(self, name: str) -> dict[str, str]:
        """The headers of a new user."""
        account = {"email": f"{name}@example.test", "password": "correct horse"}
        with self._http() as http:
            http.post("/v1/users", json=account).raise_for_status()
            form = {"grant_type": "password", "username": account["email"]}
            form["password"] = account["password"]
            token = http.post("/v1/oauth/token", data=form).raise_for_status().json()
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            made = http.post(
                "/v1/me/api-keys",
                headers=bearer,
                json={"name": "load", "scopes": ["analyses:read", "analyses:write", "account"]},
            )
        return {**bearer, "X-Key": made.raise_for_status().json()["key"]}

    def fill(self, user: dict[str, str]) -> list[str]:
        """LISTED analyses of one page with much text; all but the first are answered from it."""

        def submit(http: httpx2.Client) -> str:
            answer = http.post(
                "/v1/analyses",
                headers={**user, "Prefer": "wait=30"},
                files={"image": ("page.png", self.page)},
                data={"operations": ["text"]},
            )
            analysis = answer.raise_for_status().json()
            assert analysis["status"] == "succeeded", analysis["error"]
            return str(analysis["id"])

        with self._http() as http, ThreadPoolExecutor(FILLERS) as pool:
            first = submit(http)
            return [first, *pool.map(submit, [http] * (LISTED - 1))]

    def lists(self, user: dict[str, str], ids: list[str]) -> None:
        """Eight lists of a hundred, and eight whole results."""
        paths = ["/v1/analyses?limit=100"] * 8
        paths += [f"/v1/analyses/{analysis_id}/result" for analysis_id in ids[:8]]
        self._at_once("lists and results", [self._reading(path, user) for path in paths])

    def bodies(self, user: dict[str, str]) -> None:
        """Four calls of Clarifai's API with 20 MiB, and twelve of Rekognition's by nobody, whose last
        bytes are held back."""
        content = "A" * (20 * MB // 4 * 4 - 4096)
        call = {"inputs": [{"data": {"image": {"base64": content}}}]}
        body = json.dumps(call).encode()
        path = "/compat/clarifai/v2/models/face-detection/outputs"
        headers = {"Authorization": f"Key {user['X-Key']}", "Content-Type": "application/json"}
        asking = [self._sending(path, headers, lambda: iter([body]), len(body))] * 4
        size = 8 * MB
        nobody = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Rekognition"}
        asking += [
            self._sending("/compat/rekognition", nobody, lambda: held_back(b"x" * size), size)
        ] * 12
        self._at_once("bodies", asking)

    def slow_uploads(self, user: dict[str, str]) -> None:
        """Five files of 19 MiB, whose last bytes are held back."""
        start = (
            b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n'
            b"Content-Type: image/png\r\n\r\n"
        )
        body = start + bytes(19 * MB) + b"\r\n--b--\r\n"
        headers = {**user, "Content-Type": "multipart/form-data; boundary=b"}
        sending = self._sending("/v1/analyses", headers, lambda: held_back(body), len(body))
        self._at_once("slow uploads", [sending] * 5)

    def exports(self, user: dict[str, str]) -> None:
        """Four at once, each of everything."""
        with self._http() as http:
            links = [self._export_link(http, user) for _ in range(4)]
        self._at_once("exports", [self._reading(link, {}) for link in links])

    @staticmethod
    def _export_link(http: httpx2.Client, user: dict[str, str]) -> str:
        """Asked for again, as told to, while the load before still keeps the system busy."""
        end = time.monotonic() + ASK_S
        while True:
            answer = http.get("/v1/me/export", headers=user)
            if answer.status_code != BUSY or time.monotonic() > end:
                return str(answer.raise_for_status().json()["url"])
            time.sleep(float(answer.headers["Retry-After"]))

    def slots(self, user: dict[str, str]) -> None:
        """Forty promises of 20 MB."""
        wanted = {"content_type": "image/png", "size": 20_000_000}
        body = json.dumps(wanted).encode()
        headers = {**user, "Content-Type": "application/json"}
        asking = self._sending("/v1/uploads", headers, lambda: iter([body]), len(body))
        self._at_once("upload slots", [asking] * 40)

    def streams(self, user: dict[str, str]) -> None:
        """Sixty event streams, each left after a moment."""

        def listen(http: httpx2.Client) -> int:
            with http.stream("GET", "/v1/events", headers=user) as answer:
                time.sleep(HOLD_S)  # the point: they are open together
                return answer.status_code

        self._at_once("event streams", [listen] * 60)

    def _http(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.base_url, timeout=ASK_S, trust_env=False)

    def _reading(self, path: str, headers: dict[str, str]) -> Callable[[httpx2.Client], int]:
        def read(http: httpx2.Client) -> int:
            with http.stream("GET", path, headers=headers) as answer:
                for _ in answer.iter_bytes():
                    pass
                return answer.status_code

        return read

    def _sending(
        self, path: str, headers: dict[str, str], body: Callable[[], Iterator[bytes]], size: int
    ) -> Callable[[httpx2.Client], int]:
        def send(http: httpx2.Client) -> int:
            counted = {**headers, "Content-Length": str(size)}
            answer = http.post(path, headers=counted, content=body())
            return BUSY if CLARIFAI_BUSY in answer.content else answer.status_code

        return send

    def _at_once(self, name: str, asking: list[Callable[[httpx2.Client], int]]) -> None:
        def ask(one: Callable[[httpx2.Client], int]) -> int:
            with self._http() as http:
                try:
                    return one(http)
                except (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
                    return BUSY  # refused, and closed, before the last byte was sent

        with ThreadPoolExecutor(len(asking)) as pool:
            self.answers[name] = Counter(pool.map(ask, asking))


def page_of_text() -> bytes:
    """A PNG of a page at 200 dpi with some 600 words, each of another spelling."""
    page, written = Image.new("L", (1654, 2339), 255), io.BytesIO()
    font, draw = ImageFont.load_default(28), ImageDraw.Draw(page)
    for line in range(60):
        words = " ".join(f"{line * 10 + place:04x}line" for place in range(10))
        draw.text((60, 60 + 37 * line), words, 0, font)
    page.save(written, "PNG")
    return written.getvalue()


def held_back(body: bytes) -> Iterator[bytes]:
    """All but the last bytes, and these after a while."""
    for start in range(0, len(body) - 16, MB):
        yield body[start : min(start + MB, len(body) - 16)]
    time.sleep(HOLD_S)  # the point: a client that is slow
    yield body[-16:]


def measure(stack: ComposeStack) -> tuple[dict[str, Peak], dict[str, Counter[int]]]:
    """The peaks of the services under all loads, one after another, and what was answered. The stack
    reuses results (REUSE_FOR_S), and lets one user ask often."""
    load = Load(stack.base_url, page_of_text())
    user = load.sign_up("leaning")
    ids = load.fill(user)
    with sampling(stack) as peaks:
        load.lists(user, ids)
        for _ in range(2):  # what one leaves behind is not there when the next comes
            load.bodies(user)
            load.slow_uploads(user)
        load.exports(user)
        load.slots(user)
        load.streams(user)
    return peaks, load.answers


@contextmanager
def sampling(stack: ComposeStack) -> Iterator[dict[str, Peak]]:
    """The peaks are filled in when the block ends."""
    environment = stack.environment()
    command = ["docker", "compose", "exec", "--no-TTY"]
    samplers = {
        name: subprocess.Popen(
            [*command, name, "python", "-S", "-E", "-c", SAMPLER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in SERVICES
    }
    peaks = {
        name: Peak(limit=int(stack.inspect(name)["HostConfig"]["Memory"])) for name in SERVICES
    }
    try:
        yield peaks
    finally:
        for name, sampler in samplers.items():
            printed, _ = sampler.communicate("\n", timeout=ASK_S)
            peaks[name].held = int(printed or 0)


def begun(stack: ComposeStack) -> dict[str, str]:
    """When each service's container was last started: who is ended for its memory starts anew."""
    return {name: str(stack.inspect(name)["State"]["StartedAt"]) for name in SERVICES}


def rows(peaks: dict[str, Peak]) -> list[tuple[str, str]]:
    return [
        (
            f"peak memory under load, {name}",
            f"{peak.held / MB:7.1f} MB   {peak.held / peak.limit:.2f} of {peak.limit / MB:.0f} MB",
        )
        for name, peak in peaks.items()
    ]
