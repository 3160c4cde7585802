"""What became of the webhooks that were owed, as their receiver saw it (Standard Webhooks 1.0)."""

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from chaos.receiver import Message

Report = dict[str, int | float | None]


def account(owed: Mapping[str, str], messages: Sequence[Message], unheard: int) -> Report:
    """`owed`: the secret of its user, by analysis. `unheard`: how many submissions may have been
    accepted without their client's hearing of it."""
    delivered: dict[str, set[str]] = defaultdict(set)
    unsigned = 0
    for message in messages:
        analysis_id = str(json.loads(message.body)["data"]["id"])
        delivered[analysis_id].add(message.headers["webhook-id"])
        if analysis_id in owed and not _is_signed(message, owed[analysis_id]):
            unsigned += 1
    return {
        "webhooks_owed": len(owed),
        "webhooks_delivered": len(owed.keys() & delivered.keys()),
        "webhooks_lost": len(owed.keys() - delivered.keys()),
        "webhooks_sent": len(messages),
        # A repetition of a message has its id; a second id would be a second message.
        "webhooks_twice": sum(len(ids) > 1 for ids in delivered.values()),
        "webhooks_unsigned": unsigned,
        "webhooks_unowed": max(0, len(delivered.keys() - owed.keys()) - unheard),
    }


def _is_signed(message: Message, secret: str) -> bool:
    headers = message.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return headers["webhook-signature"] == f"v1,{expected}"
