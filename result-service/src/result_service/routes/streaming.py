"""Passes objects on in pieces, so that none is held as a whole."""

import re
from collections.abc import Callable, Mapping

from fastapi import Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sightline_contracts.problems import NotFound

from result_service.store.bucket import Bucket

PRIVATE = {"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}

_BYTE_RANGE = re.compile(r"bytes=(?:\d{1,18}-\d{0,18}|-\d{1,18})")
"""One range. Several, or another unit than bytes, are ignored, as RFC 9110 §14.2 allows."""


class Conditions(BaseModel):
    """Request headers (RFC 9110 §13 and §14)."""

    if_none_match: str | None = None
    range: str | None = None
    if_range: str | None = None


def any_object(_metadata: Mapping[str, str]) -> bool:
    return True


async def streamed(
    bucket: Bucket,
    key: str,
    media_type: str,
    conditions: Conditions | None = None,
    shows: Callable[[Mapping[str, str]], bool] = any_object,
) -> Response:
    """The object, the requested range of it, or 304 where the caller has it. `shows` decides by the object's
    metadata whether there is anything to show. Raises NotFound, RangeNotSatisfiable, Unavailable."""
    conditions = conditions or Conditions()
    byte_range = conditions.range or ""
    if conditions != Conditions():
        stored = await bucket.head(key)
        if stored is None or not shows(stored.metadata):
            raise NotFound
        if matches(stored.etag, conditions.if_none_match or ""):
            return not_modified(stored.etag)
        # By strong comparison (RFC 9110 §13.1.5); a date never equals one of our tags.
        if (conditions.if_range or stored.etag).strip() != stored.etag:
            byte_range = ""
    opened = await bucket.open(key, byte_range if _BYTE_RANGE.fullmatch(byte_range) else None)
    if opened is None:
        raise NotFound
    if not shows(opened.metadata):
        # To its end, so that its connection is free for others: what is not shown is small.
        async for _ in opened.pieces:
            pass
        raise NotFound
    headers = {**PRIVATE, "ETag": opened.etag, "Content-Length": str(opened.size)}
    code = status.HTTP_200_OK
    if opened.content_range:
        headers["Content-Range"] = opened.content_range
        code = status.HTTP_206_PARTIAL_CONTENT
    return StreamingResponse(opened.pieces, code, headers, media_type)


def matches(etag: str, if_none_match: str) -> bool:
    """Whether the caller has the object, by weak comparison (RFC 9110 §13.1.2): a cache on the way may
    have weakened the tag."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


def not_modified(etag: str) -> Response:
    return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={**PRIVATE, "ETag": etag})
