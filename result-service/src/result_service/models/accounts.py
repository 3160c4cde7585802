"""A user's uploads, storage and Idempotency-Keys, and what is to be removed."""

from typing import Literal

from pydantic import BaseModel, Field

from result_service.models.base import AnalysisId, Kept, Strict

IMAGE_LIMIT = 20 << 20
"""Bytes that an image may have. A test compares it with `contracts/sla`."""


class IdempotencyClaim(Strict):
    """`fingerprint` is a digest of the request for which the key stands."""

    fingerprint: str = Field(max_length=128)
    analysis_id: AnalysisId


class IdempotencyRecord(BaseModel):
    fingerprint: str
    analysis_id: str
    created_at: str


class IdempotencyAnswer(IdempotencyRecord):
    """`deleted`: what the first request made is deleted, even where a request of that time, which took
    long, wrote it again meanwhile."""

    deleted: bool = False


class UploadReceipt(BaseModel):
    bytes: int
    sha256: str


class UploadRequest(Strict):
    """`size` is in bytes."""

    content_type: str = Field(pattern=r"^image/[a-z0-9.+-]{1,40}$")
    size: int = Field(ge=1, le=IMAGE_LIMIT)


class Storage(BaseModel):
    """Bytes of a user's uploaded images: `used` are kept, `reserved` are promised to presigned
    uploads that have not arrived."""

    limit: int
    used: int
    reserved: int
    left: int


class PresignedUpload(BaseModel):
    """The client sends `headers` unchanged."""

    upload_id: str
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: str


class Removal(Kept):
    """A removal that is due: of an account with these analyses, of analyses, or of presigned uploads."""

    user_id: str
    analysis_ids: list[str] = Field(default=[])
    upload_ids: list[str] = Field(default=[])
    whole_account: bool = False
