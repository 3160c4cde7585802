"""Objects are passed on in pieces: none is held as a whole."""

import re

from fastapi import Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sightline_contracts.problems import NotFound

from result_service.bucket import Bucket

PRIVATE = {"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}

_ONE_RANGE = re.compile(r"bytes=(?:\d{1,18}-\d{0,18}|-\d{1,18})")
"""Several, or another unit than bytes, are passed over, as RFC 9110 §14.2 allows."""


class Asked(BaseModel):
    """Request headers (RFC 9110 §13 and §14)."""

    if_none_match: str | None = None
    range: str | None = None
    if_range: str | None = None


async def streamed(
    bucket: Bucket, key: str, media_type: str, asked: Asked | None = None
) -> Response:
    """The object, or the range that is asked for, or nothing where the caller has it. Raises NotFound,
    RangeNotSatisfiable."""
    asked = asked or Asked()
    part = asked.range or ""
    if asked.if_none_match is not None or asked.if_range is not None:
        found = await bucket.head(key)
        if found is None:
            raise NotFound
        if is_known(found.etag, asked.if_none_match or ""):
            return not_modified(found.etag)
        # By strong comparison (RFC 9110 §13.1.5); a date is never one of ours.
        if (asked.if_range or found.etag).strip() != found.etag:
            part = ""
    opened = await bucket.open(key, part if _ONE_RANGE.fullmatch(part) else None)
    if opened is None:
        raise NotFound
    headers = {**PRIVATE, "ETag": opened.etag, "Content-Length": str(opened.size)}
    code = status.HTTP_200_OK
    if opened.content_range:
        headers["Content-Range"] = opened.content_range
        code = status.HTTP_206_PARTIAL_CONTENT
    return StreamingResponse(opened.pieces, code, headers, media_type)


def is_known(etag: str, if_none_match: str) -> bool:
    """By weak comparison (RFC 9110 §13.1.2): a cache on the way may have weakened the tag."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known


def not_modified(etag: str) -> Response:
    return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={**PRIVATE, "ETag": etag})
