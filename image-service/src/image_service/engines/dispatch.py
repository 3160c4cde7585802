"""One picture's operations, each by whose turn it is: a vendor's, or an instance's here.

An instance always looks first, whoever does the operations: it decodes the picture and makes the
upright JPEG, without metadata, that vendors get. What becomes of a vendor's failure:

| | `auto` | named by the request |
|---|---|---|
| does not answer, or has had enough | the next in the order | the analysis waits |
| this account or model will not do | the next in the order | done here, degraded |
| this picture will never do | the next in the order | `engine-rejected` |

Where an order ends and nobody has done it, the last failure decides: the analysis waits, or ends as
`engine-rejected` or `engine-unavailable`. What is done here in a vendor's place is `degraded`, and
costs a second decode. Calls of an analysis that then waits are not billed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from image_service.engines.port import (
    AUTO,
    LOCAL,
    Busy,
    Rejected,
    Unavailable,
    Unwilling,
    VendorResult,
)
from image_service.engines.vendors import NotConfigured, Vendors
from image_service.errors import Refused, SystemTrouble
from image_service.instances.answers import Analysed, NotAnalysed, Ran
from image_service.queue.message import Message


class Local(Protocol):
    async def run(self, data: bytes, operations: list[str], user_id: str) -> Ran: ...


@dataclass(frozen=True)
class _Done:
    """An operation that a vendor has done; `degraded` where another engine should have."""

    name: str
    result: VendorResult
    degraded: bool


class Dispatch:
    def __init__(self, local: Local, vendors: Vendors) -> None:
        self._local = local
        self._vendors = vendors

    async def run(self, data: bytes, message: Message) -> Ran:
        """One attempt at a picture, with those of its labels that are wanted. Raises Refused, Broke,
        SystemTrouble."""
        ran = await self._run(data, message)
        if not isinstance(ran.answer, Analysed):
            return ran
        wanted = _wanted(ran.answer.parts["labels"], message)
        return replace(
            ran, answer=replace(ran.answer, parts={**ran.answer.parts, "labels": wanted})
        )

    async def _run(self, data: bytes, message: Message) -> Ran:
        try:
            plans = {
                operation: self._vendors.plan(message.engine, operation)
                for operation in message.operations
            }
        except NotConfigured as error:
            detail = f"The engine {error} is not configured."
            raise Refused("engine-unavailable", detail) from error
        here = [operation for operation, plan in plans.items() if plan[0] == LOCAL]
        ran = await self._local.run(data, here, message.user_id)
        others = {operation: plan for operation, plan in plans.items() if plan[0] != LOCAL}
        if not others or isinstance(ran.answer, NotAnalysed):
            return ran
        named = message.engine != AUTO
        decided = await self._ask(others, ran.answer.preview, named=named)
        calls = sum(isinstance(answer, _Done) for answer in decided.values())
        refused = next(
            (answer for answer in decided.values() if isinstance(answer, NotAnalysed)), None
        )
        if refused is not None:
            return replace(ran, answer=refused, engine_calls=calls)
        back = [operation for operation, answer in decided.items() if answer is None]
        again = await self._local.run(data, back, message.user_id) if back else None
        if again is not None and isinstance(again.answer, NotAnalysed):
            return replace(again, engine_calls=calls)
        done = {
            operation: answer for operation, answer in decided.items() if isinstance(answer, _Done)
        }
        return replace(_together(ran, again, back, done, message), engine_calls=calls)

    async def _ask(
        self, plans: Mapping[str, tuple[str, ...]], picture: bytes, *, named: bool
    ) -> dict[str, _Done | NotAnalysed | None]:
        """Asks for all operations at once; None for one that the local engine has to do. Raises
        SystemTrouble."""
        try:
            async with asyncio.TaskGroup() as group:
                asking = {
                    operation: group.create_task(
                        self._follow_plan(operation, plan, picture, named=named)
                    )
                    for operation, plan in plans.items()
                }
        except* SystemTrouble as troubles:
            trouble = troubles.exceptions[0]
        else:
            return {operation: task.result() for operation, task in asking.items()}
        raise trouble

    async def _follow_plan(
        self, operation: str, plan: tuple[str, ...], picture: bytes, *, named: bool
    ) -> _Done | NotAnalysed | None:
        last: Exception | None = None
        for name in plan:
            if name == LOCAL:
                return None
            try:
                result = await self._vendors.ask(name, operation, picture)
            except (Unavailable, Busy) as error:
                if named:
                    raise SystemTrouble(f"{name}: {error}") from error
                last = error
            except Unwilling as error:
                last = error
            except Rejected as error:
                if named:
                    return _refused(error)
                last = error
            else:
                return _Done(name, result, degraded=last is not None)
        assert last is not None, "a plan names somebody"
        if isinstance(last, Unavailable | Busy):
            raise SystemTrouble(f"{plan[-1]}: {last}") from last
        return _refused(last)


def _wanted(labels: list[dict[str, Any]], message: Message) -> list[dict[str, Any]]:
    """Those that are certain enough, with the places that are, whoever said them, and no more than there may be."""
    least = message.min_confidence
    certain = [
        {**one, "instances": [each for each in one["instances"] if each["confidence"] >= least]}
        for one in labels
        if one["confidence"] >= least
    ]
    return sorted(certain, key=lambda one: -one["confidence"])[: message.max_labels]


def _refused(error: Exception) -> NotAnalysed:
    if isinstance(error, Rejected):
        return NotAnalysed("engine-rejected", f"The engine does not take this picture. {error}")
    return NotAnalysed("engine-unavailable", f"No engine can do this now. {error}")


def _together(
    first: Ran,
    again: Ran | None,
    back: list[str],
    by_vendors: Mapping[str, _Done],
    message: Message,
) -> Ran:
    """One result of the local engine's first and second run, and the vendors' answers."""
    assert isinstance(first.answer, Analysed)
    parts = dict(first.answer.parts)
    entries = list(parts["engines"])
    for operation, done in by_vendors.items():
        parts[operation] = done.result.part
        entries.append(_entry(operation, done, raw=message.raw_answers))
    if again is not None:
        assert isinstance(again.answer, Analysed)
        parts |= {operation: again.answer.parts[operation] for operation in back}
        entries += [{**entry, "degraded": True} for entry in again.answer.parts["engines"]]
    place = {operation: number for number, operation in enumerate(message.operations)}
    embedding = first.answer.embedding
    if again is not None and isinstance(again.answer, Analysed):
        embedding = embedding or again.answer.embedding
    parts["engines"] = sorted(entries, key=lambda entry: place[entry["operation"]])
    return Ran(
        Analysed(parts, first.answer.preview, embedding),
        first.run_ms + (again.run_ms if again else 0.0),
        first.init_ms + (again.init_ms if again else 0.0),
        max(first.max_memory_mb, again.max_memory_mb if again else 0.0),
    )


def _entry(operation: str, done: _Done, *, raw: bool) -> dict[str, Any]:
    return {
        "name": done.name,
        "operation": operation,
        "model": done.result.model,
        "version": done.result.version,
        "degraded": done.degraded,
        "raw": done.result.raw if raw else None,
    }
