"""Secrets that are known when they are seen again, and a way to send each of them everywhere."""

import contextlib
import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2

from conftest import Origin, User, until
from security.people import OVERLOADED


@dataclass
class Trail:
    """Secrets by name, and what was answered to requests that were refused."""

    secrets: dict[str, str] = field(default_factory=dict)
    refused: list[httpx2.Response] = field(default_factory=list)

    def new(self, name: str, start: str = "") -> str:
        self.secrets[name] = f"{start}canary{secrets.token_hex(12)}"
        return self.secrets[name]

    def note(self, answer: httpx2.Response) -> httpx2.Response:
        assert answer.status_code >= 400, f"{answer.request.url} was to be refused"
        self.refused.append(answer)
        return answer


def with_text(picture: bytes, text: str) -> bytes:
    """A PNG with a text in it, and once more after its end."""
    content = b"Comment\0" + text.encode()
    chunk = struct.pack(">I", len(content)) + b"tEXt" + content
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + content))
    return picture[:33] + chunk + picture[33:] + text.encode()


@contextlib.contextmanager
def somebody(trail: Trail, base_url: str) -> Iterator[User]:
    """Somebody whose e-mail address, password and credentials are all to be found again."""
    with httpx2.Client(base_url=base_url, timeout=30, trust_env=False) as http:
        email, password = f"{trail.new('e-mail')}@example.test", trail.new("password")
        sign_up = {"email": email, "password": password, "display_name": trail.new("name")}
        assert http.post("/v1/users", json=sign_up).status_code == 201
        form = {"grant_type": "password", "username": email, "password": password}

        def tokens() -> dict[str, str] | None:
            answer = http.post("/v1/oauth/token", data=form)
            return dict(answer.json()) if answer.status_code != OVERLOADED else None

        found = until(tokens)
        trail.secrets["access token"] = found["access_token"].rpartition(".")[2]
        trail.secrets["refresh token"] = found["refresh_token"].rpartition(".")[2]
        yield User(http, email, {"Authorization": f"Bearer {found['access_token']}"})


def use_all(user: User, trail: Trail, picture: bytes, origin: Origin) -> None:
    """Everything once in the way in which it is meant."""
    made = user.post("/v1/me/api-keys", json={"name": "k", "scopes": ["account"]}).json()
    trail.secrets["API key"] = made["key"].split("_", 2)[2]
    assert user.http.get("/v1/me", headers={"X-API-Key": made["key"]}).status_code == 200
    secret = user.get("/v1/me/webhook-secret").json()["secret"]
    trail.secrets["webhook secret"] = secret.removeprefix("whsec_")
    query, hook = (
        trail.new("query of an image's address"),
        trail.new("query of a webhook's address"),
    )
    origin.pages[f"/a.png?token={query}"] = (
        200,
        {},
        with_text(picture, trail.new("fetched bytes")),
    )
    options = {
        "operations": ["metadata"],
        "metadata": {"note": trail.new("metadata")},
        "webhook_url": f"{origin.url}/hook?key={hook}",
    }
    ended = user.ended(user.submit_url(f"{origin.url}/a.png?token={query}")["id"])
    assert ended["status"] == "succeeded"
    answer = user.post("/v1/analyses", json={"image_url": f"{origin.url}/{query}", **options})
    assert user.ended(answer.json()["id"])["status"] == "failed"
    uploaded = with_text(picture, trail.new("uploaded bytes"))
    user.ended(user.submit_file(uploaded, data={"operations": "metadata"})["id"])
    searched = trail.new("words that are searched for")
    for wanted in ({"q": trail.secrets["metadata"]}, {"text": searched}, {"label": searched}):
        assert user.get("/v1/analyses", params=wanted).status_code == 200
    link = user.get("/v1/me/export").json()["url"]
    trail.secrets["export link"] = link.rpartition("/")[2]
    assert user.http.get(link).status_code == 200
    until(lambda: any(hook in path for path, _, _ in origin.posted) or None)


def be_refused(user: User, trail: Trail) -> None:
    """Everything once where it is not taken."""
    password, email = trail.secrets["password"], user.email
    for grant in (
        {"username": email, "password": password + "x"},
        {"username": "x" + email, "password": password},
        {"password": password},
        {"username": email, "password": password * 40},
    ):
        trail.note(user.http.post("/v1/oauth/token", data={"grant_type": "password", **grant}))
    for body in (
        {"email": email, "password": password},
        {"email": email, "password": [password]},
        {"email": password, "password": password},
        {"email": [email], "password": password},
        {"email": email, "password": password * 40},
    ):
        trail.note(user.http.post("/v1/users", json=body))
    trail.note(
        user.request("PATCH", "/v1/me", json={"password": password, "current_password": "x"})
    )
    trail.note(
        user.request("PATCH", "/v1/me", json={"password": "x", "current_password": password})
    )
    searched = trail.secrets["words that are searched for"]
    for wanted in ({"q": searched * 10}, {"face_count": searched}, {"from": searched}):
        trail.note(user.get("/v1/analyses", params=wanted))
    info = trail.new("user-info of an address")
    for name in ("image_url", "webhook_url"):
        other = {"image_url": "http://x.test/a"} if name != "image_url" else {}
        trail.note(user.post("/v1/analyses", json={**other, name: f"http://u:{info}@x.test/"}))
    batch = {"items": [{"image_url": f"http://u:{info}@x.test/"}]}
    answer = user.post("/v1/batches", json=batch)
    assert info not in answer.text
    token = user.headers["Authorization"].removeprefix("Bearer ")
    key, refresh = trail.secrets["API key"], trail.secrets["refresh token"]
    for headers in (
        {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Key {key}"},
        {"X-API-Key": f"slk_x_{key}"},
        {"X-API-Key": f"slk_{'0' * 26}_{key}"},
        {"Authorization": f"Bearer {refresh}"},
        {"Cookie": f"a={refresh}"},
    ):
        trail.note(user.http.get("/v1/me", headers=headers))
    used = {"grant_type": "refresh_token", "refresh_token": refresh}
    trail.note(user.http.post("/v1/oauth/token", data=used))
    trail.note(user.http.get(f"/v1/exports/{trail.secrets['export link']}"))
