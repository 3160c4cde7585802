"""A batch as it is stored and shown."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sightline_contracts import ids

from result_service.models.analyses import Status, Summary
from result_service.models.base import AnalysisId, Kept

BatchId = Annotated[str, Field(pattern=ids.BATCH_ID)]


class BatchMember(Kept):
    """A submission of a batch: the analysis that it became, or the problem that prevented it."""

    index: int = Field(ge=0, lt=128)
    analysis_id: AnalysisId | None = None
    error: dict[str, Any] | None = None


class BatchRecord(Kept):
    members: list[BatchMember] = Field(min_length=1, max_length=128)


class BatchItem(BaseModel):
    """`status` is that of the analysis; "rejected" where none was made, "missing" where it was
    deleted."""

    index: int
    analysis_id: str | None
    status: Status | Literal["rejected", "missing"]
    error: dict[str, Any] | None
    summary: Summary | None = None


class Batch(BaseModel):
    """`counts` has the number of items by status."""

    id: str
    created_at: str
    items: list[BatchItem]
    counts: dict[str, int]
