"""What a caller of user-service can be told."""

from sightline_contracts.problems import Problem


class NoSuchUser(Problem):
    status, slug, title = 404, "not-found", "There is nothing here"


class EmailTaken(Problem):
    status, slug, title = 409, "email-taken", "This e-mail address has an account already"


class InvalidCredentials(Problem):
    status, slug, title = 401, "invalid-credentials", "The API key is not valid"


class KeyOfSuspended(Problem):
    status, slug, title = 401, "suspended", "The account is suspended"


class WrongPassword(Problem):
    status, slug, title = 403, "wrong-password", "The current password is not right"


class LinkNotValid(Problem):
    status, slug, title = 403, "link-not-valid", "The link does not work any more"


class MailNotConfigured(Problem):
    status, slug, title = 409, "mail-not-configured", "This system sends no mail"


class SignInRefused(Problem):
    status, slug, title = 403, "sign-in-refused", "The sign-in was not accepted"


class AddressNotProved(Problem):
    """Two accounts of one address are one only where the address was proved on both sides."""

    status, slug, title = 409, "address-not-proved", "There is an account with this address already"


class ProviderAway(Problem):
    status, slug, title = 503, "provider-away", "The identity provider does not answer"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class QuotaExceeded(Problem):
    status, slug, title = 429, "quota-exceeded", "The monthly quota is used up"


class BudgetExceeded(Problem):
    status, slug, title = 429, "budget-exceeded", "The monthly budget is spent"


class Suspended(Problem):
    """A suspended account has no quota. The status is one that callers of a reservation have always
    known; to a client the gateway says 403."""

    status, slug, title = 429, "suspended", "The account is suspended"


class Overloaded(Problem):
    status, slug, title = 503, "overloaded", "Too many sign-ins at once"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class GrantRefused(Exception):
    """An error of RFC 6749 §5.2; `error` is its code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
