"""What arrives and leaves where somebody signs in without a password, or without the one there was."""

from pydantic import BaseModel, Field

from user_service.models import Strict


class PasswordResetRequest(Strict):
    email: str = Field(max_length=254)


class PasswordReset(Strict):
    """`token`: the secret of the link that was mailed."""

    token: str = Field(max_length=100)
    password: str


class EmailVerification(Strict):
    """`token`: the secret of the link that was mailed."""

    token: str = Field(max_length=100)


class OfferedProvider(BaseModel):
    """`name` is for people."""

    id: str
    name: str


class ProviderSignIn(Strict):
    """`browser`: a secret of the browser that begins, which it shows again at the end."""

    provider: str = Field(max_length=32)
    browser: str = Field(min_length=43, max_length=100)


class ProviderRedirect(BaseModel):
    """Where the browser is to go."""

    url: str


class ProviderResponse(Strict):
    """What the provider has sent the browser back with."""

    state: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=1, max_length=4096)
    iss: str | None = Field(default=None, max_length=1000)
    browser: str = Field(min_length=43, max_length=100)


class SignInOptions(BaseModel):
    """What this system offers beside e-mail address and password."""

    password_reset: bool
    email_verification: bool
    providers: list[OfferedProvider] = []
