"""The shapes of the API, made from its OpenAPI document by generate.py: not to be edited."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AccountChange(TypedDict):
    """
    A new password needs the current one, and ends all other sessions. `monthly_budget`: US dollars,
    beyond which no more is taken on until the month ends; null for no limit.
    """

    current_password: NotRequired[str | None]
    display_name: NotRequired[str | None]
    monthly_budget: NotRequired[str | None]
    password: NotRequired[str | None]


class AnalysisError(TypedDict):
    attempts: int
    code: str
    detail: str
    title: str


class ApiKey(TypedDict):
    created_at: str
    expires_at: str | None
    id: str
    last_used_at: str | None
    name: str
    scopes: list[str]


class ApiKeyPage(TypedDict):
    items: list[ApiKey]
    next_cursor: str | None


class ApiKeyRequest(TypedDict):
    expires_at: NotRequired[str | None]
    name: str
    scopes: list[str]


class Attempt(TypedDict):
    duration_ms: float
    init_ms: float
    max_memory_mb: float
    number: int
    outcome: str
    started_at: str


class Box(TypedDict):
    """
    An upright rectangle.
    """

    height: float
    """
    Of the height.
    """
    left: float
    """
    Of the width.
    """
    top: float
    """
    Of the height.
    """
    width: float
    """
    Of the width.
    """


class Color(TypedDict):
    fraction: float
    """
    Of the picture's area.
    """
    hex: str
    """
    sRGB.
    """
    name: str
    """
    The nearest of CSS's named colors.
    """


class EmailVerification(TypedDict):
    """
    `token`: what stands behind `#` in the link.
    """

    token: str


class EngineEntry(TypedDict):
    """
    An engine that took part in an operation.
    """

    degraded: bool
    """
    Whether it worked with less than it should have: a model is missing, or another engine failed.
    """
    model: str
    name: str
    """
    `local`, `clarifai` or `rekognition`.
    """
    operation: Literal[
        "faces",
        "text",
        "labels",
        "moderation",
        "colors",
        "quality",
        "hash",
        "codes",
        "metadata",
    ]
    raw: NotRequired[Any]
    """
    The vendor's own answer, where `raw_answers` asked for it.
    """
    unread_lines: NotRequired[int | None]
    """
    Lines of text that were seen and not read, for lack of time or sharpness.
    """
    version: str


class EngineState(TypedDict):
    """
    `off`: why nobody asks it for now, by operation; "*" for all of them.
    """

    name: str
    off: dict[str, str]
    operations: list[str]


class ExportLink(TypedDict):
    """
    `url` is on this origin, and works once until `expires_at`.
    """

    expires_at: str
    url: str


class FieldError(TypedDict):
    """
    `pointer` is an RFC 6901 pointer into the body, or a parameter's name after a slash.
    """

    detail: str
    pointer: str


class FileSubmission(TypedDict):
    """
    An analysis of an image that is sent along.
    """

    engine: NotRequired[Literal["auto", "local", "clarifai", "rekognition"]]
    image: bytes
    """
    The file, 20 MiB at the most.
    """
    max_labels: NotRequired[int | None]
    """
    Keep so many labels at the most, the most certain ones.
    """
    metadata: NotRequired[dict[str, Any]]
    min_confidence: NotRequired[float]
    """
    Leave out labels that are less certain, 0 to 1.
    """
    operations: NotRequired[
        list[
            Literal[
                "faces",
                "text",
                "labels",
                "moderation",
                "colors",
                "quality",
                "hash",
                "codes",
                "metadata",
            ]
        ]
    ]
    raw_answers: NotRequired[bool]
    """
    Keep vendors' answers in `engines[].raw`, as they came.
    """
    webhook_url: NotRequired[str | None]


class FunctionChanges(TypedDict):
    """
    Null gives a setting back to the workers' own. Bounds as AWS Lambda's.
    """

    max_attempts: NotRequired[int | None]
    max_event_age_s: NotRequired[float | None]
    memory_mb: NotRequired[int | None]
    reserved_concurrency: NotRequired[int | None]
    timeout_s: NotRequired[float | None]


class FunctionLive(TypedDict):
    """
    Of all workers together.
    """

    busy: int
    cold_starts: int
    instances: int
    oldest_age_s: float
    queue_depth: int
    warm: int


class FunctionState(TypedDict):
    """
    `reserved_concurrency`: analyses under way at the most, 0 stops the function, null leaves it
    to the number of workers.
    """

    live: FunctionLive
    max_attempts: int
    max_event_age_s: float
    memory_mb: int
    reserved_concurrency: int | None
    timeout_s: float


class Hash(TypedDict):
    """
    Perceptual hashes: of two pictures that look alike few bits differ.
    """

    algorithm: str
    """
    Only hashes of one algorithm compare.
    """
    dhash: str
    """
    64 bits, hexadecimal.
    """
    phash: str
    """
    64 bits, hexadecimal.
    """


class Health(TypedDict):
    """
    `checks`: "ok" or the reason, per dependency.
    """

    checks: dict[str, str]
    status: Literal["ok", "degraded"]


class Image(TypedDict):
    """
    The picture as it was read.
    """

    bytes: int
    """
    Size of the file.
    """
    format: str
    """
    `jpeg`, `png`, `webp`, `gif` and so on, by its content.
    """
    frames: NotRequired[int]
    """
    Of an animation, of which the first is analysed.
    """
    height: int
    """
    Pixels, upright.
    """
    orientation_applied: bool
    """
    Whether it was turned as its EXIF data says.
    """
    sha256: str
    """
    Of the file, hexadecimal.
    """
    truncated: NotRequired[bool]
    """
    Whether a part of the file is missing.
    """
    width: int
    """
    Pixels, upright.
    """


class Input(TypedDict):
    """
    A field with a default is absent where the submission leaves it there.
    """

    engine: Literal["auto", "local", "clarifai", "rekognition"]
    image_url: str | None
    kind: Literal["url", "upload"]
    max_labels: NotRequired[int | None]
    metadata: dict[str, Any]
    min_confidence: NotRequired[float]
    operations: list[
        Literal[
            "faces",
            "text",
            "labels",
            "moderation",
            "colors",
            "quality",
            "hash",
            "codes",
            "metadata",
        ]
    ]
    raw_answers: NotRequired[bool]


class Invocation(TypedDict):
    """
    What was to be run, as it was accepted.
    """

    analysis_id: str
    created_at: str
    input: Input
    request_id: str
    retry_of: str | None
    user_id: str
    webhook_url: str | None


class LabelInstance(TypedDict):
    """
    One thing of the label's kind.
    """

    box: Box
    confidence: float


class Landmark(TypedDict):
    type: str
    """
    `right_eye`, `left_eye`, `nose`, `mouth_right` or `mouth_left`, as the person has them; a vendor's engine may know more.
    """
    x: float
    """
    Of the width, from the left.
    """
    y: float
    """
    Of the height, from the top.
    """


class Links(TypedDict):
    events: str
    preview: str
    result: str
    self: str


class Metadata(TypedDict):
    """
    What the camera wrote (EXIF); null where it did not. A place is never given, only whether there is one.
    """

    exposure_time: float | None
    """
    Seconds.
    """
    f_number: float | None
    focal_length: float | None
    """
    Millimetres.
    """
    has_gps: bool
    """
    Whether the file tells where it was taken.
    """
    iso: int | None
    lens: str | None
    make: str | None
    model: str | None
    taken_at: str | None
    """
    ISO 8601 by the camera's clock, with its offset where it has one.
    """


class Metering(TypedDict):
    billed_ms: int
    duration_ms: float
    engine_calls: int
    gb_seconds: float
    init_ms: float
    memory_mb: int


class ModerationLabel(TypedDict):
    """
    A kind of content that some would not want to see.
    """

    confidence: float
    name: str


class NewApiKey(TypedDict):
    """
    `key` is shown this once.
    """

    created_at: str
    expires_at: str | None
    id: str
    key: str
    last_used_at: str | None
    name: str
    scopes: list[str]


class Nothing(TypedDict):
    """
    An empty object: all that is needed is elsewhere.
    """


class ObjectiveState(TypedDict):
    budget_left: float
    holds: bool
    measured: float | None
    name: str
    service: str
    target: float
    unit: str
    window: str


class OfferedProvider(TypedDict):
    """
    `name` is for people.
    """

    id: str
    name: str


class PasswordReset(TypedDict):
    """
    `token`: what stands behind `#` in the link.
    """

    password: str
    token: str


class PasswordResetRequest(TypedDict):
    email: str


class Point(TypedDict):
    x: float
    """
    Of the width, from the left.
    """
    y: float
    """
    Of the height, from the top.
    """


class PresignedUpload(TypedDict):
    """
    Send the image there, with `headers` as they are, until `expires_at`.
    """

    expires_at: str
    headers: dict[str, str]
    method: Literal["PUT"]
    upload_id: str
    url: str


class ProblemDetails(TypedDict):
    """
    RFC 9457. `errors` is there on 422, `trace_id` where the request's spans are recorded.
    """

    detail: str
    errors: NotRequired[list[FieldError] | None]
    instance: str
    request_id: str
    status: int
    title: str
    trace_id: NotRequired[str | None]
    type: str


class ProblemOperation(TypedDict):
    method: str
    operation_id: str
    path: str


class ProblemTypeDescription(TypedDict):
    """
    A type of problem. `operations`: those that may answer it.
    """

    meaning: str
    operations: list[ProblemOperation]
    remedy: str
    status: int
    title: str
    type: str


class ProviderRedirect(TypedDict):
    """
    Where the browser is to go.
    """

    url: str


class ProviderResponse(TypedDict):
    """
    What stands in the address that the provider has sent the browser back to (RFC 6749 §4.1.2, RFC 9207).
    """

    code: str
    iss: NotRequired[str | None]
    state: str


class ProviderSignIn(TypedDict):
    """
    `provider`: its id in `GET /v1/sign-in-options`.
    """

    provider: str


class Purge(TypedDict):
    """
    `edges`: how many were told. From then on they give nothing that was stored at these paths before.
    """

    edges: int
    paths: list[str]


Path: TypeAlias = str


class PurgeRequest(TypedDict):
    paths: list[Path]
    """
    Paths; `/docs/*` is all below a folder.
    """


class Quality(TypedDict):
    blurred: bool
    brightness: float
    """
    Mean, 0 is black.
    """
    clipped: float
    """
    Of the area: wholly black or wholly white.
    """
    contrast: float
    """
    Standard deviation of the brightness.
    """
    sharpness: float
    """
    Of its sharpest parts, as variance of the Laplacian: below 100 it is blurred.
    """


class QueueState(TypedDict):
    """
    Messages: `waiting` for a worker, `in_flight` at one, `delayed` until a further attempt. `oldest_age_s`:
    seconds since the oldest that has not ended came or came back. `slots`: messages that its workers take at a
    time; `warm` and `busy` are their instances, `cold_starts` those that were started for a message.
    """

    busy: int
    cold_starts: int
    delayed: int
    in_flight: int
    name: str
    oldest_age_s: float
    slots: int
    waiting: int
    warm: int
    workers: int


class Quota(TypedDict):
    left: int
    limit: int
    reserved: int
    resets_at: str
    used: int


class Receipt(TypedDict):
    """
    Which versions made this of which file.
    """

    contracts: str
    input_sha256: str
    service: str


class ResultAttempt(TypedDict):
    """
    One try at the analysis.
    """

    duration_ms: float
    """
    Milliseconds, `init_ms` among them.
    """
    init_ms: float
    """
    Milliseconds until the instance was ready; 0 for a warm one.
    """
    max_memory_mb: float
    """
    MiB at the most.
    """
    number: int
    outcome: str
    """
    `succeeded`, `reused`, or the code of the error.
    """
    started_at: str
    """
    RFC 3339, UTC.
    """


class Retry(TypedDict):
    """
    A further attempt that is due. `attempt`: its number; `reason`: the error's code of the one before
    it, or "system-trouble".
    """

    attempt: int
    due_at: str
    reason: str


class Rotation(TypedDict):
    """
    For how long the old key goes on, in seconds: at most a week.
    """

    overlap_s: NotRequired[int]


class SecurityEvent(TypedDict):
    """
    `subject`: the id of the key or session that it is about. `count`: so many of its kind in that
    minute. `network`: where it came from, shortened to /24 or /48.
    """

    count: int
    id: str
    kind: str
    network: str | None
    request_id: str
    subject: str | None
    time: str
    user_agent: str | None


class SecurityEventPage(TypedDict):
    items: list[SecurityEvent]
    next_cursor: str | None


class ServiceState(TypedDict):
    name: str
    state: Literal["ok", "degraded", "down"]
    version: str


class Session(TypedDict):
    """
    `user_agent` as it was given at sign-in, shortened. `current`: the one that asks.
    """

    created_at: str
    current: bool
    id: str
    last_used_at: str
    user_agent: str | None


class SessionPage(TypedDict):
    items: list[Session]
    next_cursor: str | None


class SessionTokens(TypedDict):
    """
    As Tokens, whose refresh token is in a cookie.
    """

    access_token: str
    expires_in: int
    scope: str
    token_type: Literal["Bearer"]


class Share(TypedDict):
    """
    Whoever has an address sees that part, without an account.
    """

    created_at: str
    expires_at: str
    parts: list[Literal["preview", "result", "page"]]
    share_id: str
    url: str
    """
    Of the page, else of the first part that is shown.
    """
    urls: dict[Literal["preview", "result", "page"], str]
    """
    Of each part that is shown.
    """


class SharePage(TypedDict):
    """
    An analysis has 20 shares at the most, so that there is no second page.
    """

    items: list[Share]
    next_cursor: NotRequired[str | None]


class ShareRequest(TypedDict):
    """
    A page shows preview and result, so that it opens both.
    """

    expires_in: NotRequired[int]
    """
    Seconds.
    """
    parts: NotRequired[list[Literal["preview", "result", "page"]]]


class SignIn(TypedDict):
    email: str
    password: str


class SignInOptions(TypedDict):
    """
    What this system offers beside e-mail address and password.
    """

    email_verification: bool
    password_reset: bool
    providers: NotRequired[list[OfferedProvider]]


class SignUp(TypedDict):
    display_name: NotRequired[str | None]
    email: str
    password: str


class Storage(TypedDict):
    """
    Bytes of uploaded images: `used` are kept, `reserved` are promised to presigned uploads that
    have not come yet.
    """

    left: int
    limit: int
    reserved: int
    used: int


class Summary(TypedDict):
    """
    What was found, in a few words: counts, and the first names. `explicit`: the confidence, null
    where moderation was not asked for; `width` and `height` in pixels.
    """

    codes: int
    colors: list[str]
    explicit: float | None
    faces: int
    height: int | None
    labels: list[str]
    text_lines: int
    width: int | None


class SystemStatus(TypedDict):
    engines: list[EngineState]
    objectives: list[ObjectiveState]
    services: list[ServiceState]


class Tokens(TypedDict):
    """
    RFC 6749 §5.1.
    """

    access_token: str
    expires_in: int
    refresh_token: str
    scope: str
    token_type: Literal["Bearer"]


class UploadRequest(TypedDict):
    """
    `size` in bytes. The upload has to be of that type and size.
    """

    content_type: str
    size: int


class UploadSubmission(TypedDict):
    """
    An analysis of an image that was put into the store by a presigned upload.
    """

    engine: NotRequired[Literal["auto", "local", "clarifai", "rekognition"]]
    max_labels: NotRequired[int | None]
    """
    Keep so many labels at the most, the most certain ones.
    """
    metadata: NotRequired[dict[str, Any]]
    min_confidence: NotRequired[float]
    """
    Leave out labels that are less certain, 0 to 1.
    """
    operations: NotRequired[
        list[
            Literal[
                "faces",
                "text",
                "labels",
                "moderation",
                "colors",
                "quality",
                "hash",
                "codes",
                "metadata",
            ]
        ]
    ]
    raw_answers: NotRequired[bool]
    """
    Keep vendors' answers in `engines[].raw`, as they came.
    """
    upload_id: str
    webhook_url: NotRequired[str | None]


class UrlSubmission(TypedDict):
    """
    An analysis of an image that has an address.
    """

    engine: NotRequired[Literal["auto", "local", "clarifai", "rekognition"]]
    image_url: str
    max_labels: NotRequired[int | None]
    """
    Keep so many labels at the most, the most certain ones.
    """
    metadata: NotRequired[dict[str, Any]]
    min_confidence: NotRequired[float]
    """
    Leave out labels that are less certain, 0 to 1.
    """
    operations: NotRequired[
        list[
            Literal[
                "faces",
                "text",
                "labels",
                "moderation",
                "colors",
                "quality",
                "hash",
                "codes",
                "metadata",
            ]
        ]
    ]
    raw_answers: NotRequired[bool]
    """
    Keep vendors' answers in `engines[].raw`, as they came.
    """
    webhook_url: NotRequired[str | None]


class UsageLine(TypedDict):
    amount: str
    analysis_id: str
    billed_ms: int
    engine_calls: int
    finished_at: str
    gb_seconds: float
    memory_mb: int


class UsageTotals(TypedDict):
    amount: str
    analyses: int
    billed_ms: int
    currency: str
    engine_calls: int
    gb_seconds: float


class User(TypedDict):
    """
    `monthly_quota`: null where it is everybody's. `email_verified`: whether the owner has proved by a mailed
    link that the address is theirs.
    """

    created_at: str
    display_name: str | None
    email: str
    email_verified: NotRequired[bool]
    id: str
    monthly_budget: NotRequired[str | None]
    monthly_quota: NotRequired[int | None]
    scopes: list[str]
    suspended: NotRequired[bool]


class UserChange(TypedDict):
    """
    What an admin may change. `monthly_quota`: analyses, null for what everybody has.
    """

    monthly_quota: NotRequired[int | None]
    suspended: NotRequired[bool]


class UserPage(TypedDict):
    items: list[User]
    next_cursor: str | None


class Version(TypedDict):
    commit: str
    service: str
    version: str


class WebhookSecret(TypedDict):
    """
    As Standard Webhooks write it: `whsec_` and base64.
    """

    secret: str


class Word(TypedDict):
    box: Box
    confidence: float
    polygon: list[Point]
    """
    Its corners in reading direction, from the upper left one on.
    """
    text: str


class BatchItem(TypedDict):
    """
    `status` is the analysis's, "rejected" where none was made (`error` is the problem), "missing"
    where there is none any more.
    """

    analysis_id: str | None
    error: dict[str, Any] | None
    index: int
    status: Literal["queued", "running", "succeeded", "failed", "canceled", "rejected", "missing"]
    summary: Summary | None


class BatchSubmission(TypedDict):
    """
    Each member as in a submission by JSON; each is checked, accepted or rejected by itself.
    """

    items: list[UrlSubmission | UploadSubmission]


class Code(TypedDict):
    """
    A bar code or matrix code.
    """

    bytes: str | None
    """
    The content in base64 where it is no text, else null.
    """
    kind: str
    """
    `qr`, `micro-qr`, `rmqr`, `data-matrix`, `aztec`, `pdf417`, `maxicode`, `ean-13`, `ean-8`, `upc-a`, `upc-e`, `code-39`, `code-93`, `code-128`, `codabar`, `itf`, `databar` or `databar-expanded`.
    """
    orientation: NotRequired[int]
    """
    Degrees clockwise from upright.
    """
    polygon: list[Point]
    """
    Its four corners, from its own upper left one on.
    """
    text: str
    """
    Empty where the content is no text.
    """


class DeadLetter(TypedDict):
    """
    A failed invocation, whole. `id` is the analysis's. `condition` as AWS Lambda names it.
    """

    attempts: list[Attempt]
    condition: Literal["RetriesExhausted", "EventAgeExceeded"]
    error: AnalysisError
    failed_at: str
    id: str
    invocation: Invocation
    redriven_as: str | None
    user_id: str


class DeadLetterPage(TypedDict):
    items: list[DeadLetter]
    next_cursor: str | None


class Face(TypedDict):
    box: Box
    confidence: float
    """
    That this is a face.
    """
    landmarks: list[Landmark]
    """
    Empty where the engine finds none.
    """


class Label(TypedDict):
    aliases: NotRequired[list[str]]
    """
    What else it is called.
    """
    categories: NotRequired[list[str]]
    confidence: float
    """
    Of the surest instance, or of the whole picture.
    """
    instances: list[LabelInstance]
    """
    Where it is, the surest first; empty for what holds for the whole picture.
    """
    model: NotRequired[str | None]
    """
    The model that said so.
    """
    name: str
    """
    In English, lower case.
    """
    parents: NotRequired[list[str]]
    """
    The labels above it, the nearest first.
    """
    source: Literal["model", "derived"]
    """
    `derived`: concluded from faces, colors and sharpness, as `portrait` is.
    """


class QueueList(TypedDict):
    queues: list[QueueState]


class TextLine(TypedDict):
    box: Box
    confidence: float
    kind: NotRequired[Literal["line"]]
    polygon: list[Point]
    """
    Its corners in reading direction, from the upper left one on.
    """
    text: str
    words: list[Word]
    """
    From the line's beginning to its end.
    """


class Usage(TypedDict):
    """
    `storage` is null while it cannot be told.
    """

    line_items: list[UsageLine]
    month: str
    next_cursor: str | None
    quota: Quota
    storage: Storage | None
    totals: UsageTotals


class Batch(TypedDict):
    """
    `counts`: items by status.
    """

    counts: dict[str, int]
    created_at: str
    id: str
    items: list[BatchItem]


class Result(TypedDict):
    """
    What was found. Every key is there; "nothing found" is an empty list.
    """

    analysis_id: str
    attempts: list[ResultAttempt]
    codes: list[Code]
    """
    From top to bottom.
    """
    colors: list[Color]
    """
    The largest area first.
    """
    engines: list[EngineEntry]
    faces: list[Face]
    hash: Hash | None
    image: Image
    labels: list[Label]
    """
    The surest first.
    """
    metadata: Metadata | None
    moderation: list[ModerationLabel]
    quality: Quality | None
    receipt: Receipt
    reused_from: NotRequired[str | None]
    """
    The analysis of the same file whose result this is.
    """
    schema_version: Literal["1"]
    text: list[TextLine]
    """
    In reading order.
    """


class Analysis(TypedDict):
    """
    In lists `result` is null; `summary` is there of all that succeeded.
    """

    attempts: int
    created_at: str
    error: AnalysisError | None
    finished_at: str | None
    id: str
    input: Input
    links: Links
    metering: Metering | None
    request_id: str
    result: Result | None
    retry: Retry | None
    retry_of: str | None
    started_at: str | None
    status: Literal["queued", "running", "succeeded", "failed", "canceled"]
    summary: Summary | None


class AnalysisPage(TypedDict):
    items: list[Analysis]
    next_cursor: str | None


class SimilarAnalysis(TypedDict):
    """
    `similarity`, 0 to 1, compares what a model sees in the two pictures: unrelated ones lie at 0.2 to 0.4, the same
    kind of thing at 0.7, the same scene at 0.99. Of a `near_duplicate` that no model has seen it is the share of equal
    bits of the perceptual hashes.
    """

    analysis: Analysis
    near_duplicate: bool
    similarity: float


class SimilarAnalyses(TypedDict):
    """
    `complete` is false while older pictures are still being looked through: ask again in some seconds.
    """

    complete: bool
    items: list[SimilarAnalysis]
