"""Who the client is, as far as it can be seen, and as user-service is told for the account's trail."""

import re

from fastapi import Request

from gateway.admission.credentials import Principal

AGENT_CHARACTERS = 200
_UNPRINTABLE = re.compile(r"[^ -~]")


def address(request: Request) -> str:
    """As the edge in front forwards it."""
    return request.client.host if request.client else "unknown"


def told(request: Request, principal: Principal | None = None) -> dict[str, str]:
    """Headers for a call: the address, the User-Agent shortened, the session that was used, and what
    its credential may hand on: its scopes, and its end. A session's token is no end: it renews it."""
    agent = _UNPRINTABLE.sub("?", request.headers.get("User-Agent", ""))[:AGENT_CHARACTERS]
    found = {
        "X-Client-Address": address(request),
        "X-Client-Agent": agent.strip(),
        "X-Client-Session": (principal and principal.session) or "",
        "X-Client-Scopes": " ".join(sorted(principal.scopes)) if principal else "",
        "X-Client-Expires-Ms": "" if principal is None else _end_of_key(principal),
    }
    return {name: value for name, value in found.items() if value}


def _end_of_key(principal: Principal) -> str:
    end = principal.ends_at
    return "" if end is None or principal.renewable else str(round(end * 1000))
