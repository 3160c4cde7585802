"""The public shapes: what arrives is strict, what leaves is documented."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sightline_contracts import ids, loader
from sightline_contracts.objectives import Measured

OPERATIONS = (
    "faces",
    "text",
    "labels",
    "moderation",
    "colors",
    "quality",
    "hash",
    "codes",
    "metadata",
)
DEFAULT_OPERATIONS = ("faces", "colors", "quality", "hash", "metadata")
_INPUT = loader.event_schema("analysis.requested")["properties"]["input"]["properties"]
AVAILABLE_OPERATIONS = frozenset(_INPUT["operations"]["items"]["enum"])
"""What image-service promises to run, by the contract of the event that it reads."""

IMAGE_LIMIT = int(loader.sla("result-service").settings["image_limit_bytes"])
METADATA_LIMIT = 4096
BatchId = Annotated[str, Field(pattern=ids.BATCH_ID)]
AnalysisId = Annotated[str, Field(pattern=ids.ANALYSIS_ID)]
Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
Operation = Literal[
    "faces", "text", "labels", "moderation", "colors", "quality", "hash", "codes", "metadata"
]
Engine = Literal["auto", "local", "clarifai", "rekognition"]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


def _http_address(value: str) -> str:
    """http(s) with a host and without credentials. Where it leads is checked when it is fetched,
    each time and by the service that does it."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise ValueError("is not an address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must be an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry credentials")
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in value):  # noqa: PLR2004
        raise ValueError("must not hold spaces or control characters")
    return value


def _distinct(values: list[Operation]) -> list[Operation]:
    if len(set(values)) != len(values):
        raise ValueError("must not name an operation twice")
    return values


def _small_json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(value, allow_nan=False))
    except ValueError as error:
        raise ValueError("must be plain JSON, without NaN or Infinity") from error
    if size > METADATA_LIMIT:
        raise ValueError(f"may have {METADATA_LIMIT} bytes of JSON at the most")
    return value


class Options(Strict):
    """What is to be done with the image."""

    operations: Annotated[
        list[Operation], Field(min_length=1, max_length=len(OPERATIONS)), AfterValidator(_distinct)
    ] = list(DEFAULT_OPERATIONS)  # type: ignore[arg-type]
    engine: Engine = "auto"
    raw_answers: Annotated[
        bool,
        # Not said where it says nothing: a version before this one refuses what it does not know.
        Field(
            description="Keep vendors' answers in `engines[].raw`, as they came.",
            exclude_if=lambda given: not given,
        ),
    ] = False
    webhook_url: Annotated[str, Field(max_length=2048), AfterValidator(_http_address)] | None = None
    metadata: Annotated[dict[str, Any], AfterValidator(_small_json)] = {}


class UrlSubmission(Options):
    """An analysis of an image that has an address."""

    image_url: Annotated[str, Field(max_length=2048), AfterValidator(_http_address)]


class UploadSubmission(Options):
    """An analysis of an image that was put into the store by a presigned upload."""

    upload_id: str = Field(pattern=ids.UPLOAD_ID)


class UploadRequest(Strict):
    """`size` in bytes. The upload has to be of that type and size."""

    content_type: str = Field(pattern=r"^image/[a-z0-9.+-]{1,40}$")
    size: int = Field(ge=1, le=IMAGE_LIMIT)


class PresignedUpload(BaseModel):
    """Send the image there, with `headers` as they are, until `expires_at`."""

    upload_id: str
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: str


class ExportLink(BaseModel):
    """`url` is on this origin, and works once until `expires_at`."""

    url: str
    expires_at: str


class Input(BaseModel):
    kind: Literal["url", "upload"]
    image_url: str | None
    operations: list[Operation]
    engine: Engine
    raw_answers: bool = False
    metadata: dict[str, Any]


class AnalysisError(BaseModel):
    code: str
    title: str
    detail: str
    attempts: int


class Metering(BaseModel):
    billed_ms: int
    duration_ms: float
    init_ms: float
    memory_mb: int
    gb_seconds: float
    engine_calls: int


class Links(BaseModel):
    self: str
    result: str
    preview: str
    events: str


class Summary(BaseModel):
    """What was found, in a few words: counts, and the first names. `explicit`: the confidence, null
    where moderation was not asked for; `width` and `height` in pixels."""

    faces: int
    text_lines: int
    labels: list[str]
    codes: int
    explicit: float | None
    colors: list[str]
    width: int | None
    height: int | None


class Retry(BaseModel):
    """A further attempt that is due. `attempt`: its number; `reason`: the error's code of the one before
    it, or "system-trouble"."""

    attempt: int
    reason: str
    due_at: str


class Analysis(BaseModel):
    """In lists `result` is null; `summary` is there of all that succeeded."""

    id: str
    status: Status
    created_at: str
    started_at: str | None
    finished_at: str | None
    input: Input
    attempts: int
    error: AnalysisError | None
    result: dict[str, Any] | None
    summary: Summary | None
    retry: Retry | None
    retry_of: str | None
    request_id: str
    metering: Metering | None
    links: Links


class AnalysisPage(BaseModel):
    items: list[Analysis]
    next_cursor: str | None


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


class FunctionState(BaseModel):
    """`reserved_concurrency`: analyses under way at the most, 0 stops the function, null leaves it
    to the number of workers."""

    memory_mb: int
    timeout_s: float
    reserved_concurrency: int | None
    max_attempts: int
    max_event_age_s: float
    live: FunctionLive


BATCH_AT_MOST = 128


class BatchSubmission(Strict):
    """Each member as in a submission by JSON; each is checked, accepted or rejected by itself."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=BATCH_AT_MOST)


class BatchItem(BaseModel):
    """`status` is the analysis's, "rejected" where none was made (`error` is the problem), "missing"
    where there is none any more."""

    index: int
    analysis_id: str | None
    status: Status | Literal["rejected", "missing"]
    error: dict[str, Any] | None
    summary: Summary | None


class Batch(BaseModel):
    """`counts`: items by status."""

    id: str
    created_at: str
    items: list[BatchItem]
    counts: dict[str, int]
