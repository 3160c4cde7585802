"""An analysis as it is submitted, stored, reported and shown."""

from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from result_service.models.base import AnalysisId, Kept, Strict, UploadId

EndStatus = Literal["succeeded", "failed", "canceled"]
Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
MIN_CONFIDENCE = 0.5
"""Of a label, where the submission says nothing."""
VECTOR_AT_MOST = 4096
"""Numbers of an embedding."""


class Input(Kept):
    """The image to analyse, and how to analyse it. A field that an earlier version does not know is left out
    where it says nothing: that version refuses it."""

    kind: Literal["url", "upload"]
    image_url: str | None = None
    operations: list[str] = Field(min_length=1)
    engine: str
    raw_answers: bool = Field(default=False, exclude_if=lambda given: not given)
    min_confidence: float = Field(
        default=MIN_CONFIDENCE, ge=0, le=1, exclude_if=lambda given: given == MIN_CONFIDENCE
    )
    max_labels: int | None = Field(default=None, ge=1, exclude_if=lambda given: given is None)
    metadata: dict[str, Any] = Field(default={})


class GivenInput(Input):
    """An input as a client submits it: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Submission(Strict):
    """The body of an intent. `upload_id` names the presigned upload that holds the image."""

    input: GivenInput
    request_id: str
    upload_id: UploadId | None = None
    webhook_url: str | None = Field(default=None, max_length=2048)
    retry_of: AnalysisId | None = None


class Attempt(Kept):
    number: int
    started_at: str
    duration_ms: float
    init_ms: float
    max_memory_mb: float
    outcome: str


class Metering(Kept):
    """`billed_ms` is rounded up; `gb_seconds` is billed time times memory size."""

    billed_ms: int = 0
    duration_ms: float = 0.0
    init_ms: float = 0.0
    memory_mb: int = 0
    gb_seconds: float = 0.0
    engine_calls: int = 0


class Failure(Kept):
    code: str
    title: str
    detail: str
    attempts: int


class Embedding(Kept):
    """A picture as a model sees it. `vector`: int8 numbers in Base64, of which the largest magnitude is 127. Two of
    the same model and length compare by cosine."""

    model: str = Field(min_length=1, max_length=100)
    vector: Annotated[Base64Bytes, Field(strict=False, min_length=1, max_length=VECTOR_AT_MOST)]


class Report(Kept):
    """What image-service reports of an analysis that has ended. `preview` is a JPEG in Base64. `embedding` is no part
    of the result: search alone uses it."""

    status: Literal["succeeded", "failed"]
    started_at: str
    finished_at: str
    attempts: list[Attempt]
    metering: Metering
    result: dict[str, Any] | None = None
    error: Failure | None = None
    preview: Annotated[Base64Bytes, Field(strict=False)] | None = None
    embedding: Embedding | None = None


class Verdict(BaseModel):
    """The end state that counts: that of the first writer."""

    status: EndStatus


class Intent(BaseModel):
    """Stored under `pending/` while the analysis is alive, under `intents/` afterwards."""

    analysis_id: str
    user_id: str
    created_at: str
    request_id: str
    input: Input
    retry_of: str | None = None
    webhook_url: str | None = None


class Summary(Kept):
    """The result in a few words. `explicit` is a confidence from 0 to 1, null without moderation;
    `width` and `height` are those of the upright picture, in pixels."""

    faces: int = 0
    text_lines: int = 0
    labels: list[str] = Field(default=[])
    codes: int = 0
    explicit: float | None = None
    colors: list[str] = Field(default=[])
    width: int | None = None
    height: int | None = None


class Links(BaseModel):
    self: str
    result: str
    preview: str
    events: str


class Retry(BaseModel):
    """A further attempt that is due. `attempt` is its number; `reason` says how the previous attempt
    ended, or "system-trouble" where a part was away."""

    attempt: int
    reason: str
    due_at: str


class Analysis(BaseModel):
    """An analysis as a client sees it. In lists `result` is null."""

    id: str
    status: Status
    created_at: str
    started_at: str | None
    finished_at: str | None
    input: Input
    attempts: int
    error: Failure | None
    result: dict[str, Any] | None
    summary: Summary | None = None  # neither is in answers of version 1.0.0
    retry: Retry | None = None
    retry_of: str | None
    request_id: str
    metering: Metering | None
    links: Links


class AnalysisPage(BaseModel):
    items: list[Analysis]
    next_cursor: str | None


class SimilarAnalysis(BaseModel):
    """`similarity` is the cosine of the two pictures' embeddings, from 0 to 1; of a near-duplicate without embeddings it
    is the share of equal bits of their perceptual hashes."""

    analysis: Analysis
    similarity: float
    near_duplicate: bool


class SimilarAnalyses(BaseModel):
    """`complete` is false while the index of the user's older pictures is still being made."""

    items: list[SimilarAnalysis]
    complete: bool
