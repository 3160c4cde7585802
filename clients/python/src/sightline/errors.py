"""What can go wrong, as classes: one for each type of problem that a program may want to act on."""

from collections.abc import Mapping
from typing import Any

from sightline.models import Analysis
from sightline.requests import Reply


class SightlineError(Exception):
    """Of which all others are."""


class ConnectionFailed(SightlineError):
    """No answer came: the system is away, or the network is."""


class SignInFailed(SightlineError):
    """The address, the password or the refresh token is not right (RFC 6749 §5.2)."""


class AnalysisFailed(SightlineError):
    """It ended without a result. `code` as the API names it; `analysis` is whole."""

    def __init__(self, analysis: Analysis) -> None:
        error = analysis["error"]
        self.analysis = analysis
        self.code = error["code"] if error else analysis["status"]
        super().__init__(error["detail"] if error else f"The analysis was {analysis['status']}.")


class WaitedTooLong(SightlineError):
    """It goes on, but nobody waits any more. `id` is that of the analysis or batch."""

    def __init__(self, id: str) -> None:  # noqa: A002  # as the API calls it
        self.id = id
        super().__init__(f"{id} has not ended in time; it goes on.")


class InvalidSignature(SightlineError):
    """A webhook's message is not signed with this secret, or is an old one."""


class ApiError(SightlineError):
    """A problem that the API has answered (RFC 9457). `retry_after_s`: seconds, None where it does not say."""

    def __init__(
        self, status: int, problem: Mapping[str, Any], retry_after_s: float | None
    ) -> None:
        self.status = status
        self.type = str(problem.get("type", "about:blank"))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", ""))
        self.request_id = str(problem.get("request_id", ""))
        self.errors: list[dict[str, str]] = list(problem.get("errors") or [])
        self.retry_after_s = retry_after_s
        places = "; ".join(f"{one.get('pointer')}: {one.get('detail')}" for one in self.errors)
        said = self.detail or self.title
        super().__init__(f"{said} ({places})" if places else said)


class Unauthorized(ApiError):
    """The credentials are missing, wrong, or have ended."""


class InsufficientScope(ApiError):
    """The credentials do not allow this."""


class Suspended(ApiError):
    """The account is suspended."""


class NotFound(ApiError):
    """There is no such thing, or it was deleted."""


class Conflict(ApiError):
    """It has ended already, an address is taken, or the first request with a key is under way."""


class InvalidRequest(ApiError):
    """`errors` names each place that is wrong."""


class OperationUnavailable(ApiError):
    """No engine that is configured can do this."""


class RateLimited(ApiError):
    """Too many requests in a short time."""


class QuotaExceeded(ApiError):
    """The month's analyses or the storage are used up, or the budget is spent."""


class Unavailable(ApiError):
    """A part of the system is away or has too much to do: try again later."""


_BY_TYPE: dict[str, type[ApiError]] = {
    "unauthorized": Unauthorized,
    "insufficient-scope": InsufficientScope,
    "suspended": Suspended,
    "not-found": NotFound,
    "already-finished": Conflict,
    "email-taken": Conflict,
    "nothing-to-compare": Conflict,
    "request-in-flight": Conflict,
    "invalid-request": InvalidRequest,
    "idempotency-key-reused": InvalidRequest,
    "operation-unavailable": OperationUnavailable,
    "rate-limited": RateLimited,
    "quota-exceeded": QuotaExceeded,
    "budget-exceeded": QuotaExceeded,
    "unavailable": Unavailable,
    "overloaded": Unavailable,
    "draining": Unavailable,
    "upstream-failed": Unavailable,
    "upstream-timeout": Unavailable,
    "deadline-exceeded": Unavailable,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: InsufficientScope,
    404: NotFound,
    409: Conflict,
    422: InvalidRequest,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""For types that this version does not know."""


def of_reply(reply: Reply) -> SightlineError:
    """The error that an answer of 400 and more stands for."""
    try:
        body = reply.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    if "error" in body and "type" not in body:
        return SignInFailed(str(body.get("error_description") or body["error"]))
    slug = str(body.get("type", "")).rpartition("/")[2]
    kind = _BY_TYPE.get(slug) or _BY_STATUS.get(reply.status, ApiError)
    return kind(reply.status, body, _seconds(reply.headers.get("retry-after")))


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None
