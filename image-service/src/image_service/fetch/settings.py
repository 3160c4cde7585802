"""What an operator may set of fetching images and sending webhooks."""

from pydantic import BaseModel, Field

from image_service.comma_lists import read_list
from image_service.sla import promised


class FetchSettings(BaseModel):
    fetch_allowed_origins: str = ""
    """Origins that may have private addresses, `scheme://host:port` separated by commas."""
    fetch_connect_to: str = ""
    """`host:port:host:port` separated by commas: an allowed origin, and the address at which this
    service reaches it."""
    fetch_timeout_s: float = Field(default_factory=promised("fetch_timeout_s"), gt=0)
    """Seconds for fetching one image, redirects included."""

    def allowed_origins(self) -> frozenset[str]:
        """`scheme://host:port` of the origins that may be private."""
        return frozenset(part.rstrip("/") for part in read_list(self.fetch_allowed_origins))

    def connect_to(self) -> dict[tuple[str, int], tuple[str, int]]:
        """Raises ValueError for anything but `host:port:host:port`."""
        routes = {}
        for part in read_list(self.fetch_connect_to):
            host, port, other, other_port = part.split(":")
            routes[host, int(port)] = (other, int(other_port))
        return routes
