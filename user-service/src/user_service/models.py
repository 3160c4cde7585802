"""What arrives, strictly read, and what leaves."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sightline_contracts import ids

UserId = Annotated[str, Field(pattern=ids.USER_ID)]
AnalysisId = Annotated[str, Field(pattern=ids.ANALYSIS_ID)]
SessionId = Annotated[str, Field(pattern=ids.SESSION_ID)]
ApiKeyId = Annotated[str, Field(pattern=ids.API_KEY_ID)]
Scope = Literal["analyses:read", "analyses:write", "account", "admin", "metrics:read"]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SignUp(Strict):
    email: str
    password: str
    display_name: str | None = Field(default=None, max_length=100)


class AccountChange(Strict):
    """What its owner may change. Only what is named changes; a new password needs the current one.
    `monthly_budget`: US dollars, null for no limit."""

    display_name: str | None = Field(default=None, max_length=100)
    password: str | None = None
    current_password: str | None = None
    monthly_budget: Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,2})?$")] | None = None


class StandingChange(Strict):
    """What an admin may change. Only what is named changes. `monthly_quota`: null for what everybody
    has."""

    monthly_quota: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    suspended: bool = False


class User(BaseModel):
    """`monthly_quota`: null where it is everybody's. `email_verified`: whether the owner has proved that the
    address is theirs."""

    id: str
    email: str
    display_name: str | None
    created_at: str
    scopes: list[str]
    suspended: bool = False
    email_verified: bool = False
    monthly_quota: int | None = None
    monthly_budget: str | None = None


class UserPage(BaseModel):
    items: list[User]
    next_cursor: str | None


class Session(BaseModel):
    id: str
    created_at: str
    last_used_at: str
    user_agent: str | None
    current: bool


class SessionPage(BaseModel):
    items: list[Session]
    next_cursor: str | None


class SecurityEvent(BaseModel):
    """`subject`: the id of the key or session that it is about. `count`: so many of its kind in that
    minute. `network`: the client's address, shortened to /24 or /48."""

    id: str
    kind: str
    time: str
    subject: str | None
    count: int
    request_id: str
    network: str | None
    user_agent: str | None


class SecurityEventPage(BaseModel):
    items: list[SecurityEvent]
    next_cursor: str | None


class Tokens(BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    scope: str


class TokenError(BaseModel):
    """RFC 6749 §5.2."""

    error: str
    error_description: str


class Jwks(BaseModel):
    keys: list[dict[str, Any]]


class ApiKeyRequest(Strict):
    """`expires_at`: RFC 3339."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1)
    expires_at: str | None = None


class Rotation(Strict):
    """For how long the old key goes on, in seconds: at most a week."""

    overlap_s: int = Field(default=86_400, ge=0, le=604_800)


class ApiKey(BaseModel):
    id: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewApiKey(ApiKey):
    key: str


class ApiKeyPage(BaseModel):
    items: list[ApiKey]
    next_cursor: str | None


class PresentedKey(Strict):
    key: str = Field(max_length=200)


class PresentedSignature(Strict):
    """AWS Signature Version 4: `signed_at` as in X-Amz-Date, `request_sha256` of the canonical
    request."""

    key_id: ApiKeyId
    signed_at: str = Field(pattern=r"^[0-9]{8}T[0-9]{6}Z$")
    region: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    service: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    request_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[0-9a-f]{64}$")


class KeyHolder(BaseModel):
    """`expires_at`: when the key ends, null where it does not."""

    user_id: str
    key_id: str
    scopes: list[str]
    expires_at: str | None = None


class Reservation(BaseModel):
    analysis_id: str


class Metering(Strict):
    """`gb_seconds`: billed seconds times GiB of memory."""

    billed_ms: int = Field(ge=0)
    duration_ms: float = Field(ge=0, allow_inf_nan=False)
    init_ms: float = Field(ge=0, allow_inf_nan=False)
    memory_mb: int = Field(ge=0)
    gb_seconds: float = Field(ge=0, allow_inf_nan=False)
    engine_calls: int = Field(ge=0)


class EndedAnalysis(Strict):
    user_id: UserId
    analysis_id: AnalysisId
    finished_at: str
    status: Literal["succeeded", "failed", "canceled"]
    metering: Metering


class EndedAnalyses(Strict):
    """Each is settled by itself: some may be, others not."""

    analyses: list[EndedAnalysis] = Field(min_length=1, max_length=100)


class Settlement(BaseModel):
    """Ids of analyses. `unknown`: their user is gone. What is in neither list is to be sent again."""

    settled: list[str]
    unknown: list[str]


class UsageLine(BaseModel):
    analysis_id: str
    finished_at: str
    billed_ms: int
    memory_mb: int
    gb_seconds: float
    engine_calls: int
    amount: str


class UsageTotals(BaseModel):
    analyses: int
    billed_ms: int
    gb_seconds: float
    engine_calls: int
    amount: str
    currency: str


class QuotaState(BaseModel):
    limit: int
    used: int
    reserved: int
    left: int
    resets_at: str


class Usage(BaseModel):
    month: str
    totals: UsageTotals
    line_items: list[UsageLine]
    next_cursor: str | None
    quota: QuotaState


class WebhookSecret(BaseModel):
    secret: str


class WebhookSignature(BaseModel):
    """The value of the header `webhook-signature`."""

    signature: str
