"""Checks that a webhook's message comes from Sightline (Standard Webhooks)."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from sightline.errors import InvalidSignature

TOLERANCE_S = 300
"""Seconds between the message's time and now."""
PREFIX = "whsec_"


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> dict[str, Any]:
    """The message: `{"type", "id", "time", "data"}`. `secret` as `GET /v1/me/webhook-secret` gives it; `now` in
    seconds since 1970, the clock's by default. Raises InvalidSignature, ValueError for a secret that is none."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs((now or time.time()) - int(sent_at)) > TOLERANCE_S:
        raise InvalidSignature("The message is of another time.")
    signed = f"{message_id}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()
    signatures = given.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(one, f"v1,{wanted}") for one in signatures):
        raise InvalidSignature("The message is not signed with this secret.")
    message: dict[str, Any] = json.loads(body)
    return message


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret of webhooks is whsec_ and base64") from error
