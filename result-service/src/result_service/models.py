"""What arrives, what is stored and what a client sees, kept apart."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Base64Bytes, BaseModel, ConfigDict, Field
from sightline_contracts import ids, loader

IMAGE_LIMIT = int(loader.sla("result-service").settings["image_limit_bytes"])
BatchId = Annotated[str, Field(pattern=ids.BATCH_ID)]
UploadId = Annotated[str, Field(pattern=ids.UPLOAD_ID)]
AnalysisId = Annotated[str, Field(pattern=ids.ANALYSIS_ID)]
UserId = Annotated[str, Field(pattern=ids.USER_ID)]
EndStatus = Literal["succeeded", "failed", "canceled"]
Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
_PROMISED = loader.event_schema("analysis.requested")["properties"]["input"]["properties"]


class Strict(BaseModel):
    """A request that this version has to understand as a whole."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Kept(BaseModel):
    """What is stored, or reported by another service: a later version may have written more, which
    this one passes over, and an earlier one less, for which there are defaults."""

    model_config = ConfigDict(strict=True)


class Input(Kept):
    """What is to be analysed, and how."""

    kind: Literal["url", "upload"]
    image_url: str | None = None
    operations: list[str] = Field(min_length=1)
    engine: str
    # Not written where it says nothing: a version before this one refuses what it does not know.
    raw_answers: bool = Field(default=False, exclude_if=lambda given: not given)
    metadata: dict[str, Any] = {}


class GivenInput(Input):
    """An input as it is submitted."""

    model_config = ConfigDict(extra="forbid")


def _can_be_run(wanted: GivenInput) -> GivenInput:
    """An intent that breaks the contract of the event could be kept and never be announced."""
    if not set(wanted.operations) <= set(_PROMISED["operations"]["items"]["enum"]):
        raise ValueError("operations must be those that image-service promises")
    if len(set(wanted.operations)) != len(wanted.operations):
        raise ValueError("operations must not name one twice")
    if wanted.engine not in _PROMISED["engine"]["enum"]:
        raise ValueError("engine must be one that image-service promises")
    return wanted


class Submission(Strict):
    """The body of an intent. `upload_id`: a presigned upload that holds the image."""

    input: Annotated[GivenInput, AfterValidator(_can_be_run)]
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


class Report(Kept):
    """What image-service says of an analysis that has ended. `preview`: a JPEG, as Base64."""

    status: Literal["succeeded", "failed"]
    started_at: str
    finished_at: str
    attempts: list[Attempt]
    metering: Metering
    result: dict[str, Any] | None = None
    error: Failure | None = None
    preview: Annotated[Base64Bytes, Field(strict=False)] | None = None


class Verdict(BaseModel):
    """Which end state counts: that of the first writer."""

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


class DeadLetter(BaseModel):
    """A failed invocation, whole. `id` is the analysis's. `condition` as AWS Lambda names it."""

    id: str
    user_id: str
    condition: Literal["RetriesExhausted", "EventAgeExceeded"]
    failed_at: str
    error: Failure
    attempts: list[Attempt]
    invocation: Intent
    redriven_as: str | None = None


class DeadLetterPage(BaseModel):
    items: list[DeadLetter]
    next_cursor: str | None


class Summary(Kept):
    """What was found, in a few words. `explicit`: the confidence, 0 to 1, null where moderation was
    not asked for; `width` and `height` of the upright picture in pixels."""

    faces: int = 0
    text_lines: int = 0
    labels: list[str] = []
    codes: int = 0
    explicit: float | None = None
    colors: list[str] = []
    width: int | None = None
    height: int | None = None


class Links(BaseModel):
    self: str
    result: str
    preview: str
    events: str


class Retry(BaseModel):
    """A further attempt that is due. `attempt`: its number; `reason`: how the one before it ended, or
    "system-trouble" where a part was away."""

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
    summary: Summary | None = None  # which version 1.0.0 does not tell, nor:
    retry: Retry | None = None
    retry_of: str | None
    request_id: str
    metering: Metering | None
    links: Links


class AnalysisPage(BaseModel):
    items: list[Analysis]
    next_cursor: str | None


class IdempotencyClaim(Strict):
    """`fingerprint` is a digest of the request that the key stands for."""

    fingerprint: str = Field(max_length=128)
    analysis_id: AnalysisId


class IdempotencyRecord(BaseModel):
    fingerprint: str
    analysis_id: str
    created_at: str


class UploadReceipt(BaseModel):
    bytes: int
    sha256: str


class UploadRequest(Strict):
    """`size` in bytes."""

    content_type: str = Field(pattern=r"^image/[a-z0-9.+-]{1,40}$")
    size: int = Field(ge=1, le=IMAGE_LIMIT)


class Storage(BaseModel):
    """Bytes of the images that a user has uploaded: `used` are kept, `reserved` are promised to
    presigned uploads that have not come yet."""

    limit: int
    used: int
    reserved: int
    left: int


class PresignedUpload(BaseModel):
    """`headers` are to be sent as they are."""

    upload_id: str
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: str


class FunctionSettings(Kept):
    """What an admin has set of the image function; null is image-service's own setting. Memory in
    MB and time within AWS Lambda's bounds; `reserved_concurrency` 0 stops the function."""

    memory_mb: int | None = Field(default=None, ge=128, le=10_240)
    timeout_s: float | None = Field(default=None, ge=1, le=900)
    reserved_concurrency: int | None = Field(default=None, ge=0, le=1000)
    max_attempts: int | None = Field(default=None, ge=1, le=10)
    max_event_age_s: float | None = Field(default=None, ge=60, le=21_600)


class FunctionChanges(FunctionSettings):
    """Settings as an admin gives them."""

    model_config = ConfigDict(extra="forbid")


class BatchMember(Kept):
    """One of a batch's submissions: the analysis that it became, or the problem why it did not."""

    index: int = Field(ge=0, lt=128)
    analysis_id: AnalysisId | None = None
    error: dict[str, Any] | None = None


class BatchRecord(Kept):
    members: list[BatchMember] = Field(min_length=1, max_length=128)


class BatchItem(BaseModel):
    """`status` is the analysis's, "rejected" where none was made, "missing"
    where there is none any more."""

    index: int
    analysis_id: str | None
    status: Status | Literal["rejected", "missing"]
    error: dict[str, Any] | None
    summary: Summary | None = None


class Batch(BaseModel):
    """`counts`: items by status."""

    id: str
    created_at: str
    items: list[BatchItem]
    counts: dict[str, int]


class Delivery(BaseModel):
    """A webhook that is owed. `tries`: those that were begun."""

    user_id: str
    analysis_id: str
    url: str
    tries: int = 0


class Removal(Kept):
    """What is to be gone: an account with these analyses, single analyses, or presigned uploads."""

    user_id: str
    analysis_ids: list[str] = []
    upload_ids: list[str] = []
    whole_account: bool = False


class WebhookBody(BaseModel):
    """What the receiver gets."""

    type: Literal["analysis.completed"] = "analysis.completed"
    id: str
    time: str
    data: Analysis


class WebhookMessage(BaseModel):
    """What is to be sent, as it is. `delivery_id` is what this try is deleted by."""

    delivery_id: str
    request_id: str
    url: str
    headers: dict[str, str]
    body: str


class WebhookMessages(BaseModel):
    messages: list[WebhookMessage]
