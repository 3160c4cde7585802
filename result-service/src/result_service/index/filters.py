"""What a list of analyses is narrowed down to."""

from dataclasses import dataclass

from result_service.models.analyses import EndStatus


@dataclass(frozen=True)
class Count:
    """From `least` to `most`, both included; None for no upper bound."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Filters:
    """All that are given hold at once. Times are milliseconds since the epoch: `since` is included, `until` is not."""

    label: str | None = None
    text: str | None = None
    q: str | None = None
    face_count: Count | None = None
    has_code: bool | None = None
    since: int | None = None
    until: int | None = None
    status: EndStatus | None = None
