"""The public shapes: what arrives is strict, what leaves is documented."""

import json
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sightline_contracts import ids

from gateway.models.results import Operation, Result

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
DEFAULT_OPERATIONS: list[Operation] = ["faces", "colors", "quality", "hash", "metadata"]
IMAGE_LIMIT = 20 << 20
"""Bytes; result-service promises to store as many."""
MAX_WAIT_S = 30
METADATA_LIMIT = 4096
AnalysisId = Annotated[str, Field(pattern=ids.ANALYSIS_ID)]
Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
Engine = Literal["auto", "local", "clarifai", "rekognition"]
MIN_CONFIDENCE = 0.5
"""Of a label, where a submission says nothing."""
LABELS_AT_MOST = 1000


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
        written = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        size = len(written.encode())
    except ValueError as error:
        raise ValueError("must be plain JSON, without NaN or Infinity") from error
    if size > METADATA_LIMIT:
        raise ValueError(f"may have {METADATA_LIMIT} bytes of JSON at the most")
    return value


class Options(Strict):
    """What is to be done with the image. A field that a version before this one does not know is left out
    where it says the default: that version refuses what it does not know."""

    operations: Annotated[
        list[Operation], Field(min_length=1, max_length=len(OPERATIONS)), AfterValidator(_distinct)
    ] = DEFAULT_OPERATIONS
    engine: Engine = "auto"
    raw_answers: Annotated[
        bool,
        Field(
            description="Keep vendors' answers in `engines[].raw`, as they came.",
            exclude_if=lambda given: not given,
        ),
    ] = False
    min_confidence: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="Leave out labels that are less certain, 0 to 1.",
            exclude_if=lambda given: given == MIN_CONFIDENCE,
        ),
    ] = MIN_CONFIDENCE
    max_labels: Annotated[
        int | None,
        Field(
            ge=1,
            le=LABELS_AT_MOST,
            description="Keep so many labels at the most, the most certain ones.",
            exclude_if=lambda given: given is None,
        ),
    ] = None
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


class Input(BaseModel):
    """A field with a default is absent where the submission leaves it there."""

    kind: Literal["url", "upload"]
    image_url: str | None
    operations: list[Operation]
    engine: Engine
    raw_answers: bool = False
    min_confidence: float = MIN_CONFIDENCE
    max_labels: int | None = None
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
    result: Result | None
    summary: Summary | None
    retry: Retry | None
    retry_of: str | None
    request_id: str
    metering: Metering | None
    links: Links


class AnalysisPage(BaseModel):
    items: list[Analysis]
    next_cursor: str | None
