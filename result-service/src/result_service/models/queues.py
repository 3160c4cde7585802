"""The work queues, as they are now."""

from pydantic import BaseModel


class QueueReport(BaseModel):
    """Messages: `waiting` for a worker, `in_flight` at one, `delayed` until a further attempt. `oldest_age_s`:
    seconds since the oldest that has not ended came or came back. `slots`: messages that its workers take at a
    time; `warm` and `busy` are their instances, `cold_starts` those that were started for a message."""

    name: str
    waiting: int
    in_flight: int
    delayed: int
    oldest_age_s: float
    workers: int
    slots: int
    warm: int
    busy: int
    cold_starts: int


class QueuesReport(BaseModel):
    queues: list[QueueReport]
