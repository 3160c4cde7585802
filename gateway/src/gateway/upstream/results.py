"""result-service as the gateway calls it. Every call raises what `Upstream` does."""

from collections.abc import Mapping
from typing import Any

from sightline_contracts.service_identity import NOBODY, Identity

from gateway.upstream.answers import Answer, Begun
from gateway.upstream.client import Upstream

DEAD_LETTERS = "/v1/dead-letters"
Headers = Mapping[str, str]
Params = Mapping[str, str]
Json = Mapping[str, Any]


class ResultService(Upstream):
    """Analyses, batches, uploads and dead letters."""

    def __init__(self, base_url: str, identity: Identity = NOBODY) -> None:
        super().__init__("result-service", base_url, identity)

    async def put_intent(self, user_id: str, analysis_id: str, intent: Json) -> Answer:
        """Accept an analysis; the same one however often this is asked for."""
        return await self.call("PUT", _analysis(user_id, analysis_id), json_body=intent)

    async def put_upload(self, user_id: str, analysis_id: str, image: Any) -> None:
        """`image`: a payload of aiohttp, sent in pieces."""
        await self.call("PUT", f"{_analysis(user_id, analysis_id)}/upload", data=image)

    async def get_analysis(
        self, user_id: str, analysis_id: str, headers: Headers | None = None
    ) -> Answer:
        return await self.call("GET", _analysis(user_id, analysis_id), headers=headers)

    async def list_analyses(self, user_id: str, params: Params) -> Answer:
        return await self.call("GET", f"{_user(user_id)}/analyses", params=params)

    async def list_similar(self, user_id: str, analysis_id: str, params: Params) -> Answer:
        return await self.call("GET", f"{_analysis(user_id, analysis_id)}/similar", params=params)

    async def content(
        self, user_id: str, analysis_id: str, kind: str, headers: Headers | None = None
    ) -> Answer | Begun:
        """An analysis's `result`, `preview` or `upload`, passed on in pieces."""
        return await self.pass_on(f"{_analysis(user_id, analysis_id)}/{kind}", headers)

    async def make_share(
        self, user_id: str, analysis_id: str, share_id: str, request: Json
    ) -> Answer:
        path = _share(user_id, analysis_id, share_id)
        return await self.call("PUT", path, json_body=request)

    async def list_shares(self, user_id: str, analysis_id: str) -> Answer:
        return await self.call("GET", f"{_analysis(user_id, analysis_id)}/shares")

    async def get_share(self, user_id: str, analysis_id: str, share_id: str) -> Answer:
        """One that shows a page."""
        return await self.call("GET", _share(user_id, analysis_id, share_id))

    async def withdraw_share(self, user_id: str, analysis_id: str, share_id: str) -> None:
        await self.call("DELETE", _share(user_id, analysis_id, share_id))

    async def shared(
        self, user_id: str, analysis_id: str, share_id: str, part: str, headers: Headers
    ) -> Answer | Begun:
        """A shared `preview` or `result`, passed on in pieces."""
        return await self.pass_on(f"{_share(user_id, analysis_id, share_id)}/{part}", headers)

    async def cancel(self, user_id: str, analysis_id: str) -> Answer:
        return await self.call("POST", f"{_analysis(user_id, analysis_id)}/cancel")

    async def delete_analysis(self, user_id: str, analysis_id: str) -> None:
        await self.call("DELETE", _analysis(user_id, analysis_id))

    async def put_batch(self, user_id: str, batch_id: str, members: list[Any]) -> Answer:
        """The batch as it was first kept: a repetition takes up the ids of its members."""
        return await self.call("PUT", _batch(user_id, batch_id), json_body={"members": members})

    async def settle_batch(self, user_id: str, batch_id: str, members: list[Any]) -> None:
        path = f"{_batch(user_id, batch_id)}/settlement"
        await self.call("POST", path, json_body={"members": members})

    async def get_batch(self, user_id: str, batch_id: str) -> Answer:
        return await self.call("GET", _batch(user_id, batch_id))

    async def claim_idempotency_key(self, user_id: str, digest: str, claim: Json) -> Answer:
        """201 where the claim is the first; else the claim that was."""
        path = f"{_user(user_id)}/idempotency-keys/{digest}"
        return await self.call("PUT", path, json_body=claim)

    async def presign_upload(self, user_id: str, upload_id: str, upload: Json) -> Answer:
        return await self.call("PUT", f"{_user(user_id)}/uploads/{upload_id}", json_body=upload)

    async def storage(self, user_id: str) -> Answer:
        return await self.call("GET", f"{_user(user_id)}/storage")

    async def delete_user(self, user_id: str) -> None:
        """Everything that is kept of a user."""
        await self.call("DELETE", _user(user_id))

    async def list_dead_letters(self, params: Params) -> Answer:
        return await self.call("GET", DEAD_LETTERS, params=params)

    async def get_dead_letter(self, analysis_id: str) -> Answer:
        return await self.call("GET", f"{DEAD_LETTERS}/{analysis_id}")

    async def redrive(self, analysis_id: str) -> Answer:
        return await self.call("POST", f"{DEAD_LETTERS}/{analysis_id}/redrive")

    async def list_queues(self) -> Answer:
        return await self.call("GET", "/v1/queues")

    async def change_function(self, changes: Json) -> Answer:
        return await self.call("PATCH", "/v1/function", json_body=changes)


def _user(user_id: str) -> str:
    return f"/v1/users/{user_id}"


def _analysis(user_id: str, analysis_id: str) -> str:
    return f"/v1/users/{user_id}/analyses/{analysis_id}"


def _share(user_id: str, analysis_id: str, share_id: str) -> str:
    return f"{_analysis(user_id, analysis_id)}/shares/{share_id}"


def _batch(user_id: str, batch_id: str) -> str:
    return f"/v1/users/{user_id}/batches/{batch_id}"
