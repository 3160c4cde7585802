"""What is refused, with which problem, and what stays unharmed."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conftest import Origin, User, until
from stack.system import System

pytestmark = [pytest.mark.usefixtures("own_stack"), pytest.mark.one_version]


def png_of(width: int, height: int) -> bytes:
    """A well-formed PNG of any size, one bit a pixel, that is small on the wire."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def cut_jpeg(pictures: Path, share: float) -> bytes:
    whole = io.BytesIO()
    Image.open(pictures / "astronaut.png").convert("RGB").save(whole, "JPEG")
    return whole.getvalue()[: round(share * whole.tell())]


def failed(user: User, analysis: dict[str, Any]) -> tuple[str, int]:
    """The error code of an analysis that must fail, and its attempts."""
    ended = user.ended(analysis["id"])
    assert ended["status"] == "failed", ended
    assert user.get(f"/v1/analyses/{ended['id']}/result").status_code == 404
    return ended["error"]["code"], ended["error"]["attempts"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html><title>no</title>", "not-an-image"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not-an-image"),
        (b"just words", "not-an-image"),
        (b"\x89PNG\r\n\x1a\n", "not-an-image"),
        (b"%PDF-1.7", "not-an-image"),
    ],
    ids=["html", "svg", "text", "png-signature", "pdf"],
)
def test_what_is_not_an_image_ends_at_once(
    user: User, origin: Origin, content: bytes, code: str
) -> None:
    assert failed(user, user.submit_file(content)) == (code, 1)
    origin.pages["/page"] = (200, {"Content-Type": "image/png"}, content)
    assert failed(user, user.submit_url(f"{origin.url}/page")) == (code, 1)


def test_a_jpeg_of_which_most_is_missing_is_damaged(user: User, pictures: Path) -> None:
    assert failed(user, user.submit_file(cut_jpeg(pictures, 0.3))) == ("image-undecodable", 1)


def test_a_jpeg_is_analysed_as_far_as_it_goes(user: User, pictures: Path) -> None:
    ended = user.ended(user.submit_file(cut_jpeg(pictures, 0.7))["id"])
    assert ended["status"] == "succeeded", ended["error"]
    assert ended["result"]["image"]["truncated"] is True
    assert len(ended["result"]["faces"]) == 1


def test_a_bomb_is_too_large_and_hurts_nobody(user: User, pictures: Path) -> None:
    bomb = png_of(20_000, 20_000)
    assert len(bomb) < 100_000
    assert failed(user, user.submit_file(bomb)) == ("image-too-large", 1)
    assert user.ended(user.submit_file(pictures / "coffee.png")["id"])["status"] == "succeeded"


def test_an_empty_file_is_refused_at_submit(user: User) -> None:
    answer = user.post("/v1/analyses", files={"image": ("a.png", b"")})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["pointer"] == "/image"


def test_an_empty_answer_is_not_an_image(user: User, origin: Origin) -> None:
    origin.pages["/empty"] = (200, {}, b"")
    assert failed(user, user.submit_url(f"{origin.url}/empty")) == ("not-an-image", 1)


def test_more_bytes_than_allowed(user: User, origin: Origin) -> None:
    too_much = bytes(20 * 2**20 + 1)
    answer = user.post("/v1/analyses", files={"image": ("a.png", too_much)})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    far_too_much = user.post("/v1/analyses", files={"image": ("a.png", bytes(23 * 2**20))})
    assert far_too_much.status_code == 413
    assert far_too_much.headers["Content-Type"] == "application/problem+json"
    origin.pages["/large"] = (200, {}, too_much)
    assert failed(user, user.submit_url(f"{origin.url}/large")) == ("image-too-large", 1)
    origin.pages["/unannounced"] = (200, {"Content-Length": ""}, too_much)
    unannounced = user.submit_url(f"{origin.url}/unannounced")
    assert failed(user, unannounced) == ("image-too-large", 1)
    assert until(lambda: user.usage()["quota"]["reserved"] == 0 or None)


@pytest.mark.parametrize(
    ("status", "code", "attempts"),
    [
        (404, "image-not-found", 1),
        (410, "image-not-found", 1),
        (403, "image-unreachable", 1),
        (500, "image-unreachable", 3),
    ],
)
def test_an_image_that_is_not_to_be_had(
    user: User, origin: Origin, status: int, code: str, attempts: int
) -> None:
    origin.pages["/gone"] = (status, {}, b"")
    assert failed(user, user.submit_url(f"{origin.url}/gone")) == (code, attempts)


def test_a_server_that_is_not_there_is_tried_again(
    user: User, stack: System, origin: Origin
) -> None:
    origin.pages["/away"] = (302, {"Location": f"http://localhost:{stack.port}/nothing"}, b"")
    assert failed(user, user.submit_url(f"{origin.url}/away")) == ("image-not-found", 1)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "①②⑦.0.0.1",
    ],
)
def test_a_private_address_is_not_fetched(user: User, forbidden: Origin, host: str) -> None:
    for port in ("", f":{forbidden.server_port}"):
        code = failed(user, user.submit_url(f"http://{host}{port}/a.png"))
        assert code == ("address-not-allowed", 1)
    assert forbidden.asked == []


def test_a_redirect_to_a_private_address_is_not_followed(
    user: User, origin: Origin, forbidden: Origin
) -> None:
    origin.pages["/there"] = (302, {"Location": f"{forbidden.url}/secret"}, b"")
    code = failed(user, user.submit_url(f"{origin.url}/there"))
    assert code == ("address-not-allowed", 1)
    assert forbidden.asked == []


def test_a_redirect_that_never_ends_is_given_up(user: User, origin: Origin) -> None:
    origin.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    before = len(origin.asked)
    assert failed(user, user.submit_url(f"{origin.url}/loop")) == ("image-unreachable", 1)
    assert origin.asked[before:].count("/loop") == 6


@pytest.mark.parametrize("address", ["ftp://x.test/a", "file:///etc/passwd", "javascript:1", "x"])
def test_another_scheme_is_refused_at_submit(user: User, address: str) -> None:
    answer = user.post("/v1/analyses", json={"image_url": address})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert user.get("/v1/analyses").json()["items"] == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer x.y.z"}, {"X-API-Key": "slk_x_y"}, {"Authorization": "Basic x"}],
)
def test_no_credentials_no_analysis(user: User, headers: dict[str, str]) -> None:
    answer = user.http.post("/v1/analyses", json={"image_url": "http://x.test"}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_used_up_quota(stack: System, sign_up: Any, pictures: Path) -> None:
    stack.reconfigure("user-service", MONTHLY_QUOTA="1")
    try:
        user = sign_up()
        user.ended(user.submit_file(pictures / "coffee.png")["id"])
        files = {"image": ("c.png", (pictures / "coffee.png").read_bytes())}
        answer = user.post("/v1/analyses", files=files)
        assert (answer.status_code, answer.json()["type"]) == (429, "/problems/quota-exceeded")
        assert int(answer.headers["Retry-After"]) >= 1
        assert len(user.get("/v1/analyses").json()["items"]) == 1
    finally:
        stack.reconfigure("user-service")
