"""Tiny real HTTP servers in the place of user-service and result-service."""

import asyncio
import time
import uuid
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from shares import FakeShares
from sightline_contracts import ids

REFUSED_GRANT = {"error": "invalid_grant", "error_description": "No."}


def problem(status: int, slug: str, **extra: Any) -> web.Response:
    body = {
        "type": f"/problems/{slug}",
        "title": slug,
        "status": status,
        "detail": slug,
        "instance": "/internal",
        "request_id": "inner",
        **extra,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


class FakeUsers:
    """Signs tokens, keeps API keys and a quota."""

    def __init__(self) -> None:
        self.keys = {"key-1": Ed25519PrivateKey.generate()}
        self.jwks_fetches = 0
        self.api_keys: dict[str, dict[str, Any]] = {}
        self.signers: dict[str, dict[str, Any]] = {}
        self.signatures: list[dict[str, str]] = []
        self.reserved: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.quota = 100
        self.refusal = "quota-exceeded"
        self.token_mode = ""
        self.redirects_keys_to = ""
        self.hashed: list[str] = []
        self.seen_headers: dict[str, str] = {}
        self.sends_mail = True
        self.asked_for_mail: list[str] = []
        self.browsers: list[str] = []
        self.user: dict[str, Any] = {"scopes": ["analyses:read", "analyses:write", "account"]}
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/.well-known/jwks.json", self._jwks),
                web.get("/readyz", _ready),
                web.get("/version", _version),
                web.get("/objectives", _objectives),
                web.post("/v1/api-keys/verify", self._verify),
                web.post("/v1/api-keys/verify-signature", self._verify_signature),
                web.get("/v1/api-keys/{key}", self._known_key),
                web.post("/v1/oauth/token", self._token),
                web.post("/v1/oauth/revoke", self._revoke),
                web.get("/v1/sign-in-options", self._options),
                web.post("/v1/provider-sign-ins", self._begin),
                web.post("/v1/provider-sign-ins/finish", self._finish),
                web.post("/v1/password-resets", self._mail),
                web.post("/v1/password-resets/redeem", self._redeem),
                web.post("/v1/users/{user}/email-verification", self._mail),
                web.post("/v1/email-verifications/redeem", self._redeem),
                web.get("/v1/users/{user}", self._user),
                web.patch("/v1/users/{user}", self._change),
                web.get("/v1/users", self._users),
                web.post("/v1/users/{user}/api-keys", self._new_key),
                web.post("/v1/users/{user}/api-keys/{key}/rotation", self._new_key),
                web.patch("/v1/users/{user}/standing", self._user),
                web.get("/v1/users/{user}/sessions", self._sessions),
                web.delete("/v1/users/{user}/sessions", self._end_sessions),
                web.get("/v1/users/{user}/webhook-secret", self._webhook_secret),
                web.put("/v1/users/{user}/reservations/{analysis}", self._reserve),
                web.delete("/v1/users/{user}/reservations/{analysis}", self._release),
            ]
        )

    def token(
        self, user_id: str, *, kid: str = "key-1", typ: str = "at+jwt", **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {
            "iss": "sightline",
            "aud": "sightline-api",
            "sub": user_id,
            "iat": now,
            "exp": now + 900,
            "jti": uuid.uuid4().hex,
            "scope": "analyses:read analyses:write account",
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": kid, "typ": typ}
        return jwt.encode(claims, self.keys["key-1"], algorithm="EdDSA", headers=headers)

    async def _jwks(self, _request: web.Request) -> web.Response:
        self.jwks_fetches += 1
        if self.redirects_keys_to:
            raise web.HTTPFound(self.redirects_keys_to)
        algorithm = jwt.get_algorithm_by_name("EdDSA")
        keys = [
            {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid}
            for kid, key in self.keys.items()
        ]
        return web.json_response({"keys": keys})

    async def _verify(self, request: web.Request) -> web.Response:
        found = self.api_keys.get((await request.json())["key"])
        if found is None:
            return problem(401, "invalid-credentials")
        if found.get("suspended"):
            return problem(401, "suspended")
        return web.json_response(found)

    async def _verify_signature(self, request: web.Request) -> web.Response:
        """Of a key in `signers` any is right; `signatures` keeps what was asked."""
        self.signatures.append(await request.json())
        found = self.signers.get(self.signatures[-1]["key_id"])
        return problem(401, "invalid-credentials") if found is None else web.json_response(found)

    async def _known_key(self, request: web.Request) -> web.Response:
        found = self.signers.get(request.match_info["key"])
        return problem(401, "invalid-credentials") if found is None else web.json_response(found)

    async def _token(self, request: web.Request) -> web.Response:
        """Every password is right but "wrong"; `hashed` keeps those that were looked at."""
        self.seen_headers = dict(request.headers)
        form = await request.post()
        if self.token_mode in ("503", "504"):
            return problem(int(self.token_mode), "overloaded")
        if form.get("grant_type") == "password":
            self.hashed.append(str(form.get("password")))
        known = form.get("refresh_token") in self.refresh_tokens
        self.refresh_tokens.discard(str(form.get("refresh_token")))
        wrong = str(form.get("password", "wrong")).startswith("wrong")
        if wrong if form.get("grant_type") == "password" else not known:
            return web.json_response(REFUSED_GRANT, status=400)
        return self._tokens()

    def _tokens(self) -> web.Response:
        fresh = uuid.uuid4().hex
        self.refresh_tokens.add(fresh)
        return web.json_response(
            {
                "access_token": "x",
                "token_type": "Bearer",
                "expires_in": 900,
                "refresh_token": fresh,
                "scope": "account",
            }
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        self.refresh_tokens.discard(str((await request.post()).get("token")))
        return web.Response()

    async def _user(self, request: web.Request) -> web.Response:
        """As `user` says; nobody where that is empty."""
        if not self.user:
            return problem(404, "no-such-user")
        return web.json_response(
            {
                "id": request.match_info["user"],
                "email": "ada@example.test",
                "display_name": None,
                "created_at": ids.now(),
                **self.user,
            }
        )

    async def _options(self, _request: web.Request) -> web.Response:
        mail = self.sends_mail
        return web.json_response({"password_reset": mail, "email_verification": mail})

    async def _begin(self, request: web.Request) -> web.Response:
        """`browsers` keeps the secrets of those that have begun."""
        begun = await request.json()
        if begun["provider"] != "one":
            return problem(404, "not-found")
        self.browsers.append(begun["browser"])
        return web.json_response({"url": "https://one.example.test/authorize"}, status=201)

    async def _finish(self, request: web.Request) -> web.Response:
        """A code says what comes of it: "right", or a problem's name."""
        given = await request.json()
        if given["browser"] not in self.browsers:
            return problem(403, "sign-in-refused")
        if given["code"] != "right":
            statuses = {"sign-in-refused": 403, "address-not-proved": 409, "provider-away": 503}
            return problem(statuses[given["code"]], given["code"])
        return self._tokens()

    async def _mail(self, request: web.Request) -> web.Response:
        """`asked_for_mail` keeps addresses and ids of users."""
        self.seen_headers = dict(request.headers)
        if not self.sends_mail:
            return problem(409, "mail-not-configured")
        body = await request.json() if request.can_read_body else {}
        self.asked_for_mail.append(body.get("email") or request.match_info["user"])
        return web.Response(status=202)

    async def _redeem(self, request: web.Request) -> web.Response:
        """The only secret is "right"."""
        right = (await request.json())["token"] == "right"
        return web.Response(status=204) if right else problem(403, "link-not-valid")

    async def _change(self, request: web.Request) -> web.Response:
        """The current password is any but "wrong"."""
        self.seen_headers = dict(request.headers)
        change = await request.json()
        if self.token_mode in ("503", "504"):
            return problem(int(self.token_mode), "overloaded")
        if change.get("current_password") is not None:
            self.hashed.append(change["current_password"])
        wrong = change.get("current_password") == "wrong"
        return problem(403, "wrong-password") if wrong else await self._user(request)

    async def _new_key(self, request: web.Request) -> web.Response:
        self.seen_headers = dict(request.headers)
        made = {
            "id": ids.new_id("ak"),
            "name": "k",
            "scopes": [],
            "created_at": ids.now(),
            "expires_at": None,
            "last_used_at": None,
            "key": "slk_x_y",
        }
        return web.json_response(made, status=201)

    async def _users(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [], "next_cursor": None})

    async def _sessions(self, request: web.Request) -> web.Response:
        self.seen_headers = dict(request.headers)
        return web.json_response({"items": [], "next_cursor": None})

    async def _end_sessions(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _webhook_secret(self, request: web.Request) -> web.Response:
        return web.json_response({"secret": f"whsec_{request.match_info['user']}"})

    async def _reserve(self, request: web.Request) -> web.Response:
        if len(self.reserved) >= self.quota:
            answer = problem(429, self.refusal, quota={"left": 0})
            answer.headers["Retry-After"] = "60"
            return answer
        self.reserved.add(request.match_info["analysis"])
        return web.json_response({"analysis_id": request.match_info["analysis"]}, status=201)

    async def _release(self, request: web.Request) -> web.Response:
        self.reserved.discard(request.match_info["analysis"])
        return web.Response(status=204)


OBJECTS = {
    "result": "application/json",
    "preview": "image/jpeg",
    "upload": "application/octet-stream",
}


class FakeResults:
    """Analyses in memory. `ending` is how new ones are already. `mode` makes it fail: "503", "500",
    "failed", "garbage", "reset", or "hang" until `may_answer` is set."""

    def __init__(self) -> None:
        self.analyses: dict[tuple[str, str], dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.submissions: dict[str, dict[str, Any]] = {}
        self.claims: dict[str, dict[str, Any]] = {}
        self.seen_headers: dict[str, str] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.listed: list[dict[str, str]] = []
        self.mode = ""
        self.may_answer = asyncio.Event()
        self.ending: dict[str, Any] = {}
        self.reads = 0
        self.deleted: set[str] = set()
        self.objects: dict[str, list[bytes]] = {}
        self.shares = FakeShares()
        self.after_piece: Any = _at_once
        self.app = web.Application(client_max_size=30_000_000, middlewares=[self._failing])
        base = "/v1/users/{user}/analyses"
        one = base + "/{analysis}"
        self.app.add_routes(
            [
                web.get("/readyz", _ready),
                web.get("/version", _version),
                web.get("/objectives", _objectives),
                web.put(one, self._accept),
                web.get(base, self._list),
                web.get(one, self._get),
                web.put(one + "/upload", self._upload),
                web.post(one + "/cancel", self._cancel),
                web.get(one + "/similar", self._similar),
                *self.shares.routes(one),
                *(web.get(f"{one}/{part}", self._object) for part in OBJECTS),
                web.delete(one, self._delete),
                web.get("/v1/users/{user}/storage", self._storage),
                web.put("/v1/users/{user}/idempotency-keys/{digest}", self._claim),
                web.put("/v1/users/{user}/uploads/{upload}", self._presign),
                web.get("/v1/dead-letters", self._dead_letters),
                web.get("/v1/dead-letters/{analysis}", self._no_dead_letter),
                web.post("/v1/dead-letters/{analysis}/redrive", self._redrive),
                web.patch("/v1/function", self._function),
                web.get("/v1/queues", self._queues),
                web.put("/v1/users/{user}/batches/{batch}", self._begin_batch),
                web.post("/v1/users/{user}/batches/{batch}/settlement", self._settle_batch),
                web.get("/v1/users/{user}/batches/{batch}", self._get_batch),
            ]
        )

    @web.middleware
    async def _failing(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.seen_headers = dict(request.headers)
        if self.mode == "503":
            answer = problem(503, "unavailable")
            answer.headers["Retry-After"] = "2"
            return answer
        if self.mode == "500":
            return web.Response(status=500, text="Traceback: secret of the inside")
        if self.mode == "failed":
            return problem(500, "internal")
        if self.mode == "garbage":
            return web.Response(status=404, text="<html>nginx on host-7</html>")
        if self.mode == "hang":
            await self.may_answer.wait()
        if self.mode == "reset":
            assert request.transport is not None
            request.transport.close()
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _dead_letters(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [], "next_cursor": None, "asked": dict(request.query)})

    async def _presign(self, request: web.Request) -> web.Response:
        upload_id, wanted = request.match_info["upload"], await request.json()
        return web.json_response(
            {
                "upload_id": upload_id,
                "url": f"http://store.test/{upload_id}",
                "method": "PUT",
                "headers": {"Content-Length": str(wanted["size"])},
                "expires_at": ids.now(),
            }
        )

    async def _no_dead_letter(self, _request: web.Request) -> web.Response:
        return problem(404, "not-found")

    async def _begin_batch(self, request: web.Request) -> web.Response:
        record = self.batches.setdefault(request.match_info["batch"], await request.json())
        return web.json_response(record)

    async def _settle_batch(self, request: web.Request) -> web.Response:
        self.batches[request.match_info["batch"]] = await request.json()
        return web.Response(status=204)

    async def _get_batch(self, request: web.Request) -> web.Response:
        batch_id = request.match_info["batch"]
        members = self.batches[batch_id]["members"]
        items = [
            {**one, "status": "queued" if one["analysis_id"] else "rejected"} for one in members
        ]
        shown = {"id": batch_id, "created_at": ids.now(), "items": items, "counts": {}}
        return web.json_response(shown)

    async def _function(self, request: web.Request) -> web.Response:
        return web.json_response({"memory_mb": None, **await request.json()})

    async def _queues(self, _request: web.Request) -> web.Response:
        figures = {"waiting": 3, "in_flight": 2, "delayed": 0, "oldest_age_s": 1.25}
        workers = {"workers": 1, "slots": 2, "warm": 0, "busy": 2, "cold_starts": 4}
        return web.json_response({"queues": [{"name": "ordinary", **figures, **workers}]})

    async def _redrive(self, request: web.Request) -> web.Response:
        given = {
            "kind": "url",
            "image_url": "http://pictures.test/",
            "operations": ["hash"],
            "engine": "auto",
            "metadata": {},
        }
        earlier = request.match_info["analysis"]
        submission = {"input": given, "request_id": "r", "retry_of": earlier}
        return web.json_response(_queued(ids.new_id("an"), submission), status=202)

    def end(self, user_id: str, analysis_id: str, status: str = "succeeded") -> None:
        self.analyses[user_id, analysis_id]["status"] = status

    async def _object(self, request: web.Request) -> web.StreamResponse:
        """`objects`: the body by the end of its path, told in as many pieces as there are."""
        part = request.path.rpartition("/")[2]
        pieces = self.objects.get(part)
        if pieces is None:
            return problem(404, "not-found")
        answer = web.StreamResponse(headers={"Content-Type": OBJECTS[part], "ETag": '"e"'})
        if "Range" in request.headers:
            answer.set_status(206)
            answer.headers["Content-Range"] = "bytes 0-1/9"
        await answer.prepare(request)
        for piece in pieces:
            await answer.write(piece)
            await self.after_piece()
        return answer

    async def _delete(self, request: web.Request) -> web.Response:
        key = request.match_info["user"], request.match_info["analysis"]
        self.deleted.add(key[1])
        return web.Response(status=204 if self.analyses.pop(key, None) else 404)

    async def _storage(self, _request: web.Request) -> web.Response:
        return web.json_response({"limit": 100, "used": 30, "reserved": 20, "left": 50})

    async def _accept(self, request: web.Request) -> web.Response:
        user_id, analysis_id = request.match_info["user"], request.match_info["analysis"]
        if analysis_id in self.deleted:
            return problem(404, "not-found", deleted=True)
        body = await request.json()
        known = (user_id, analysis_id) in self.analyses
        analysis = {**_queued(analysis_id, body), **self.ending}
        self.submissions[analysis_id] = body
        self.analyses.setdefault((user_id, analysis_id), analysis)
        return web.json_response(analysis, status=200 if known else 201)

    async def _get(self, request: web.Request) -> web.Response:
        self.reads += 1
        key = request.match_info["user"], request.match_info["analysis"]
        if key not in self.analyses:
            told = {"deleted": True} if key[1] in self.deleted else {}
            return problem(404, "not-found", **told)
        if request.headers.get("If-None-Match") == '"known"':
            return web.Response(status=304, headers={"ETag": '"known"'})
        return web.json_response(self.analyses[key], headers={"ETag": '"known"'})

    async def _list(self, request: web.Request) -> web.Response:
        self.listed.append(dict(request.query))
        mine = [
            one for (user, _), one in self.analyses.items() if user == request.match_info["user"]
        ]
        return web.json_response({"items": mine[::-1], "next_cursor": None})

    async def _similar(self, request: web.Request) -> web.Response:
        """Every other one of theirs, as a duplicate."""
        user, asked = request.match_info["user"], request.match_info["analysis"]
        self.listed.append(dict(request.query))
        if (user, asked) not in self.analyses:
            return problem(404, "not-found")
        items = [
            {"analysis": one, "similarity": 0.93, "near_duplicate": True}
            for (owner, analysis_id), one in self.analyses.items()
            if owner == user and analysis_id != asked
        ]
        return web.json_response({"items": items, "complete": True})

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["analysis"]] = await request.read()
        return web.json_response({"bytes": 1, "sha256": "aa"}, status=201)

    async def _cancel(self, request: web.Request) -> web.Response:
        key = request.match_info["user"], request.match_info["analysis"]
        if self.analyses[key]["status"] != "queued":
            return problem(409, "already-finished")
        self.analyses[key]["status"] = "canceled"
        return web.json_response(self.analyses[key])

    async def _claim(self, request: web.Request) -> web.Response:
        digest = request.match_info["user"] + request.match_info["digest"]
        known = digest in self.claims
        record = self.claims.setdefault(digest, {**await request.json(), "created_at": ids.now()})
        told = {**record, "deleted": record["analysis_id"] in self.deleted}
        return web.json_response(told, status=200 if known else 201)


def _queued(analysis_id: str, submission: dict[str, Any]) -> dict[str, Any]:
    base = f"/v1/analyses/{analysis_id}"
    return {
        "id": analysis_id,
        "status": "queued",
        "created_at": ids.now(),
        "started_at": None,
        "finished_at": None,
        "input": submission["input"],
        "attempts": 0,
        "error": None,
        "result": None,
        "summary": None,
        "retry": None,
        "retry_of": submission.get("retry_of"),
        "request_id": submission["request_id"],
        "metering": None,
        "links": {
            "self": base,
            "result": f"{base}/result",
            "preview": f"{base}/preview",
            "events": f"{base}/events",
        },
    }


async def _at_once() -> None:
    """The next piece follows."""


async def _ready(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "checks": {}})


async def _version(_request: web.Request) -> web.Response:
    return web.json_response({"service": "fake", "version": "1.0.0", "commit": "unknown"})


async def _objectives(_request: web.Request) -> web.Response:
    one = {
        "name": "latency-p95",
        "target": 0.1,
        "measured": 0.02,
        "unit": "s",
        "window": "1h",
        "holds": True,
        "budget_left": 0.75,
    }
    return web.json_response({"objectives": [one]})


class FakeImages:
    """One worker that has its own settings in force. `engines` is None for one of a version that
    cannot be asked for them."""

    def __init__(self) -> None:
        self.engines: list[dict[str, Any]] | None = [
            {"name": "local", "operations": ["faces", "hash"], "off": {}}
        ]
        self.asked_for_engines = 0
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/readyz", _ready),
                web.get("/version", _version),
                web.get("/objectives", _objectives),
                web.get("/v1/function", self._function),
                web.get("/v1/engines", self._engines),
            ]
        )

    async def _engines(self, _request: web.Request) -> web.Response:
        self.asked_for_engines += 1
        if self.engines is None:
            return problem(404, "not-found")
        return web.json_response({"engines": self.engines})

    async def _function(self, _request: web.Request) -> web.Response:
        live = {
            "instances": 1,
            "warm": 1,
            "busy": 0,
            "queue_depth": 0,
            "oldest_age_s": 0.0,
            "cold_starts": 4,
        }
        return web.json_response(
            {
                "memory_mb": 512,
                "timeout_s": 30,
                "reserved_concurrency": None,
                "max_attempts": 3,
                "max_event_age_s": 21600,
                "live": live,
            }
        )
