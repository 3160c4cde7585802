"""Pictures a second of the instances alone: the same processes, without queue, stores or services.

`python bare_pool.py PICTURE JOBS OPERATION…` prints it.
"""

import asyncio
import sys
import time
from pathlib import Path

from image_service.instances.answers import Analysed
from image_service.instances.pool import Instances, PoolSettings
from image_service.settings import Settings
from image_service.upstream.function_settings import FunctionControl
from image_service.upstream.results import ResultService
from sightline_contracts.supervisor import Supervisor

USER = "us_1"


async def rate(picture: bytes, jobs: int, operations: list[str]) -> float:
    settings = Settings()
    function = FunctionControl(ResultService(""), settings.function_default())
    pool = PoolSettings(
        queue="none",
        cap=settings.instances,
        models_dir=settings.models_dir,
        idle_s=settings.instance_idle_s,
        server_idle_s=settings.fork_server_idle_s,
        function=settings.function,
    )
    instances = Instances(pool, function, Supervisor())
    await instances.open()
    try:
        run = [instances.run(picture, operations, USER) for _ in range(settings.instances)]
        await asyncio.gather(*run)  # all are warm
        started = time.perf_counter()
        found = await asyncio.gather(
            *(instances.run(picture, operations, USER) for _ in range(jobs))
        )
        seconds = time.perf_counter() - started
    finally:
        await instances.close()
    assert all(isinstance(one.answer, Analysed) for one in found)
    return jobs / seconds


if __name__ == "__main__":
    content = Path(sys.argv[1]).read_bytes()
    print(asyncio.run(rate(content, int(sys.argv[2]), sys.argv[3:])))
