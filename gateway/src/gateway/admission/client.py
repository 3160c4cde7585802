"""Where a request comes from, and how user-service is told of it for the account's trail."""

import re

from fastapi import Request

from gateway.admission.credentials import Principal

AGENT_CHARACTERS = LANGUAGE_CHARACTERS = 200
_UNPRINTABLE = re.compile(r"[^ -~]")


def client_address(request: Request) -> str:
    """The client's address, as the edge in front forwards it."""
    return request.client.host if request.client else "unknown"


def client_headers(request: Request, principal: Principal | None = None) -> dict[str, str]:
    """Headers for a call of user-service: the address, the shortened User-Agent, the session that
    was used, and the scopes and the end that the credential may hand on. A session's token hands on
    no end, since the session renews it. The languages are those that the client accepts, for mails."""
    agent = _UNPRINTABLE.sub("?", request.headers.get("User-Agent", ""))[:AGENT_CHARACTERS]
    languages = request.headers.get("Accept-Language", "")
    headers = {
        "X-Client-Address": client_address(request),
        "X-Client-Agent": agent.strip(),
        "X-Client-Languages": _UNPRINTABLE.sub("?", languages)[:LANGUAGE_CHARACTERS].strip(),
        "X-Client-Session": (principal and principal.session) or "",
        "X-Client-Scopes": " ".join(sorted(principal.scopes)) if principal else "",
        "X-Client-Expires-Ms": "" if principal is None else _end_of_key(principal),
    }
    return {name: value for name, value in headers.items() if value}


def _end_of_key(principal: Principal) -> str:
    end = principal.ends_at
    return "" if end is None or principal.renewable else str(round(end * 1000))
