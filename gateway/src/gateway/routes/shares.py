"""Shares: making them, and what their addresses show."""

import hashlib
from typing import Any

from fastapi import APIRouter, Request, Response, status
from sightline_contracts import ids

from gateway.models.analyses import AnalysisId
from gateway.models.shares import Share, ShareId, SharePage, ShareRequest
from gateway.problem_types.answers import problems
from gateway.routes.analyses import UNCHANGED, Conditional
from gateway.routes.dependencies import (
    ERRORS,
    NO_STORE,
    IdempotencyKey,
    IdempotencyPart,
    Reader,
    SharingPart,
    Writer,
    binary,
    schema_ref,
    wiring_of,
)
from gateway.web import static_files

PATH = "/v1/analyses/{analysis_id}/share"
SHARED = "/shared/{user_id}/{analysis_id}/{share_id}/"
ASKED_EACH_TIME = {
    "X-Accel-Expires": "@1",
    "Cache-Control": "public, no-cache",
    "X-Robots-Tag": "noindex",
}
"""The edge stores it and asks about it each time, so that what is withdrawn is gone at once."""
_PARTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "image/jpeg": {"schema": binary("image/jpeg")},
            "application/json": {"schema": schema_ref("Result")},
        }
    },
    206: {"description": "The range that was asked for"},
    **UNCHANGED,
    **problems(404, 416, 422, 502, 503, 504),
}

router = APIRouter(tags=["analyses"])


@router.post(
    PATH,
    operation_id="share_analysis",
    summary="Share an analysis",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        400, 404, 409, "nothing-to-share", "too-many-shares", "idempotency-key-reused", *ERRORS
    ),
)
async def share(
    sharing: SharingPart,
    idempotency: IdempotencyPart,
    writer: Writer,
    analysis_id: AnalysisId,
    wanted: ShareRequest,
    request: Request,
    response: Response,
    key: IdempotencyKey = None,
) -> Share:
    """An address that works without an account until it ends or is withdrawn: of a page with the picture and what
    was found, or of preview or result alone. It works on the host that was asked, and on no other."""
    response.headers.update(NO_STORE)
    parts = ",".join(sorted(set(wanted.parts)))
    digest = hashlib.sha256(f"share:{analysis_id}:{wanted.expires_in}:{parts}".encode()).hexdigest()
    async with idempotency.claim(writer.user_id, key, digest) as claim:
        share_id = ids.sibling("sh", claim.analysis_id)
        return await sharing.make(writer, analysis_id, share_id, wanted, _origin(request))


@router.get(
    PATH,
    operation_id="list_shares",
    summary="List what is shared of an analysis",
    responses=problems(400, 404, *ERRORS),
)
async def list_shares(
    sharing: SharingPart, reader: Reader, analysis_id: AnalysisId, request: Request
) -> SharePage:
    """Shares that have not ended, oldest first."""
    return SharePage(items=await sharing.list(reader, analysis_id, _origin(request)))


@router.delete(
    PATH + "/{share_id}",
    operation_id="withdraw_share",
    summary="Withdraw a share",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, *ERRORS),
)
async def withdraw_share(
    sharing: SharingPart, writer: Writer, analysis_id: AnalysisId, share_id: ShareId
) -> None:
    """Its addresses open nothing from then on."""
    await sharing.withdraw(writer, analysis_id, share_id)


@router.get(
    SHARED,
    operation_id="open_shared_page",
    summary="Open a shared page",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **problems(404, 502, 503, 504),
    },
)
async def open_shared_page(
    sharing: SharingPart, user_id: str, analysis_id: str, share_id: str, request: Request
) -> Response:
    """By a signed address: the web app, which shows preview and result."""
    del user_id, analysis_id, share_id  # as signed, they are in the address that came
    await sharing.require_page(sharing.opened(*_as_it_came(request)))
    return static_files.page(wiring_of(request).settings.static_dir)


@router.get(
    SHARED + "{part}",
    operation_id="get_shared",
    summary="Get a shared part",
    response_class=Response,
    responses=_PARTS,
)
async def get_shared(
    sharing: SharingPart,
    user_id: str,
    analysis_id: str,
    share_id: str,
    part: str,
    request: Request,
    condition: Conditional,
) -> Response:
    """By a signed address: the `preview`, a JPEG, or the `result`, JSON. 404 for an address that was changed, has
    ended or was withdrawn, or whose analysis was deleted."""
    del user_id, analysis_id, share_id, part  # as signed, they are in the address that came
    opened = sharing.opened(*_as_it_came(request))
    return (await sharing.content(opened, condition.headers())).response(ASKED_EACH_TIME)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('Host', '')}"


def _as_it_came(request: Request) -> tuple[str, str, str]:
    """Host, path and query, of which nothing is decoded."""
    path = request.scope["raw_path"].decode("latin-1")
    return request.headers.get("Host", ""), path, request.scope["query_string"].decode("latin-1")
