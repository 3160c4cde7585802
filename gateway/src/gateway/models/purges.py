"""What edges must not give any more."""

from typing import Annotated

from pydantic import BaseModel, Field

from gateway.models.analyses import Strict

_SEGMENT = r"[A-Za-z0-9._~!$&'()+,;=:@%-]"
PATH = rf"^/({_SEGMENT}{{1,255}}/){{0,11}}(\*|{_SEGMENT}{{0,255}})$"
"""A path, or all below a folder, which may be twelve deep: so far an edge looks."""


class PurgeRequest(Strict):
    paths: Annotated[
        list[Annotated[str, Field(pattern=PATH)]],
        Field(min_length=1, max_length=100, description="Paths; `/docs/*` is all below a folder."),
    ]


class Purge(BaseModel):
    """`edges`: how many were told. From then on they give nothing that was stored at these paths before."""

    paths: list[str]
    edges: int
