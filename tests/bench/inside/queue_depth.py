"""Milliseconds in which Redis stands still to tell what a queue holds, with few and with many users in line:
`python queue_depth.py` with REDIS_URL, whose database is emptied."""

import asyncio
import json
import os
import time

from redis.asyncio import Redis
from sightline_contracts import work_queue

FEW, MANY = 10, 20_000
EACH = 2
"""Analyses of each user."""
TOGETHER = 1000
CALLS = 50


async def fill(redis: Redis, users: int) -> None:
    body = "for i = 1, #ARGV, 2 do add(ARGV[i], ARGV[i + 1]) end"
    add = redis.register_script(f"{work_queue.ORDINARY.add}\n{body}")
    data = [
        {"user_id": f"us_{user}", "analysis_id": f"an_{user}_{number}"}
        for user in range(users)
        for number in range(EACH)
    ]
    for begin in range(0, len(data), TOGETHER):
        pairs = [
            (one["analysis_id"], json.dumps({"data": one}))
            for one in data[begin : begin + TOGETHER]
        ]
        await add(args=[part for pair in pairs for part in pair])


async def cost_ms(redis: Redis, users: int) -> float:
    await redis.flushdb()
    await fill(redis, users)
    depth = redis.register_script(work_queue.ORDINARY.depth)
    waiting, *_ = await depth()
    assert waiting == users * EACH
    began = time.perf_counter()
    for _ in range(CALLS):
        await depth()
    spent = time.perf_counter() - began
    await redis.flushdb()
    return spent / CALLS * 1000


async def main() -> None:
    redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    print(await cost_ms(redis, FEW), await cost_ms(redis, MANY))
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main())
