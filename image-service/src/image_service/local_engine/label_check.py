"""Which models that somebody brought are off. Asked of a process of its own: the worker's has no
engine's libraries."""

import asyncio
import json
import sys
from pathlib import Path

from image_service.instances.server import environment
from image_service.label_models.folders import found

CHECK_AT_MOST_S = 60.0


async def faults(models_dir: Path | None) -> dict[str, str]:
    """Why, by name. Where the check itself fails, it says so of all together."""
    if not found(models_dir):
        return {}
    command = [sys.executable, "-m", "image_service.local_engine.labelling", str(models_dir)]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), CHECK_AT_MOST_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return {"all": f"they were not checked within {CHECK_AT_MOST_S:g} seconds"}
    if process.returncode != 0:
        return {"all": "their check ended early"}
    return dict(json.loads(said))


def reason(found: dict[str, str]) -> str | None:
    """One sentence for who asks how the service is."""
    return "; ".join(f"label model {name} is off: {why}" for name, why in found.items()) or None
