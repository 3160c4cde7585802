"""Finds out which models of labels are off. A process of its own loads them, since the
worker's has none of the engine's libraries."""

import asyncio
import json
import sys
from pathlib import Path

from image_service.instances.server import environment

CHECK_AT_MOST_S = 60.0


class LabelCheck:
    """`faults`: why models are off, by their name, as of the last `run`."""

    def __init__(self, models_dir: Path | None) -> None:
        self._models_dir = models_dir
        self.faults: dict[str, str] = {}

    async def run(self) -> None:
        """Where the check itself fails, its reason stands under the name "all"."""
        self.faults = await self._read_faults()

    async def check(self) -> str | None:
        """One sentence for the health report; None where no model is off."""
        sentences = (f"label model {name} is off: {why}" for name, why in self.faults.items())
        return "; ".join(sentences) or None

    async def _read_faults(self) -> dict[str, str]:
        module = "image_service.local_engine.labelling"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, str(self._models_dir or "")),
            env=environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), CHECK_AT_MOST_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return {"all": f"they were not checked within {CHECK_AT_MOST_S:g} seconds"}
        if process.returncode != 0:
            return {"all": "their check ended early"}
        return dict(json.loads(output))
