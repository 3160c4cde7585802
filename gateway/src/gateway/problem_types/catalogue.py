"""Every type of problem that a client may be told, with what it means and what to do (RFC 9457).

Its own and those of the services behind it, whose types are passed on as they are.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemType:
    """`slug`: the last part of its address, `/problems/{slug}`."""

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str

    @property
    def address(self) -> str:
        return f"/problems/{self.slug}"


_TYPES = (
    ProblemType(
        "bad-request",
        400,
        "The request cannot be read",
        "The body is not valid JSON, a header is broken, or the address holds something that no address may hold.",
        "Correct the request. Sent again as it is, it fails again.",
    ),
    ProblemType(
        "unauthorized",
        401,
        "Valid credentials are needed",
        "No credential came with the request, or it is wrong, has ended or was revoked.",
        "Send `Authorization: Bearer` with an access token, or `X-API-Key`. Get a new access token where the old one"
        " has ended: it lives for 15 minutes.",
    ),
    ProblemType(
        "insufficient-scope",
        403,
        "The credentials do not allow this",
        "The credential is valid but lacks the scope that `detail` names, or a page of another origin asks.",
        "Use an API key with that scope, or sign in as somebody who may do this.",
    ),
    ProblemType(
        "forbidden",
        403,
        "This is not allowed, or not any more",
        "An address of the store was not signed, or its time is over.",
        "Ask for a new presigned upload.",
    ),
    ProblemType(
        "suspended",
        403,
        "The account is suspended",
        "An admin has suspended the account: nothing is accepted from it.",
        "Ask the operator of this system.",
    ),
    ProblemType(
        "wrong-password",
        403,
        "The current password is not right",
        "A new password needs the current one, and the one that came is not it.",
        "Send the current password as `current_password`.",
    ),
    ProblemType(
        "sign-in-refused",
        403,
        "The sign-in was not accepted",
        "What came back from the identity provider is not for a sign-in that began in this browser within the last ten"
        " minutes, was used before, or does not show who somebody is; or the account is suspended. `detail` tells which.",
        "Begin again on the page to sign in. The operator finds the reason in user-service's log.",
    ),
    ProblemType(
        "link-not-valid",
        403,
        "The link does not work any more",
        "The link was used, is older than 30 minutes, was replaced by a newer one, or was cut.",
        "Ask for another link.",
    ),
    ProblemType(
        "not-found",
        404,
        "There is nothing here",
        "There is no such thing, it has been deleted, or it belongs to somebody else.",
        "Check the id. What was deleted does not come back.",
    ),
    ProblemType(
        "method-not-allowed",
        405,
        "Method Not Allowed",
        "There is something at this address, but it does not take this method.",
        "Use a method that the `Allow` header names.",
    ),
    ProblemType(
        "request-timeout",
        408,
        "The request took too long",
        "The edge waited for the rest of the request, and it did not come.",
        "Send it again over a faster connection, or send less.",
    ),
    ProblemType(
        "already-finished",
        409,
        "The analysis has already ended",
        "Only what is queued or running can be canceled.",
        "Nothing needs to be done: read the analysis for how it ended.",
    ),
    ProblemType(
        "email-taken",
        409,
        "This e-mail address has an account already",
        "Somebody has signed up with this address.",
        "Sign in, or sign up with another address.",
    ),
    ProblemType(
        "address-not-proved",
        409,
        "There is an account with this address already",
        "Somebody has signed up with the address that the identity provider tells. The two are joined only where both have"
        " proved the address: the provider says that it is verified, and the account has been confirmed by a mail.",
        "Sign in with the password and confirm the address in the account, then sign in by the provider.",
    ),
    ProblemType(
        "nothing-to-compare",
        409,
        "There is nothing to compare the picture by",
        "The analysis has neither a perceptual hash nor labels, by which pictures are compared.",
        "Analyse the picture with the operations `hash` and `labels`.",
    ),
    ProblemType(
        "nothing-to-share",
        409,
        "There is nothing to share yet",
        "The analysis has not succeeded, so that there is neither preview nor result.",
        "Wait until it has succeeded.",
    ),
    ProblemType(
        "too-many-shares",
        409,
        "The analysis has as many shares as it may have",
        "Of one analysis there are 20 shares at the same time at the most.",
        "Withdraw one that is not needed any more.",
    ),
    ProblemType(
        "request-in-flight",
        409,
        "The first request with this key is under way",
        "A request with the same Idempotency-Key has not been answered yet.",
        "Wait as long as `Retry-After` says, then send it again: you get the answer of the first.",
    ),
    ProblemType(
        "mail-not-configured",
        409,
        "This system sends no mail",
        "The operator has set no mail server, so that no link can be mailed. `GET /v1/sign-in-options` says so.",
        "Ask the operator of this system.",
    ),
    ProblemType(
        "length-required",
        411,
        "The request needs a length",
        "The body came without `Content-Length`.",
        "Send `Content-Length`, or the body in chunks.",
    ),
    ProblemType(
        "precondition-failed",
        412,
        "The precondition does not hold",
        "What `If-Match` or `If-Unmodified-Since` asks for is not so.",
        "Read it again, then decide.",
    ),
    ProblemType(
        "body-too-large",
        413,
        "The body is larger than allowed",
        "The request's body is over the limit of this operation.",
        "Send less. An image may have 20 MiB; ask for a presigned upload where a form is too large.",
    ),
    ProblemType(
        "uri-too-long",
        414,
        "The address is too long",
        "The address with its query is longer than any address of this API.",
        "Shorten it.",
    ),
    ProblemType(
        "headers-too-large",
        431,
        "The headers are too large",
        "A header of the request is longer than 8 KiB, or all together are longer than 32 KiB.",
        "Send fewer or shorter ones: cookies of other programs on this host are the usual reason.",
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        "This media type is not taken here",
        "The `Content-Type` is not one that this operation reads.",
        "Send one that the reference lists for the operation.",
    ),
    ProblemType(
        "range-not-satisfiable",
        416,
        "The object has no such range",
        "The `Range` header asks for bytes beyond the end.",
        "Ask within the length that `Content-Range` names.",
    ),
    ProblemType(
        "invalid-request",
        422,
        "The request does not follow the contract",
        "A field is missing, unknown, of the wrong type or out of its range. `errors` names each by its place.",
        "Correct the fields that `errors` points to.",
    ),
    ProblemType(
        "idempotency-key-reused",
        422,
        "This key stands for another request",
        "The Idempotency-Key was used for a request with another body within the last 24 hours.",
        "Use a new key for a new request.",
    ),
    ProblemType(
        "operation-unavailable",
        422,
        "No configured engine can do this",
        "The engine that was asked for is not configured, or none does this operation.",
        "Leave `engine` at `auto`, or ask the operator to configure the engine.",
    ),
    ProblemType(
        "rate-limited",
        429,
        "Too many requests",
        "More requests came within a short time than one client may send, or too many event streams are open.",
        "Wait as long as `Retry-After` says. The `RateLimit` headers tell how much is left.",
    ),
    ProblemType(
        "quota-exceeded",
        429,
        "The quota is used up",
        "The analyses of this month are used up, or the storage for images is full: `detail` tells which.",
        "Wait for the next month, delete analyses to make room, or ask the operator for more.",
    ),
    ProblemType(
        "budget-exceeded",
        429,
        "The monthly budget is spent",
        "The account's own budget is spent: nothing more is taken on this month.",
        "Raise `monthly_budget` with `PATCH /v1/me`, or wait for the next month.",
    ),
    ProblemType(
        "internal",
        500,
        "Something went wrong on our side",
        "An error that nobody foresaw. It is in the log under the request's id.",
        "Try again; tell the operator the `request_id` where it comes back.",
    ),
    ProblemType(
        "not-implemented",
        501,
        "The edge cannot do this",
        "The edge does not know the method, or the coding of the body.",
        "Use a method and a coding of HTTP that are usual.",
    ),
    ProblemType(
        "upstream-failed",
        502,
        "A part of the system failed",
        "A service behind the gateway failed or broke off its answer.",
        "Try again, with the same Idempotency-Key where something was to be made.",
    ),
    ProblemType(
        "contract-violation",
        502,
        "A part answered outside its contract",
        "A service behind the gateway gave an answer that its contract does not allow; nothing of it is passed on.",
        "Try again; tell the operator, who finds the place in the gateway's log.",
    ),
    ProblemType(
        "unavailable",
        503,
        "A part that is needed does not answer right now",
        "A store or a service is away. Nothing was half done.",
        "Wait as long as `Retry-After` says, then send the request again.",
    ),
    ProblemType(
        "overloaded",
        503,
        "More is asked for than can be done",
        "The system has too much to do, and refuses rather than answering late.",
        "Wait as long as `Retry-After` says, then send the request again.",
    ),
    ProblemType(
        "provider-away",
        503,
        "The identity provider does not answer",
        "The provider cannot be reached, answers too late, or publishes what cannot be used.",
        "Try again a little later, or sign in with the password.",
    ),
    ProblemType(
        "not-ready",
        503,
        "The service cannot do its job right now",
        "A part without which the service cannot work is away: the answer names it.",
        "Nothing: this is for whoever watches the system.",
    ),
    ProblemType(
        "draining",
        503,
        "The service is about to leave",
        "The service has been told to end, and finishes what it has begun.",
        "Nothing: this is for whoever watches the system.",
    ),
    ProblemType(
        "deadline-exceeded",
        504,
        "The answer was not ready in time",
        "The operation took longer than it may.",
        "Try again, with the same Idempotency-Key where something was to be made.",
    ),
    ProblemType(
        "upstream-timeout",
        504,
        "A part of the system did not answer in time",
        "A service behind the gateway took longer than it may.",
        "Try again, with the same Idempotency-Key where something was to be made.",
    ),
    ProblemType(
        "version-not-supported",
        505,
        "The version of HTTP is not known here",
        "The edge does not speak the version of HTTP that the request names.",
        "Use HTTP/1.1 or HTTP/2.",
    ),
)
CATALOGUE = {one.slug: one for one in _TYPES}
"""By slug, in the order of the statuses."""
