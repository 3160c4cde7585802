"""What somebody shows to others: a part of an analysis, until an end."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sightline_contracts import ids

from result_service.models.base import Kept, Strict

MAX_LIFE_S = 30 * 86_400
Part = Literal["preview", "result", "page"]
"""A page shows preview and result."""
ShareId = Annotated[str, Field(pattern=ids.SHARE_ID)]


class ShareRequest(Strict):
    """`expires_in` is in seconds."""

    expires_in: int = Field(ge=60, le=MAX_LIFE_S)
    parts: list[Part] = Field(min_length=1, max_length=3)


class Share(Kept):
    share_id: str
    parts: list[Part]
    created_at: str
    expires_at: str

    def shows(self, part: Part) -> bool:
        return part in self.parts or "page" in self.parts


class Shares(BaseModel):
    items: list[Share]
