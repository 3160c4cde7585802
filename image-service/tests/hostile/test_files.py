"""The guarded decode against hostile files, each in an instance as it runs for a user."""

import asyncio
import time

import pytest
from sightline_contracts.supervisor import Supervisor

from hostile.files import FILES
from image_service.errors import Broke
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.instances.pool import Instances, PoolSettings
from image_service.upstream.function_settings import FunctionControl, FunctionSettings
from image_service.upstream.results import ResultService

MEMORY_MB, TIMEOUT_S = 512, 20.0
AT_LEAST = 60
OPERATIONS = [
    "faces",
    "colors",
    "quality",
    "hash",
    "metadata",
    "codes",
    "moderation",
    "labels",
]


async def test_no_hostile_file_does_more_than_be_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An attempt that crashes, is late or takes more memory than it may raises Broke."""
    settings = PoolSettings(
        queue="ordinary",
        cap=1,
        models_dir=None,
        idle_s=60,
        server_idle_s=60,
        function="image_service.local_engine.analysis",
        warm=True,
    )
    function = FunctionSettings(MEMORY_MB, TIMEOUT_S, 3, 3600.0, (1.0,))
    instances = Instances(settings, FunctionControl(ResultService(""), function), Supervisor())
    wrong, memory, slowest = [], 0.0, 0.0
    await instances.open()
    try:
        for hostile in FILES:
            data = await asyncio.to_thread(hostile.make)
            started = time.monotonic()
            try:
                found = await instances.run(data, OPERATIONS, "us_1")
            except Broke as broke:
                wrong.append(f"{hostile}: {broke.code}, not {hostile.outcomes}")
                continue
            slowest = max(slowest, time.monotonic() - started)
            memory = max(memory, found.max_memory_mb)
            outcome = found.answer.code if isinstance(found.answer, NotAnalysed) else ""
            assert outcome or isinstance(found.answer, Analysed)
            if outcome not in hostile.outcomes:
                wrong.append(f"{hostile}: {outcome or 'succeeded'}, not {hostile.outcomes}")
    finally:
        await instances.close()
    with capsys.disabled():
        print(  # noqa: T201 - the counts are the point
            f"\nhostile files: tried {len(FILES)}, crashed 0, {memory:.0f} MB at the most, {slowest:.1f} s"
        )
    assert wrong == []
    assert len(FILES) >= AT_LEAST
    assert len({one.name for one in FILES}) == len(FILES)
    assert memory <= MEMORY_MB
