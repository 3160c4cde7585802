"""Embeddings of pictures, each an object beside its outcome: an object's metadata has no room for it."""

from typing import Any

from sightline_contracts import ids

from result_service.models.analyses import Embedding, Report
from result_service.store import keys
from result_service.store.bucket import Bucket

MODEL = "model"
"""Metadata that names the model."""


class Embeddings:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def keep(self, user_id: str, analysis_id: str, report: Report) -> None:
        """Keep what the report brings. A result that was taken over from an earlier analysis brings nothing, and the
        earlier one's is copied, where that one had any."""
        key = keys.embedding(user_id, analysis_id)
        if report.embedding is not None:
            model, vector = report.embedding.model, report.embedding.vector
            await self._bucket.put(
                key,
                vector,
                content_type="application/octet-stream",
                metadata={MODEL: _ascii(model)},
            )
        elif (earlier := _reused_from(report.result)) is not None:
            await self._bucket.copy(keys.embedding(user_id, earlier), key)

    async def find(self, user_id: str, analysis_id: str) -> Embedding | None:
        """None where the picture was not looked at by a model that makes one."""
        stored = await self._bucket.get(keys.embedding(user_id, analysis_id))
        if stored is None:
            return None
        model = stored.metadata.get(MODEL, "unknown")
        return Embedding.model_construct(model=model, vector=stored.body)


def _ascii(model: str) -> str:
    """Metadata is ASCII."""
    return model.encode("ascii", "replace").decode()


def _reused_from(result: dict[str, Any] | None) -> str | None:
    earlier = (result or {}).get("reused_from")
    return earlier if isinstance(earlier, str) and ids.is_id("an", earlier) else None
