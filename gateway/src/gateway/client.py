"""Who the client is, as far as it can be seen, and as user-service is told for the account's trail."""

import re

from fastapi import Request

from gateway.credentials import Principal

AGENT_CHARACTERS = 200
_UNPRINTABLE = re.compile(r"[^ -~]")


def address(request: Request) -> str:
    """As the edge in front forwards it."""
    return request.client.host if request.client else "unknown"


def told(request: Request, principal: Principal | None = None) -> dict[str, str]:
    """Headers for a call: the address, the User-Agent shortened, and the session that was used."""
    agent = _UNPRINTABLE.sub("?", request.headers.get("User-Agent", ""))[:AGENT_CHARACTERS]
    found = {
        "X-Client-Address": address(request),
        "X-Client-Agent": agent.strip(),
        "X-Client-Session": (principal and principal.session) or "",
    }
    return {name: value for name, value in found.items() if value}
