"""Ids, and how strictly a shape is read."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sightline_contracts import ids

AnalysisId = Annotated[str, Field(pattern=ids.ANALYSIS_ID)]
UserId = Annotated[str, Field(pattern=ids.USER_ID)]
UploadId = Annotated[str, Field(pattern=ids.UPLOAD_ID)]


class Strict(BaseModel):
    """A request, which this version has to understand as a whole."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Kept(BaseModel):
    """A stored object, or a report of another service. Fields that a later version has added are
    passed over; fields that an earlier version left out have defaults."""

    model_config = ConfigDict(strict=True)
