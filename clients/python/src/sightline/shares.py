"""Flows of shares: addresses that show a part of an analysis to whoever has them."""

from collections.abc import Sequence
from typing import cast

from sightline.models import Share
from sightline.requests import Call, Flow
from sightline.sending import get_json, keyed, send
from sightline.settings import Settings


def share(
    settings: Settings,
    analysis_id: str,
    *,
    expires_in: int | None = None,
    parts: Sequence[str] | None = None,
) -> Flow[Share]:
    """`expires_in`: seconds, 60 to 2,592,000, a week unless it is given; `parts`: of `preview`, `result` and `page`,
    the page unless they are given. Raises Conflict where it has not succeeded, or is shared too often."""
    given = {"expires_in": expires_in, "parts": None if parts is None else list(parts)}
    body = {name: value for name, value in given.items() if value is not None}
    call = Call("POST", f"/v1/analyses/{analysis_id}/share", json=body, headers=keyed(None))
    return cast(Share, (yield from send(settings, call)).json())


def shares(settings: Settings, analysis_id: str) -> Flow[list[Share]]:
    """Those that have not ended, oldest first."""
    found = yield from get_json(settings, f"/v1/analyses/{analysis_id}/share")
    return cast(list[Share], found["items"])


def withdraw(settings: Settings, analysis_id: str, share_id: str) -> Flow[None]:
    """Its addresses open nothing from then on. Raises NotFound."""
    yield from send(settings, Call("DELETE", f"/v1/analyses/{analysis_id}/share/{share_id}"))
