"""What became of the webhooks that were owed, as their receiver saw it (Standard Webhooks 1.0)."""

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from chaos.receiver import Message

Report = dict[str, int | float | None]
UNDER_WAY_S = 5
"""A request that takes up a try may have read the analysis just before it was deleted."""


def account(
    secrets: Mapping[str, str],
    deleted: Mapping[str, float],
    messages: Sequence[Message],
    unheard: int,
) -> Report:
    """`secrets`: of its user, by each analysis with a webhook. `deleted`: the Unix time when the client
    read that it was, for those that were; these may be told of what they came to before, and are owed
    nothing. `unheard`: how many submissions may have been accepted without their client's hearing of it."""
    owed = secrets.keys() - deleted.keys()
    delivered: dict[str, set[str]] = defaultdict(set)
    unsigned = late = 0
    for message in messages:
        analysis_id = str(json.loads(message.body)["data"]["id"])
        delivered[analysis_id].add(message.headers["webhook-id"])
        if analysis_id in secrets and not _is_signed(message, secrets[analysis_id]):
            unsigned += 1
        # A sender may be frozen with a message in its hands: what counts is when the try was taken up.
        taken_up_at = int(message.headers["webhook-timestamp"])
        late += taken_up_at > deleted.get(analysis_id, taken_up_at) + UNDER_WAY_S
    return {
        "webhooks_owed": len(owed),
        "webhooks_delivered": len(owed & delivered.keys()),
        "webhooks_lost": len(owed - delivered.keys()),
        "webhooks_sent": len(messages),
        # A repetition of a message has its id; a second id would be a second message.
        "webhooks_twice": sum(len(ids) > 1 for ids in delivered.values()),
        "webhooks_unsigned": unsigned,
        "webhooks_unowed": max(0, len(delivered.keys() - secrets.keys()) - unheard),
        "webhooks_of_deleted": late,
    }


def _is_signed(message: Message, secret: str) -> bool:
    headers = message.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return headers["webhook-signature"] == f"v1,{expected}"
