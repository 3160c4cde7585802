"""What a list of analyses is asked for."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from result_service.index.filters import Count, Filters
from result_service.models.analyses import Status

COUNT = r"^(\d{1,6}|\d{1,6}\.\.|\.\.\d{1,6}|\d{1,6}\.\.\d{1,6})$"
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)
EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_TRUTHS = {"true": True, "false": False}


def count(text: str) -> Count:
    """`2`, `1..`, `..3` or `1..3`."""
    least, dots, most = text.partition("..")
    lowest = int(least or 0)
    return Count(lowest, (int(most) if most else None) if dots else lowest)


def _in_order(text: str) -> str:
    wanted = count(text)
    if wanted.most is not None and wanted.most < wanted.least:
        raise ValueError("ends before it begins")
    return text


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        if value not in _TRUTHS:
            raise ValueError("must be true or false")
        return _TRUTHS[value]
    return value


def _time(value: Any) -> Any:
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        raise ValueError("must be a time of RFC 3339, such as 2026-11-28T12:00:00Z")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200)]
Time = Annotated[AwareDatetime, BeforeValidator(_time)]


class ListQuery(BaseModel):
    """All filters that are given hold at once. Those of what was seen find analyses that have ended."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=100)] = None
    status: Status | None = None
    label: Annotated[
        Text | None,
        Field(description="The name of a label, or an alias; case and accents do not matter."),
    ] = None
    text: Annotated[Text | None, Field(description="Words that were all read in the picture.")] = (
        None
    )
    face_count: Annotated[
        str | None,
        Field(pattern=COUNT, description="How many faces: `2`, `1..`, `..3` or `1..3`."),
        AfterValidator(lambda given: given and _in_order(given)),
    ] = None
    has_code: Annotated[bool | None, BeforeValidator(_truth)] = None
    from_: Annotated[Time | None, Field(alias="from", description="Accepted then or later.")] = None
    to: Annotated[Time | None, Field(description="Accepted before.")] = None
    q: Annotated[
        Text | None,
        Field(
            description="Words that all stand among labels, text, texts of codes and values of `metadata`;"
            " the last one may be a word's beginning."
        ),
    ] = None

    @property
    def since(self) -> int | None:
        """Milliseconds since the epoch."""
        return None if self.from_ is None else _milliseconds(self.from_)

    @property
    def until(self) -> int | None:
        return None if self.to is None else _milliseconds(self.to)

    @property
    def asks_the_index(self) -> bool:
        """Whether it asks for what was seen."""
        seen = (self.label, self.text, self.face_count, self.has_code, self.q)
        return any(given is not None for given in seen)

    def filters(self) -> Filters | None:
        """None where nothing can match, since it asks for what was seen in pictures that have not been looked at."""
        status = self.status
        if status == "queued" or status == "running":  # noqa: PLR1714  # so that types follow
            return None
        return Filters(
            label=self.label,
            text=self.text,
            q=self.q,
            face_count=None if self.face_count is None else count(self.face_count),
            has_code=self.has_code,
            since=self.since,
            until=self.until,
            status=status,
        )


def _milliseconds(moment: datetime) -> int:
    """Rounded up, so that what was accepted earlier within the millisecond is before it."""
    return -((EPOCH - moment) // MILLISECOND)
