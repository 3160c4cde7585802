"""The public shapes of the status page, the function and dead letters."""

from typing import Literal

from pydantic import BaseModel, Field
from sightline_contracts.objectives import Measured

from gateway.models.analyses import AnalysisError, Input, Strict


class ServiceState(BaseModel):
    name: str
    state: Literal["ok", "degraded", "down"]
    version: str


class ObjectiveState(Measured):
    service: str


class EngineState(BaseModel):
    """`off`: why nobody asks it for now, by operation; "*" for all of them."""

    name: str
    operations: list[str]
    off: dict[str, str]


class SystemStatus(BaseModel):
    services: list[ServiceState]
    engines: list[EngineState]
    objectives: list[ObjectiveState]


class Attempt(BaseModel):
    number: int
    started_at: str
    duration_ms: float
    init_ms: float
    max_memory_mb: float
    outcome: str


class Invocation(BaseModel):
    """What was to be run, as it was accepted."""

    analysis_id: str
    user_id: str
    created_at: str
    request_id: str
    input: Input
    retry_of: str | None
    webhook_url: str | None


class DeadLetter(BaseModel):
    """A failed invocation, whole. `id` is the analysis's. `condition` as AWS Lambda names it."""

    id: str
    user_id: str
    condition: Literal["RetriesExhausted", "EventAgeExceeded"]
    failed_at: str
    error: AnalysisError
    attempts: list[Attempt]
    invocation: Invocation
    redriven_as: str | None


class DeadLetterPage(BaseModel):
    items: list[DeadLetter]
    next_cursor: str | None


class FunctionChanges(Strict):
    """Null gives a setting back to the workers' own. Bounds as AWS Lambda's."""

    memory_mb: int | None = Field(default=None, ge=128, le=10_240)
    timeout_s: float | None = Field(default=None, ge=1, le=900)
    reserved_concurrency: int | None = Field(default=None, ge=0, le=1000)
    max_attempts: int | None = Field(default=None, ge=1, le=10)
    max_event_age_s: float | None = Field(default=None, ge=60, le=21_600)


class FunctionLive(BaseModel):
    """Of all workers together."""

    instances: int
    warm: int
    busy: int
    queue_depth: int
    oldest_age_s: float
    cold_starts: int


class QueueState(BaseModel):
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


class QueueList(BaseModel):
    queues: list[QueueState]


class FunctionState(BaseModel):
    """`reserved_concurrency`: analyses under way at the most, 0 stops the function, null leaves it
    to the number of workers."""

    memory_mb: int
    timeout_s: float
    reserved_concurrency: int | None
    max_attempts: int
    max_event_age_s: float
    live: FunctionLive


class ProblemOperation(BaseModel):
    method: str
    path: str
    operation_id: str


class ProblemTypeDescription(BaseModel):
    """A type of problem. `operations`: those that may answer it."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str
    operations: list[ProblemOperation]
