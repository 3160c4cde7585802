"""Webhook secrets: one per user, derived from the user's id and the server key. The secret is told
to its user alone; services have messages signed here. Scheme: Standard Webhooks 1.0."""

import base64
import hashlib
import hmac

PREFIX, VERSION = "whsec_", "v1"


class WebhookSecrets:
    def __init__(self, server_key: bytes) -> None:
        self._server_key = server_key

    def of(self, user_id: str) -> str:
        """As its user needs it to verify: "whsec_" and the key's bytes in base64."""
        return PREFIX + base64.b64encode(self._key(user_id)).decode()

    def sign(self, user_id: str, message_id: str, timestamp: int, body: bytes) -> str:
        """The `webhook-signature` of a message; `timestamp` in seconds since the epoch."""
        signed = f"{message_id}.{timestamp}.".encode() + body
        digest = hmac.new(self._key(user_id), signed, hashlib.sha256).digest()
        return f"{VERSION},{base64.b64encode(digest).decode()}"

    def _key(self, user_id: str) -> bytes:
        return hmac.new(self._server_key, f"webhook:{user_id}".encode(), hashlib.sha256).digest()
