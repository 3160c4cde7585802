"""What the edge's image adds to nginx as it comes: brotli, Age, the limits of one address and of one
credential."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx2

from conftest import User, until
from stack.compose import ComposeStack

REQUESTS = 600
CLIENTS = 24
AS_THEY_COME, HELD_BACK = 20, 600
FLOOD = AS_THEY_COME + HELD_BACK + 60


def test_brotli_where_the_client_knows_it(user: User) -> None:
    answer = user.http.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_stored_answer_tells_its_age(user: User) -> None:
    path = "/problems/page.css"
    stored = until(lambda: _hit(user.http.get(path)))
    assert int(stored.headers["Age"]) >= 0
    older = until(lambda: _older(user.http.get(path), int(stored.headers["Age"])))
    assert older.headers["Cache-Control"] == "public, max-age=86400"
    assert "Age" not in user.http.get("/").headers


def _hit(answer: httpx2.Response) -> httpx2.Response | None:
    return answer if answer.headers["X-Cache"] == "Hit" else None


def _older(answer: httpx2.Response, age: int) -> httpx2.Response | None:
    return answer if int(answer.headers["Age"]) > age else None


def test_an_upload_is_what_was_signed_and_nothing_else(user: User) -> None:
    """The store's own refusals, in the shape of all others."""
    wanted = {"content_type": "image/png", "size": 4}
    url = user.post("/v1/uploads", json=wanted).json()["url"]
    good, headers = b"\x89PNG", {"Content-Type": "image/png"}
    tries = [
        (url, good + b"!", headers),
        (url, good, {"Content-Type": "text/html"}),
        (url.partition("?")[0], good, headers),
        (url.replace("up_", "up_0")[:-1], good, headers),
        (url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000"), good, headers),
    ]
    for address, content, given in tries:
        answer = user.http.put(address, content=content, headers=given)
        assert answer.status_code in (403, 404), address
        assert answer.json()["type"] in ("/problems/forbidden", "/problems/not-found")
    assert user.http.put(url, content=good, headers=headers).status_code == 200


def test_an_answer_is_asked_for_again_when_its_time_is_up(user: User) -> None:
    """The status may be a second old."""
    results = set()

    def both() -> bool | None:
        results.add(user.http.get("/v1/status").headers["X-Cache"])
        return True if {"Hit", "Miss"} <= results else None

    assert until(both)


def test_too_many_requests_of_one_address_are_refused_and_the_next_ones_are_not(
    base_url: str, user: User
) -> None:
    def ask(_: int) -> httpx2.Response:
        return user.http.get("/version")

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(ask, range(REQUESTS)))
    counts = Counter(answer.status_code for answer in answers)
    assert set(counts) == {200, 429}, counts
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.json()["type"], refused.headers["Retry-After"]) == (
        "/problems/rate-limited",
        "1",
    )
    assert until(lambda: user.http.get("/version").status_code == 200 or None)


def signed(name: str, number: int) -> dict[str, str]:
    """As AWS's clients sign: of the whole header the key's name alone is the same each time."""
    scope = "20261126/local/rekognition/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={name}/{scope}, Signature={number}"}


async def flood(base_url: str) -> tuple[Counter[int], list[int]]:
    """Statuses of what was answered of a flood with one credential, and of others meanwhile."""
    loud: Counter[int] = Counter()
    async with aiohttp.ClientSession(base_url, connector=aiohttp.TCPConnector(limit=0)) as http:

        async def ask(headers: dict[str, str]) -> int:
            async with http.get("/version", headers=headers) as answer:
                return answer.status

        begun = [asyncio.create_task(ask(signed("loud", one))) for one in range(FLOOD)]
        async with asyncio.timeout(30):
            for answered in asyncio.as_completed(begun):
                loud[await answered] += 1
                if loud[429] and loud[200] >= AS_THEY_COME:
                    break
        others = ({"X-API-Key": "quiet"}, signed("quiet", 1), {})
        quiet = [await ask(headers) for headers in others]
        assert sum(not one.done() for one in begun) > HELD_BACK / 2, "they are held back"
        for one in begun:
            one.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
    return loud, quiet


def test_what_comes_at_once_with_one_credential_is_held_back_and_others_are_not(
    stack: ComposeStack,
) -> None:
    stack.reconfigure(
        "static-cdn", REQUESTS_PER_SECOND="100000", CREDENTIAL_REQUESTS_PER_SECOND="1"
    )
    try:
        loud, quiet = asyncio.run(flood(stack.base_url))
    finally:
        stack.reconfigure("static-cdn")
    assert set(loud) == {200, 429}, loud
    assert quiet == [200] * 3


def test_the_credentials_rate_is_read_by_its_earlier_name_too(stack: ComposeStack) -> None:
    rates = "CREDENTIAL_REQUESTS_PER_SECOND= REQUESTS_PER_SECOND_OF_ONE=7"
    code = f"made=/run/sightline/made; {rates} /app/release.sh $made; cat $made/nginx.conf"
    assert "zone=credentials:8m rate=7r/s" in stack.execute("static-cdn", "sh", "-c", code)
