"""image-service as the gateway calls it. Every call raises what `Upstream` does."""

from sightline_contracts.service_identity import NOBODY, Identity

from gateway.upstream.answers import Answer
from gateway.upstream.client import Upstream


class ImageService(Upstream):
    """The function's state and its engines; work reaches it through the queue alone."""

    def __init__(self, base_url: str, identity: Identity = NOBODY) -> None:
        super().__init__("image-service", base_url, identity)

    async def engines(self) -> Answer:
        return await self.call("GET", "/v1/engines")

    async def function(self) -> Answer:
        return await self.call("GET", "/v1/function")
