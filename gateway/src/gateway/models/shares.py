"""What somebody shows to others, and by which addresses."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sightline_contracts import ids

from gateway.models.analyses import Strict

Part = Literal["preview", "result", "page"]
PAGE: list[Part] = ["page"]
WEEK_S, MAX_LIFE_S = 7 * 86_400, 30 * 86_400
ShareId = Annotated[str, Field(pattern=ids.SHARE_ID)]


class ShareRequest(Strict):
    """A page shows preview and result, so that it opens both."""

    expires_in: Annotated[int, Field(ge=60, le=MAX_LIFE_S, description="Seconds.")] = WEEK_S
    parts: Annotated[list[Part], Field(min_length=1, max_length=3)] = PAGE


class Share(BaseModel):
    """Whoever has an address sees that part, without an account."""

    share_id: str
    url: Annotated[str, Field(description="Of the page, else of the first part that is shown.")]
    urls: Annotated[dict[Part, str], Field(description="Of each part that is shown.")]
    parts: list[Part]
    created_at: str
    expires_at: str


class SharePage(BaseModel):
    """An analysis has 20 shares at the most, so that there is no second page."""

    items: list[Share]
    next_cursor: str | None = None
