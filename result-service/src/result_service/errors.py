"""The problems that result-service answers."""

from sightline_contracts.problems import InvalidRequest, Problem


class AlreadyFinished(Problem):
    status, slug, title = 409, "already-finished", "The analysis has already ended"


class NoSuchAnalysis(Problem):
    status, slug, title = 404, "not-found", "There is nothing here"


class Deleted(NoSuchAnalysis):
    """The analysis was deleted. A caller must tell this from an unknown one, and not run it again."""

    title = "It was deleted"

    def __init__(self) -> None:
        super().__init__(extra={"deleted": True})


class RangeNotSatisfiable(Problem):
    status, slug, title = 416, "range-not-satisfiable", "The object has no such range"


class StorageExceeded(Problem):
    status, slug, title = 429, "quota-exceeded", "The user's storage is full"


class NoSuchShare(Problem):
    status, slug, title = 404, "not-found", "Nothing is shared here"


class NothingToShare(Problem):
    status, slug, title = 409, "nothing-to-share", "There is nothing to share yet"

    def __init__(self) -> None:
        super().__init__("Only an analysis that has succeeded can be shared.")


class TooManyShares(Problem):
    status, slug, title = 409, "too-many-shares", "The analysis has as many shares as it may have"

    def __init__(self) -> None:
        super().__init__("Withdraw one that is not needed any more.")


class NoSuchUpload(InvalidRequest):
    def __init__(self, detail: str) -> None:
        super().__init__(errors=[{"pointer": "/upload_id", "detail": detail}])


class NoSuchDeadLetter(Problem):
    status, slug, title = 404, "not-found", "There is no such dead letter"


class NoQuotaLeft(Problem):
    status, slug, title = 429, "quota-exceeded", "The user has no quota left this month"


class NothingToCompare(Problem):
    status, slug, title = 409, "nothing-to-compare", "There is nothing to compare the picture by"

    def __init__(self) -> None:
        super().__init__(
            "The analysis has neither a perceptual hash nor an embedding. The operations `hash` and `labels` make them."
        )
