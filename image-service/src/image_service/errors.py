"""How an analysis can end other than well. The codes are those of the API."""

TITLES = {
    "image-not-found": "There is no image at this address",
    "image-unreachable": "The image cannot be fetched",
    "address-not-allowed": "This address is not fetched",
    "image-too-large": "The image is larger than allowed",
    "not-an-image": "This is not an image of a known kind",
    "image-undecodable": "The image is damaged",
    "timeout": "The analysis took too long",
    "out-of-memory": "The analysis used too much memory",
    "result-too-large": "The result is larger than allowed",
    "crashed": "The analysis crashed",
    "engine-rejected": "The engine does not take this image",
    "engine-unavailable": "No engine can do this",
    "expired": "The analysis waited too long",
    "internal": "Something went wrong on our side",
}
FREE = frozenset({"crashed", "internal"})
"""Attempts that ended so by our own fault are not billed."""
REUSED = "reused"
"""The outcome of an attempt that had nothing to run, and is not billed either."""


class Refused(Exception):
    """The image will never do: no further attempt."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Broke(Exception):
    """This attempt failed; another one may not."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SystemTrouble(Exception):
    """A part of ours does not answer: the analysis waits, and no attempt is counted."""
