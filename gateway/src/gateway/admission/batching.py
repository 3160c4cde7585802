"""Questions that come in one turn of the event loop are asked together, so that many requests share one round trip."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batching(Generic[Question, Answer]):
    """`ask` answers up to `at_most` questions, in their order; what it raises, everybody hears who has asked."""

    def __init__(
        self, ask: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]], at_most: int
    ) -> None:
        self._ask = ask
        self._at_most = at_most
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._asking: set[asyncio.Task[None]] = set()

    async def answer(self, question: Question) -> Answer:
        """Who is cancelled meanwhile takes nobody else along; the question is asked all the same."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._begin)
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future))
        return await future

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        for begin in range(0, len(waiting), self._at_most):
            task = asyncio.create_task(self._deliver(waiting[begin : begin + self._at_most]))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _deliver(self, waiting: Sequence[tuple[Question, asyncio.Future[Answer]]]) -> None:
        left = [future for _, future in waiting]
        try:
            answers = await self._ask([question for question, _ in waiting])
            for future, answer in zip(left, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except Exception as error:  # noqa: BLE001  # it is told to whoever waits
            for future in left:
                if not future.done():
                    future.set_exception(error)
        finally:
            for future in left:
                future.cancel()  # where this task was; of what is done it changes nothing
