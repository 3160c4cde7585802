"""Everything that is kept of the caller, by a link that works once."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse

from gateway.models.accounts import ExportLink
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, NO_STORE, Exports, Owner, binary
from gateway.web.head_requests import is_head

NOT_STORED = {"Cache-Control": "private, no-store"}
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]

router = APIRouter(tags=["account"])


@router.get(
    "/v1/me/export",
    operation_id="export_me",
    summary="Export everything that is kept",
    responses=problems(*ERRORS),
)
async def export_me(exports: Exports, owner: Owner, response: Response) -> ExportLink:
    """A link to a ZIP archive of account, keys, bills, analyses, results and pictures. It works
    once, within five minutes or what is left of the credential, and without credentials."""
    token, end = await exports.make(owner, keep=not is_head())
    response.headers.update(NO_STORE)
    return ExportLink(url=f"/v1/exports/{token}", expires_at=end.isoformat().replace("+00:00", "Z"))


@router.get(
    "/v1/exports/{token}",
    operation_id="download_export",
    summary="Download an export",
    response_class=Response,
    responses={
        200: {"content": {"application/zip": {"schema": binary("application/zip")}}},
        **problems(404, 422, 502, 503, 504),
    },
)
async def download_export(exports: Exports, token: Token) -> Response:
    """The archive. It is made while it is sent: one that breaks off is not whole, and needs a
    new link."""
    if is_head():
        await exports.require(token)
        return Response(media_type="application/zip", headers=NOT_STORED)
    name = f"sightline-{datetime.now(UTC):%Y-%m-%d}.zip"
    return StreamingResponse(
        await exports.open(token),
        media_type="application/zip",
        headers={
            **NOT_STORED,
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Accel-Buffering": "no",
        },
    )
