"""Mails that are made and sent after whoever asked for them was answered, so that neither the answer nor its
time tells whether there is an account. They are kept in memory alone: a process that is killed loses them, and
its users ask again."""

import asyncio
import contextvars
import random
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Protocol

import structlog
from prometheus_client import Counter
from sightline_contracts import context
from sightline_contracts.problems import Unavailable

from user_service.errors import MailNotConfigured, Overloaded
from user_service.mail.errors import MailRefused, NotMailed

WAITING_AT_MOST = 200
AT_ONCE = 4
MAIL_S = 60.0
"""For one mail with all its tries."""
TRIES = 3
RETRY_SHARE, BUDGET_AT_MOST = 0.2, 10.0
"""Each mail earns a share of a repetition, so that a server in trouble gets a fifth more and not three times
as much; a quiet time saves up a few."""
DRAIN_S = 5.0
MAILS = Counter("mails_total", "Mails that were asked for.", ["outcome"])
Prepare = Callable[[], Awaitable[EmailMessage | None]]
"""Makes the mail, or finds that there is none to send."""
_log = structlog.get_logger()


class Sender(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Raises NotMailed, MailRefused."""


class Outbox:
    """`sender`: None where no mail server is configured. `pause_s`: before the second try; doubled before
    each next one."""

    def __init__(self, sender: Sender | None, pause_s: float = 2.0) -> None:
        self._sender = sender
        self._pause_s = pause_s
        self._budget = BUDGET_AT_MOST
        self._waiting: asyncio.Queue[tuple[contextvars.Context, Prepare]] = asyncio.Queue(
            WAITING_AT_MOST
        )

    @property
    def is_configured(self) -> bool:
        return self._sender is not None

    def post(self, prepare: Prepare) -> None:
        """Take a mail on, with the request's id and caller. Raises MailNotConfigured, Overloaded."""
        if self._sender is None:
            raise MailNotConfigured
        kept = contextvars.copy_context()
        kept.run(context.deadline.set, None)  # the request's own; nobody waits for the mail
        try:
            self._waiting.put_nowait((kept, prepare))
        except asyncio.QueueFull as error:
            raise Overloaded("Too many mails are waiting.") from error

    async def run(self) -> None:
        """Send what is posted, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def drain(self) -> None:
        """Wait until nothing is left, for DRAIN_S at the most."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._waiting.join()
        except TimeoutError:
            _log.warning("mails_lost", count=self._waiting.qsize())

    async def _work(self) -> None:
        while True:
            kept, prepare = await self._waiting.get()
            try:
                await asyncio.create_task(self._delivered(prepare), context=kept)
            finally:
                self._waiting.task_done()

    async def _delivered(self, prepare: Prepare) -> None:
        try:
            async with asyncio.timeout(MAIL_S):
                outcome = await self._tried(prepare)
        except (NotMailed, MailRefused, Unavailable, TimeoutError) as error:
            # The error's text is our own: no address, and nothing of the link.
            _log.warning("mail_given_up", error=type(error).__name__, reason=str(error))
            outcome = "given-up"
        MAILS.labels(outcome).inc()

    async def _tried(self, prepare: Prepare) -> str:
        assert self._sender is not None, "nothing is posted without"
        self._budget = min(BUDGET_AT_MOST, self._budget + RETRY_SHARE)
        message: EmailMessage | None = None
        for left in reversed(range(TRIES)):
            try:
                message = message or await prepare()
                if message is None:
                    return "nobody"
                await self._sender.send(message)
            except (NotMailed, Unavailable):
                if not left or self._budget < 1:
                    raise
                self._budget -= 1
                pause_s = self._pause_s * 2 ** (TRIES - 1 - left)
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311
            else:
                return "sent"
        raise AssertionError("the last try returns or raises")
