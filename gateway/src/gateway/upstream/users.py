"""user-service as the gateway calls it. Every call raises what `Upstream` does."""

from collections.abc import Mapping
from typing import Any

from sightline_contracts.service_identity import NOBODY, Identity

from gateway.upstream.answers import Answer
from gateway.upstream.client import Upstream

BAD_REQUEST = 400
Headers = Mapping[str, str]
Params = Mapping[str, str]
Json = Mapping[str, Any]


class UserService(Upstream):
    """`client` headers say where the user calls from; user-service keeps them in the account's trail
    and reads in them what a credential may hand on."""

    def __init__(self, base_url: str, identity: Identity = NOBODY) -> None:
        super().__init__("user-service", base_url, identity)

    async def sign_up(self, account: Json, client: Headers) -> Answer:
        return await self.call("POST", "/v1/users", json_body=account, headers=client)

    async def sign_in_options(self) -> Answer:
        return await self.call("GET", "/v1/sign-in-options")

    async def begin_provider_sign_in(self, asked: Json, client: Headers) -> Answer:
        return await self.call("POST", "/v1/provider-sign-ins", json_body=asked, headers=client)

    async def finish_provider_sign_in(self, given: Json, client: Headers) -> Answer:
        path = "/v1/provider-sign-ins/finish"
        return await self.call("POST", path, json_body=given, headers=client)

    async def request_password_reset(self, asked: Json, client: Headers) -> None:
        await self.call("POST", "/v1/password-resets", json_body=asked, headers=client)

    async def reset_password(self, reset: Json, client: Headers) -> None:
        await self.call("POST", "/v1/password-resets/redeem", json_body=reset, headers=client)

    async def request_email_verification(self, user_id: str, client: Headers) -> None:
        await self.call("POST", f"{_user(user_id)}/email-verification", headers=client)

    async def verify_email(self, verification: Json, client: Headers) -> None:
        path = "/v1/email-verifications/redeem"
        await self.call("POST", path, json_body=verification, headers=client)

    async def list_users(self, params: Params) -> Answer:
        return await self.call("GET", "/v1/users", params=params)

    async def get_user(self, user_id: str) -> Answer:
        return await self.call("GET", _user(user_id))

    async def change_user(self, user_id: str, changes: Json, client: Headers) -> Answer:
        return await self.call("PATCH", _user(user_id), json_body=changes, headers=client)

    async def delete_user(self, user_id: str) -> None:
        await self.call("DELETE", _user(user_id))

    async def change_standing(self, user_id: str, changes: Json) -> Answer:
        """Suspend a user, or set a quota of their own."""
        return await self.call("PATCH", f"{_user(user_id)}/standing", json_body=changes)

    async def list_of(
        self, user_id: str, collection: str, params: Params, client: Headers | None = None
    ) -> Answer:
        """A page of `api-keys`, `sessions` or `events`."""
        path = f"{_user(user_id)}/{collection}"
        return await self.call("GET", path, params=params, headers=client)

    async def make_api_key(self, user_id: str, api_key: Json, client: Headers) -> Answer:
        path = f"{_user(user_id)}/api-keys"
        return await self.call("POST", path, json_body=api_key, headers=client)

    async def delete_api_key(self, user_id: str, api_key_id: str, client: Headers) -> None:
        await self.call("DELETE", f"{_user(user_id)}/api-keys/{api_key_id}", headers=client)

    async def rotate_api_key(
        self, user_id: str, api_key_id: str, rotation: Json, client: Headers
    ) -> Answer:
        path = f"{_user(user_id)}/api-keys/{api_key_id}/rotation"
        return await self.call("POST", path, json_body=rotation, headers=client)

    async def verify_api_key(self, api_key: str) -> Answer:
        return await self.call("POST", "/v1/api-keys/verify", json_body={"key": api_key})

    async def find_api_key(self, key_id: str) -> Answer:
        return await self.call("GET", f"/v1/api-keys/{key_id}")

    async def verify_signature(self, signed: Json) -> Answer:
        return await self.call("POST", "/v1/api-keys/verify-signature", json_body=signed)

    async def end_sessions(self, user_id: str, client: Headers) -> None:
        await self.call("DELETE", f"{_user(user_id)}/sessions", headers=client)

    async def end_session(self, user_id: str, session_id: str, client: Headers) -> None:
        await self.call("DELETE", f"{_user(user_id)}/sessions/{session_id}", headers=client)

    async def webhook_secret(self, user_id: str) -> Answer:
        return await self.call("GET", f"{_user(user_id)}/webhook-secret")

    async def usage(self, user_id: str, params: Params) -> Answer:
        return await self.call("GET", f"{_user(user_id)}/usage", params=params)

    async def reserve(self, user_id: str, analysis_id: str) -> None:
        """One unit of the quota."""
        await self.call("PUT", f"{_user(user_id)}/reservations/{analysis_id}")

    async def give_back(self, user_id: str, analysis_id: str) -> None:
        await self.call("DELETE", f"{_user(user_id)}/reservations/{analysis_id}")

    async def token(self, form: bytes, headers: Headers) -> Answer:
        """A 400 is handed back as it is: it is an answer of RFC 6749 §5.2."""
        return await self.call(
            "POST", "/v1/oauth/token", data=form, headers=headers, also=BAD_REQUEST
        )

    async def revoke(self, form: bytes, headers: Headers) -> Answer:
        """A 400 is handed back as it is."""
        return await self.call(
            "POST", "/v1/oauth/revoke", data=form, headers=headers, also=BAD_REQUEST
        )

    async def jwks(self) -> Answer:
        return await self.call("GET", "/.well-known/jwks.json")


def _user(user_id: str) -> str:
    return f"/v1/users/{user_id}"
