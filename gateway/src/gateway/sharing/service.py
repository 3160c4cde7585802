"""Making, listing and withdrawing shares, whose addresses are signed for the host that was asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from sightline_contracts.problems import BadRequest, NotFound, Unavailable

from gateway.admission.credentials import Principal
from gateway.models.shares import Part, Share, ShareRequest
from gateway.sharing.signed_addresses import Opened, SignedAddresses, folder_of, is_host
from gateway.upstream.answers import Answer, Begun
from gateway.upstream.results import ResultService

PARTS: tuple[Part, ...] = get_args(Part)


class Sharing:
    """`origin`: scheme and host that the caller asked. Each method raises what the calls of result-service do."""

    def __init__(self, results: ResultService, addresses: SignedAddresses) -> None:
        self._results = results
        self._addresses = addresses

    async def make(
        self,
        owner: Principal,
        analysis_id: str,
        share_id: str,
        request: ShareRequest,
        origin: str,
    ) -> Share:
        """The same share for the same id. Raises BadRequest for an origin that no address can have, Unavailable without a key."""
        self.address(origin, owner.user_id, analysis_id, share_id, "page", 1)  # before one is made
        answer = await self._results.make_share(
            owner.user_id, analysis_id, share_id, request.model_dump()
        )
        return self._shown(owner.user_id, analysis_id, answer.json(), origin)

    async def list(self, owner: Principal, analysis_id: str, origin: str) -> list[Share]:
        """Those that have not ended. Raises as `make` does."""
        answer = await self._results.list_shares(owner.user_id, analysis_id)
        kept = answer.json()["items"]
        return [self._shown(owner.user_id, analysis_id, one, origin) for one in kept]

    async def withdraw(self, owner: Principal, analysis_id: str, share_id: str) -> None:
        await self._results.withdraw_share(owner.user_id, analysis_id, share_id)

    def opened(self, host: str, path: str, query: str) -> Opened:
        """Raises NotFound for an address that opens nothing."""
        opened = self._addresses.opened(host, path, query)
        if opened is None:
            raise NotFound
        return opened

    async def require_page(self, opened: Opened) -> None:
        """Raises NotFound where the page is not shared, any more or at all."""
        await self._results.get_share(opened.user_id, opened.analysis_id, opened.share_id)

    async def content(self, opened: Opened, headers: Mapping[str, str]) -> Answer | Begun:
        return await self._results.shared(
            opened.user_id, opened.analysis_id, opened.share_id, opened.part, headers
        )

    def _shown(self, user_id: str, analysis_id: str, kept: Mapping[str, Any], origin: str) -> Share:
        end = int(datetime.fromisoformat(kept["expires_at"]).timestamp())
        share_id = kept["share_id"]
        parts = PARTS if "page" in kept["parts"] else kept["parts"]
        urls = {
            part: self.address(origin, user_id, analysis_id, share_id, part, end) for part in parts
        }
        return Share(**kept, urls=urls, url=urls.get("page") or next(iter(urls.values())))

    def address(
        self, origin: str, user_id: str, analysis_id: str, share_id: str, part: Part, end: int
    ) -> str:
        """It opens the part until `end`, in seconds since the epoch, while there is such a share."""
        if not is_host(origin.partition("://")[2]):
            raise BadRequest("No address can have this Host.")
        folder = folder_of(user_id, analysis_id, share_id)
        try:
            return self._addresses.make(origin, folder, "" if part == "page" else part, end)
        except OSError as error:
            raise Unavailable("Nothing can be signed right now.") from error
