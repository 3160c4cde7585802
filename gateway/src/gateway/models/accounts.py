"""The public shapes of accounts, credentials and the bill."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from gateway.models.analyses import Strict


class WebhookSecret(BaseModel):
    """As Standard Webhooks write it: `whsec_` and base64."""

    secret: str


class SignUp(Strict):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024, json_schema_extra={"format": "password"})
    display_name: str | None = Field(default=None, max_length=100)


class PasswordResetRequest(Strict):
    email: str = Field(max_length=254)


class PasswordReset(Strict):
    """`token`: what stands behind `#` in the link."""

    token: str = Field(max_length=100)
    password: str = Field(max_length=1024, json_schema_extra={"format": "password"})


class EmailVerification(Strict):
    """`token`: what stands behind `#` in the link."""

    token: str = Field(max_length=100)


class ProviderSignIn(Strict):
    """`provider`: its id in `GET /v1/sign-in-options`."""

    provider: str = Field(min_length=1, max_length=32)


class ProviderRedirect(BaseModel):
    """Where the browser is to go."""

    url: str


class ProviderResponse(Strict):
    """What stands in the address that the provider has sent the browser back to (RFC 6749 §4.1.2, RFC 9207)."""

    state: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=1, max_length=4096)
    iss: str | None = Field(default=None, max_length=1000)


class OfferedProvider(BaseModel):
    """`name` is for people."""

    id: str
    name: str


class SignInOptions(BaseModel):
    """What this system offers beside e-mail address and password."""

    password_reset: bool
    email_verification: bool
    providers: list[OfferedProvider] = []


class AccountChange(Strict):
    """A new password needs the current one, and ends all other sessions. `monthly_budget`: US dollars,
    beyond which no more is taken on until the month ends; null for no limit."""

    display_name: str | None = Field(default=None, max_length=100)
    password: str | None = Field(default=None, max_length=1024)
    current_password: str | None = Field(default=None, max_length=1024)
    monthly_budget: Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,2})?$")] | None = None


class UserChange(Strict):
    """What an admin may change. `monthly_quota`: analyses, null for what everybody has."""

    monthly_quota: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    suspended: bool = False


class ApiKeyRequest(Strict):
    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1)
    expires_at: str | None = None


class User(BaseModel):
    """`monthly_quota`: null where it is everybody's. `email_verified`: whether the owner has proved by a mailed
    link that the address is theirs."""

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
    """`user_agent` as it was given at sign-in, shortened. `current`: the one that asks."""

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
    minute. `network`: where it came from, shortened to /24 or /48."""

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
    """`key` is shown this once."""

    key: str


class ApiKeyPage(BaseModel):
    items: list[ApiKey]
    next_cursor: str | None


class Tokens(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    scope: str


class SignIn(Strict):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024, json_schema_extra={"format": "password"})


class Nothing(Strict):
    """An empty object: all that is needed is elsewhere."""


class SessionTokens(BaseModel):
    """As Tokens, whose refresh token is in a cookie."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class UsageTotals(BaseModel):
    analyses: int
    billed_ms: int
    gb_seconds: float
    engine_calls: int
    amount: str
    currency: str


class UsageLine(BaseModel):
    analysis_id: str
    finished_at: str
    billed_ms: int
    memory_mb: int
    gb_seconds: float
    engine_calls: int
    amount: str


class Quota(BaseModel):
    limit: int
    used: int
    reserved: int
    left: int
    resets_at: str


class Storage(BaseModel):
    """Bytes of uploaded images: `used` are kept, `reserved` are promised to presigned uploads that
    have not come yet."""

    limit: int
    used: int
    reserved: int
    left: int


class Usage(BaseModel):
    """`storage` is null while it cannot be told."""

    month: str
    totals: UsageTotals
    line_items: list[UsageLine]
    next_cursor: str | None
    quota: Quota
    storage: Storage | None


class ExportLink(BaseModel):
    """`url` is on this origin, and works once until `expires_at`."""

    url: str
    expires_at: str
