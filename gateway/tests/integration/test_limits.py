"""What may happen so often and no oftener: counted in Redis, and without it in memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from conftest import Gateway
from redis.asyncio import Redis

from gateway.admission.address_digests import AddressDigests
from gateway.admission.gcra import FALLBACKS, IN_MEMORY_AT_MOST, Bucket, Rate, RateCounter
from gateway.admission.rate_limits import RateLimiter, RateLimitStatus, _status
from gateway.errors import RateLimited

pytestmark = pytest.mark.both_servers

HOURLY = Rate(amount=1, per_s=3600, burst=3)
"""Nothing of it comes back while a test runs."""


@pytest.fixture(params=["shared", "own"])
async def buckets(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[RateCounter]:
    url = redis_url if request.param == "shared" else "redis://127.0.0.1:1/0"
    redis = Redis.from_url(url)
    if request.param == "shared":
        await redis.flushall()
    yield RateCounter(redis)
    await redis.aclose()


async def test_a_burst_is_let_through_and_what_comes_after_waits(buckets: RateCounter) -> None:
    one, other = Bucket("one", HOURLY), Bucket("other", HOURLY)
    taken = [await buckets.take(one) for _ in range(4)]
    assert [found.levels[0].left for found in taken] == [2, 1, 0, 0]
    assert [found.wait_s > 0 for found in taken] == [False] * 3 + [True]
    assert 3590 <= taken[3].wait_s <= 3600
    assert 3590 * 3 <= taken[2].levels[0].rest_s <= 3600 * 3
    assert (await buckets.take(other)).wait_s == 0


async def test_what_one_bucket_refuses_is_counted_in_none(buckets: RateCounter) -> None:
    narrow, wide = Bucket("narrow", HOURLY), Bucket("wide", Rate(1, 3600, 10))
    for _ in range(8):
        await buckets.take(narrow, wide)
    assert (await buckets.take(wide)).levels[0].left == 10 - 3 - 1


async def test_counts_are_given_back(buckets: RateCounter) -> None:
    one = Bucket("one", HOURLY)
    for _ in range(9):
        assert (await buckets.take(one)).wait_s == 0
        await buckets.give_back(one)
    for _ in range(3):
        await buckets.take(one)
    await buckets.empty(one)
    assert (await buckets.take(one)).levels[0].left == 2


async def test_at_once_no_more_come_through_than_the_burst(buckets: RateCounter) -> None:
    one = Bucket("one", HOURLY)
    taken = await asyncio.gather(*(buckets.take(one) for _ in range(30)))
    assert sum(found.wait_s == 0 for found in taken) == 3


async def test_counts_made_together_stay_apart(buckets: RateCounter) -> None:
    many, few = Rate(1, 3600, 200), Rate(1, 3600, 2)
    asked = [(Bucket("all", many), Bucket(str(number % 20), few)) for number in range(60)]
    found = await asyncio.gather(*(buckets.take(*two) for two in asked))
    assert [taken.wait_s == 0 for taken in found] == [True] * 40 + [False] * 20
    assert [taken.levels[0].left for taken in found] == [199 - min(n, 39) for n in range(60)]
    assert [taken.levels[1].left for taken in found] == [1] * 20 + [0] * 40


async def test_requests_of_one_moment_share_a_call(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    counter = RateCounter(redis)
    await counter.take(Bucket("a", HOURLY))

    async def calls() -> int:
        told = await redis.info("commandstats")
        return int(told["cmdstat_evalsha"]["calls"])

    before = await calls()
    await asyncio.gather(*(counter.take(Bucket(f"b{n}", HOURLY)) for n in range(130)))
    assert await calls() - before == 3
    await redis.aclose()


async def test_who_leaves_takes_nobody_along(buckets: RateCounter) -> None:
    leaving, staying = (
        asyncio.create_task(buckets.take(Bucket(name, HOURLY))) for name in ("one", "two")
    )
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).wait_s == 0
    assert leaving.cancelled()
    assert (await buckets.take(Bucket("two", HOURLY))).levels[0].left == 1


async def test_a_rate_comes_back_bit_by_bit(buckets: RateCounter) -> None:
    quick = Bucket("quick", Rate(amount=1000, per_s=1, burst=1))
    async with asyncio.timeout(5):
        for _ in range(3):
            while (await buckets.take(quick)).wait_s:  # noqa: ASYNC110  # nobody tells of time
                await asyncio.sleep(0)


async def test_memory_holds_so_many_and_the_rest_is_forgotten() -> None:
    buckets = RateCounter(Redis.from_url("redis://127.0.0.1:1/0"))
    before = FALLBACKS._value.get()
    for number in range(IN_MEMORY_AT_MOST + 10):
        await buckets.take(Bucket(str(number), HOURLY))
    assert len(buckets._own._at) == IN_MEMORY_AT_MOST
    assert FALLBACKS._value.get() - before == IN_MEMORY_AT_MOST + 10


async def limited(gateway: Gateway, per_minute: int, factor: int) -> None:
    """With a limiter of which nothing comes back while a test runs."""
    await gateway.redis.flushall()
    limiter = RateLimiter(RateCounter(gateway.redis), per_minute, factor, AddressDigests(bytes(32)))
    limiter._rates = {name: Rate(1, 3600, rate.burst) for name, rate in limiter._rates.items()}
    gateway.wiring.limiter._rates = limiter._rates


async def test_too_many_requests_are_told_when_to_come_back(gateway: Gateway) -> None:
    await limited(gateway, 3, 10)
    answers = [await gateway.client.get("/v1/me", headers=gateway.auth()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert answers[-1].json()["type"] == "/problems/rate-limited"
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_every_counted_answer_tells_how_it_stands(gateway: Gateway) -> None:
    answers = [
        await gateway.client.get("/v1/me", headers=gateway.auth()),
        await gateway.client.get("/v1/function", headers=gateway.auth()),
        await gateway.client.post("/v1/analyses", headers=gateway.auth(), json={}),
    ]
    assert [one.status_code for one in answers] == [200, 403, 422]
    for number, answer in enumerate(answers, start=1):
        policy = '"credential";q=300;w=60, "user";q=600;w=60'
        assert answer.headers["RateLimit-Policy"] == policy
        credential, user = answer.headers["RateLimit"].split(", ")
        name, left, rest = credential.split(";")
        assert (name, rest) == ('"credential"', "t=1")
        assert 300 - number <= int(left.removeprefix("r=")) < 300
        assert user.startswith('"user";r=')
    await limited(gateway, 1, 10)
    await gateway.client.get("/v1/me", headers=gateway.auth())
    refused = await gateway.client.get("/v1/me", headers=gateway.auth())
    assert refused.headers["RateLimit"].startswith('"credential";r=0;t=')
    unknown = await gateway.client.get("/v1/me")
    assert "RateLimit" not in unknown.headers
    assert "RateLimit" not in (await gateway.client.get("/livez")).headers


async def test_a_user_has_not_more_by_having_more_keys(gateway: Gateway) -> None:
    await limited(gateway, 3, 2)
    headers = []
    for number in range(4):
        key = f"slk_x_{number}"
        scopes = ["analyses:read"]
        holder = {"user_id": gateway.user_id, "key_id": f"ak_{number}", "scopes": scopes}
        gateway.users.api_keys[key] = holder
        headers.append({"X-API-Key": key})
    answers = [
        await gateway.client.get("/v1/analyses", headers=one) for one in headers for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200] * 6 + [429] * 2
    assert "for one user" in answers[-1].json()["detail"]


async def test_a_request_that_costs_more_counts_as_more(buckets: RateCounter) -> None:
    limiter = RateLimiter(buckets, per_minute=20, user_factor=2, digests=AddressDigests(bytes(32)))
    await limiter.hit("key", "user")
    await limiter.weigh("key", "user", 4)
    await limiter.weigh("key", "user", 0)
    [(_, rate, level), _] = _told().limits
    assert (rate.amount, level.left) == (20, 15)
    for _ in range(3):
        await limiter.weigh("key", "user", 4)
    with pytest.raises(RateLimited):
        await limiter.weigh("key", "user", 4)
    await limiter.hit("key", "user")  # what was refused is counted in no part


async def left(gateway: Gateway) -> int:
    """How many requests more the caller's credential may send at once, this one not counted."""
    told = (await gateway.client.get("/v1/me", headers=gateway.auth())).headers["RateLimit"]
    return int(told.partition(";r=")[2].partition(";")[0]) + 1


async def test_each_member_of_a_batch_counts(gateway: Gateway) -> None:
    await limited(gateway, 9, 10)
    items: list[dict[str, object]] = [{"image_url": "http://pictures.test/a.png"}] * 4
    items.append({**items[0], "operations": ["text"]})
    answer = await gateway.client.post("/v1/batches", headers=gateway.auth(), json={"items": items})
    rejected = [one["error"]["type"] for one in answer.json()["items"] if one["error"]]
    assert rejected == []
    assert (await gateway.client.get("/v1/me", headers=gateway.auth())).status_code == 429
    await limited(gateway, 3, 10)
    answer = await gateway.client.post("/v1/batches", headers=gateway.auth(), json={"items": items})
    rejected = [one["error"]["type"] for one in answer.json()["items"] if one["error"]]
    assert rejected == ["/problems/rate-limited"] * 3, "those that fit are taken"


async def test_a_retry_counts_as_its_operations_do(gateway: Gateway) -> None:
    submission = {"image_url": "http://pictures.test/a.png", "operations": ["text"]}
    first = await gateway.client.post("/v1/analyses", headers=gateway.auth(), json=submission)
    await limited(gateway, 10, 10)
    path = f"{first.headers['Location']}/retry"
    assert (await gateway.client.post(path, headers=gateway.auth())).status_code == 202
    assert await left(gateway) == 10 - 5


def _told() -> RateLimitStatus:
    standing = _status.get()
    assert standing is not None
    return standing
