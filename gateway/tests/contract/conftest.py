"""One gateway for all pacts of a module: it takes longer to make than to ask."""

from collections.abc import AsyncIterator

import pytest_asyncio
from asking import Asking, asking


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Asking]:
    async with asking() as made:
        yield made
