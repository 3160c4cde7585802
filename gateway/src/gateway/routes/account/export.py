"""Everything that is kept of the caller, by a link that works once."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse
from redis.exceptions import RedisError
from sightline_contracts import context
from sightline_contracts.answers import problems
from sightline_contracts.problems import NotFound, Overloaded, Unavailable

from gateway.accounts.export import Export, File, archive
from gateway.admission.credentials import Owner
from gateway.models.analyses import ExportLink
from gateway.web.head_requests import only_looking
from gateway.wiring import Wiring

LINK_S = 300
NOT_STORED = {"Cache-Control": "private, no-store"}
AT_ONCE = 4
"""Of one gateway: an export reads all that a user has."""
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["account"])
    export = Export(wiring.users, wiring.results)
    places = asyncio.Semaphore(AT_ONCE)

    @router.get(
        "/v1/me/export",
        operation_id="export_me",
        responses=problems(401, 403, 422, 429, 502, 503, 504),
    )
    async def export_me(owner: Owner, response: Response) -> ExportLink:
        """A link to a ZIP archive of account, keys, bills, analyses, results and pictures. It works
        once, within five minutes or what is left of the credential, and without credentials."""
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        ends = now + timedelta(seconds=LINK_S)
        if owner.ends_at is not None:
            ends = min(ends, datetime.fromtimestamp(owner.ends_at, UTC))
        left_ms = max(1, round((ends - now).total_seconds() * 1000))
        try:
            if not only_looking():
                await wiring.redis.set(_key(token), owner.user_id, px=left_ms)
        except (RedisError, OSError) as error:
            raise Unavailable("No link can be kept right now.") from error
        response.headers["Cache-Control"] = "no-store"
        return ExportLink(
            url=f"/v1/exports/{token}", expires_at=ends.isoformat().replace("+00:00", "Z")
        )

    @router.get(
        "/v1/exports/{token}",
        operation_id="download_export",
        response_class=Response,
        responses={200: {"content": {"application/zip": {}}}, **problems(404, 422, 502, 503, 504)},
    )
    async def download_export(token: Token) -> Response:
        """The archive. It is made while it is sent: one that breaks off is not whole, and needs a
        new link."""
        if only_looking():
            return await look_at(token)
        if places.locked():
            raise Overloaded("Other exports are being made.")
        try:
            found = await wiring.redis.getdel(_key(token))
        except (RedisError, OSError) as error:
            raise Unavailable("No link can be looked up right now.") from error
        if found is None:
            raise NotFound
        files = export.files(found if isinstance(found, str) else found.decode())
        first = await anext(files)  # so that an account that is gone is still a 404
        name = f"sightline-{datetime.now(UTC):%Y-%m-%d}.zip"
        return StreamingResponse(
            _sent(first, files, places),
            media_type="application/zip",
            headers={
                **NOT_STORED,
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Accel-Buffering": "no",
            },
        )

    async def look_at(token: str) -> Response:
        """Whether the link is good still, and stays so."""
        try:
            kept = await wiring.redis.exists(_key(token))
        except (RedisError, OSError) as error:
            raise Unavailable("No link can be looked up right now.") from error
        if not kept:
            raise NotFound
        return Response(media_type="application/zip", headers=NOT_STORED)

    return router


async def _sent(
    first: File, files: AsyncIterator[File], places: asyncio.Semaphore
) -> AsyncIterator[bytes]:
    context.deadline.set(None)  # what comes after the first byte may take its time

    async def all_of_them() -> AsyncIterator[File]:
        yield first
        async for file in files:
            yield file

    async with places:
        async for piece in archive(all_of_them()):
            yield piece


def _key(token: str) -> str:
    return f"export:{token}"
