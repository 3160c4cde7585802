"""What a list of analyses is asked for."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.models.analyses import Analysis, Status

COUNT = r"^(\d{1,6}|\d{1,6}\.\.|\.\.\d{1,6}|\d{1,6}\.\.\d{1,6})$"
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)
_TRUTHS = {"true": True, "false": False}


def _in_order(text: str) -> str:
    least, dots, most = text.partition("..")
    if dots and least and most and int(most) < int(least):
        raise ValueError("ends before it begins")
    return text


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        if value not in _TRUTHS:
            raise ValueError("must be true or false")
        return _TRUTHS[value]
    return value


def _time(text: str) -> str:
    """Raises ValueError where it is no time of RFC 3339."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("must be a time of RFC 3339, such as 2026-11-28T12:00:00Z")
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, Field(min_length=1, max_length=200)]
Time = Annotated[
    str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_time)
]


class ListQuery(BaseModel):
    """All filters that are given hold at once. Those of what was seen find analyses that have ended."""

    model_config = ConfigDict(serialize_by_alias=True)

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=100)] = None
    status: Status | None = None
    label: Annotated[
        Text | None,
        Field(description="The name of a label, or an alias. Case and accents do not matter."),
    ] = None
    text: Annotated[Text | None, Field(description="Words that were all read in the picture.")] = (
        None
    )
    face_count: Annotated[
        Annotated[str, Field(pattern=COUNT), AfterValidator(_in_order)] | None,
        Field(description="How many faces: `2`, `1..`, `..3` or `1..3`."),
    ] = None
    has_code: Annotated[
        bool | None,
        BeforeValidator(_truth),
        Field(description="Whether there is a QR code, a bar code or another one."),
    ] = None
    from_: Annotated[Time | None, Field(alias="from", description="Accepted then or later.")] = None
    to: Annotated[Time | None, Field(description="Accepted before.")] = None
    q: Annotated[
        Text | None,
        Field(
            description="Words that all stand among labels, text, texts of codes and values of"
            " `metadata`. The last one may be a word's beginning."
        ),
    ] = None

    def params(self) -> dict[str, str]:
        """As result-service takes them."""
        given = self.model_dump(exclude_none=True)
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in given.items()
        }


class SimilarAnalysis(BaseModel):
    """`similarity`, 0 to 1, compares what a model sees in the two pictures: unrelated ones lie at 0.2 to 0.4, the same
    kind of thing at 0.7, the same scene at 0.99. Of a `near_duplicate` that no model has seen it is the share of equal
    bits of the perceptual hashes."""

    analysis: Analysis
    similarity: float
    near_duplicate: bool


class SimilarAnalyses(BaseModel):
    """`complete` is false while older pictures are still being looked through: ask again in some seconds."""

    items: list[SimilarAnalysis]
    complete: bool
