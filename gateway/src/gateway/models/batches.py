"""The public shapes of batches."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sightline_contracts import ids

from gateway.models.analyses import Status, Strict, Summary

BatchId = Annotated[str, Field(pattern=ids.BATCH_ID)]
BATCH_AT_MOST = 128


class BatchSubmission(Strict):
    """Each member as in a submission by JSON; each is checked, accepted or rejected by itself."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=BATCH_AT_MOST)


class BatchItem(BaseModel):
    """`status` is the analysis's, "rejected" where none was made (`error` is the problem), "missing"
    where there is none any more."""

    index: int
    analysis_id: str | None
    status: Status | Literal["rejected", "missing"]
    error: dict[str, Any] | None
    summary: Summary | None


class Batch(BaseModel):
    """`counts`: items by status."""

    id: str
    created_at: str
    items: list[BatchItem]
    counts: dict[str, int]
