"""How an analysis can fail. The codes are those of the API."""

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
"""Outcomes that are the service's own fault, and are not billed."""
REUSED = "reused"
"""The outcome of an attempt that ran nothing, and is not billed either."""


class Refused(Exception):
    """The image cannot be analysed, so that no further attempt follows."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Broke(Exception):
    """This attempt failed; another may succeed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SystemTrouble(Exception):
    """A part of Sightline does not answer: the analysis waits, and no attempt is counted."""
