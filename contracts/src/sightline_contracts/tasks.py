"""Background loops that stop when they are told to."""

import asyncio

AGAIN_S = 0.2


def stopping() -> bool:
    """Whether the current task was cancelled.

    redis-py turns a cancel that arrives while it connects into an error of its own, which a loop
    that outlives errors would take for a bad moment: such a loop asks here each time round.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def stop(task: "asyncio.Task[None]") -> None:
    """Cancel, again where a cancel was swallowed, and wait for the end."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
