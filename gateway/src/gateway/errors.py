"""What a client can be told by the gateway itself."""

from sightline_contracts.problems import NotFound, Problem, Unavailable


class Unauthorized(Problem):
    status, slug, title = 401, "unauthorized", "Valid credentials are needed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status, slug, title = 403, "insufficient-scope", "The credentials do not allow this"


class Suspended(Problem):
    status, slug, title = 403, "suspended", "The account is suspended"


class SignInRefused(Problem):
    status, slug, title = 403, "sign-in-refused", "The sign-in was not accepted"


class RateLimited(Problem):
    status, slug, title = 429, "rate-limited", "Too many requests"


class OperationUnavailable(Problem):
    status, slug, title = 422, "operation-unavailable", "No configured engine can do this"


class IdempotencyKeyReused(Problem):
    status, slug, title = 422, "idempotency-key-reused", "This key stands for another request"


class RequestInFlight(Problem):
    status, slug, title = 409, "request-in-flight", "The first request with this key is under way"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class Deleted(NotFound):
    """What the first request with a key made is deleted."""

    title = "It was deleted"

    def __init__(self) -> None:
        super().__init__(extra={"deleted": True})


class NotSent(Unavailable):
    """No connection was made: whatever was asked, a service has seen nothing of it."""


class TooManyStreams(Problem):
    status, slug, title = 429, "rate-limited", "Too many event streams are open"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class NothingMore(Exception):
    """An event stream has nothing more to tell, ever: 204, on which an EventSource stays away."""


class UpstreamFailed(Problem):
    """A service behind the gateway answered with an error of its own or not at all readable."""

    status, slug, title = 502, "upstream-failed", "A part of the system failed"


class ContractViolation(Problem):
    """A service behind the gateway answered outside its contract: nothing of it is passed on."""

    status, slug, title = 502, "contract-violation", "A part answered outside its contract"


class UpstreamTimeout(Problem):
    status, slug, title = 504, "upstream-timeout", "A part of the system did not answer in time"


class UpstreamProblem(Problem):
    """A problem that a service behind the gateway found, told to the client as it is."""

    def __init__(self, status: int, body: dict[str, object], headers: dict[str, str]) -> None:
        self.status = status  # type: ignore[misc]  # here each instance has its own
        self.slug = str(body.get("type", "")).rpartition("/")[2] or "unknown"  # type: ignore[misc]
        self.title = str(body.get("title", ""))  # type: ignore[misc]
        known = {"type", "title", "status", "detail", "instance", "request_id", "errors"}
        errors = body.get("errors")
        super().__init__(
            str(body.get("detail", "")),
            errors=errors if isinstance(errors, list) else (),
            headers=headers,
            extra={key: value for key, value in body.items() if key not in known},
        )

    @property
    def is_of_deleted(self) -> bool:
        """Whether it is about something that was there and was deleted."""
        return self.extra.get("deleted") is True
