"""result-service keeps what the others' pacts expect of it, of its API and of its events."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from conftest import report, submission
from sightline_contracts import events, work_queue
from sightline_testing.pacts import ANALYSIS, USER

from result_service.models.accounts import IdempotencyClaim
from result_service.models.analyses import Report, Submission
from result_service.models.batches import BatchMember, BatchRecord
from result_service.models.function import FunctionChanges
from result_service.models.shares import ShareRequest
from result_service.store import keys


class States:
    """Each begins with an empty bucket."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._analyses = provider.wiring.analyses
        self.by_name: dict[str, Callable[..., Awaitable[None]]] = {
            "no such analysis": self.nothing,
            "an analysis that is queued": self.queued,
            "an analysis that has ended": self.ended,
            "an analysis with a label": self.labelled,
            "an analysis with a near-duplicate": self.duplicated,
            "an analysis that is shared": self.shared,
            "an analysis with an uploaded image": self.uploaded,
            "an analysis with a preview": self.previewed,
            "an analysis that is a dead letter": self.dead,
            "an idempotency key of an analysis": self.key_taken,
            "an idempotency key of a deleted analysis": self.key_of_deleted,
            "a batch of a queued analysis": self.batched,
            "a function whose memory was set": self.function_set,
            "a webhook that is due": self.webhook_due,
        }
        self.events: dict[str, Callable[[], Awaitable[str]]] = {
            "an analysis was requested, as a hint": self.address_requested,
            "an analysis has ended": self.succeeded,
            "an analysis of an upload was requested": self.upload_requested,
            "an analysis of an image's address was requested": self.address_requested,
            "an analysis was canceled": self.canceled,
        }

    async def nothing(self, user_id: str = USER, analysis_id: str = ANALYSIS) -> None:
        self._provider.bucket.objects.clear()
        await self._provider.wiring.removals.forget_account(user_id)
        await self._provider.redis.flushall()

    async def shared(self, share_id: str, user_id: str = USER, analysis_id: str = ANALYSIS) -> None:
        await self.previewed(user_id, analysis_id, "jpeg")
        request = ShareRequest(expires_in=3600, parts=["page"])
        await self._provider.wiring.sharing.make(user_id, analysis_id, share_id, request)

    async def queued(
        self, user_id: str = USER, analysis_id: str = ANALYSIS, **changes: Any
    ) -> None:
        await self.nothing()
        given = Submission.model_validate(submission() | changes)
        await self._analyses.accept(user_id, analysis_id, given)

    async def ended(self, user_id: str, analysis_id: str, **changes: Any) -> None:
        await self.queued(user_id, analysis_id, **changes)
        end = Report.model_validate(report(analysis_id))
        await self._analyses.finish(user_id, analysis_id, end)
        await self._provider.wiring.completion.flush()

    async def labelled(self, user_id: str, analysis_id: str, label: str) -> None:
        await self.queued(user_id, analysis_id)
        result = {"labels": [{"name": label}], "text": [{"text": "Invoice 7"}], "faces": [{}]}
        end = Report.model_validate(report(analysis_id, result=result))
        await self._analyses.finish(user_id, analysis_id, end)
        await self._provider.wiring.completion.flush()

    async def duplicated(self, user_id: str, analysis_id: str, duplicate_id: str) -> None:
        await self.nothing()
        for each in (analysis_id, duplicate_id):
            given = Submission.model_validate(submission())
            await self._analyses.accept(user_id, each, given)
            end = Report.model_validate(
                report(each, result={"hash": {"phash": "00ff00ff00ff00ff"}})
            )
            await self._analyses.finish(user_id, each, end)
        await self._provider.wiring.completion.flush()

    async def uploaded(self, user_id: str, analysis_id: str, image: str) -> None:
        await self.nothing()
        key = keys.upload(user_id, analysis_id)
        await self._provider.bucket.put(key, image.encode("latin-1"))

    async def previewed(self, user_id: str, analysis_id: str, preview: str) -> None:
        await self.ended(user_id, analysis_id)
        await self._provider.bucket.put(keys.preview(user_id, analysis_id), preview.encode())

    async def dead(self, user_id: str, analysis_id: str) -> None:
        error = {"code": "timeout", "title": "It took too long", "detail": "", "attempts": 1}
        await self.queued(user_id, analysis_id)
        given = report(analysis_id, status="failed", result=None, error=error)
        await self._analyses.finish(user_id, analysis_id, Report.model_validate(given))

    async def key_taken(
        self, user_id: str, analysis_id: str, digest: str, fingerprint: str
    ) -> None:
        await self.queued(user_id, analysis_id)
        claim = IdempotencyClaim(fingerprint=fingerprint, analysis_id=analysis_id)
        await self._provider.wiring.idempotency_keys.claim(user_id, digest, claim)

    async def key_of_deleted(
        self, user_id: str, analysis_id: str, digest: str, fingerprint: str
    ) -> None:
        await self.key_taken(user_id, analysis_id, digest, fingerprint)
        await self._analyses.delete(user_id, analysis_id)

    async def batched(self, user_id: str, analysis_id: str, batch_id: str) -> None:
        await self.queued(user_id, analysis_id)
        record = BatchRecord(members=[BatchMember(index=0, analysis_id=analysis_id)])
        await self._provider.wiring.batches.begin(user_id, batch_id, record)

    async def function_set(self, memory_mb: int) -> None:
        await self.nothing()
        changes = FunctionChanges(memory_mb=memory_mb)
        await self._provider.bucket.put(keys.FUNCTION, changes.model_dump_json().encode())

    async def webhook_due(self, user_id: str, analysis_id: str, url: str) -> None:
        await self.ended(user_id, analysis_id, webhook_url=url)
        due = [key for key in self._provider.bucket.objects if key.startswith(keys.WEBHOOKS)]
        assert [keys.due_in(key) < time.time() for key in due] == [True]

    async def upload_requested(self) -> str:
        await self.nothing()
        await self._provider.bucket.put(keys.upload(USER, ANALYSIS), b"image")
        given = {**submission()["input"], "kind": "upload", "image_url": None}
        await self.queued(input=given)
        return await self._newest(work_queue.ORDINARY.stream)

    async def address_requested(self) -> str:
        await self.queued()
        return await self._newest(work_queue.ORDINARY.stream)

    async def succeeded(self) -> str:
        await self.ended(USER, ANALYSIS)
        return await self._newest(events.COMPLETED)

    async def canceled(self) -> str:
        await self.queued()
        await self._analyses.cancel(USER, ANALYSIS)
        return await self._newest(events.COMPLETED)

    async def _newest(self, stream: str) -> str:
        ((_, fields),) = await self._provider.redis.xrevrange(stream, count=1)
        return str(fields[events.FIELD])
