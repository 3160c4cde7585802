"""An example of each shape of the API, by the name of its schema in the OpenAPI document."""

from typing import Any

ANALYSIS_ID = "an_01k9zt5w000000000000000002"
UPLOAD_ID = "up_01k9zt5w000000000000000004"
USER_ID = "us_01k9zt5w000000000000000001"
BATCH_ID = "ba_01k9zt5w000000000000000005"
_KEY_ID = "ak_01k9zt5w000000000000000003"
_REQUEST_ID = "01k9zt5w000000000000000006"
_SUM = "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"
_SECRET = f"01k9zt5w000000000000000001.{'A' * 43}"
_BEGUN, _ENDED = "2026-11-27T10:00:00.000Z", "2026-11-27T10:00:00.061Z"
_SCOPES = ["analyses:read", "analyses:write"]
_BOX = {"left": 0.34, "top": 0.12, "width": 0.22, "height": 0.29}

_FACE = {
    "box": _BOX,
    "confidence": 0.93,
    "landmarks": [
        {"type": "right_eye", "x": 0.4, "y": 0.2},
        {"type": "left_eye", "x": 0.48, "y": 0.2},
    ],
}
_WORD = {
    "text": "Invoice",
    "confidence": 0.98,
    "box": _BOX,
    "polygon": [
        {"x": 0.34, "y": 0.12},
        {"x": 0.56, "y": 0.12},
        {"x": 0.56, "y": 0.41},
        {"x": 0.34, "y": 0.41},
    ],
}
_LABEL = {
    "name": "dog",
    "confidence": 0.9,
    "source": "model",
    "model": "yolox-nano-0.1.1",
    "parents": ["animal"],
    "categories": ["Animals and Pets"],
    "aliases": [],
    "instances": [{"box": _BOX, "confidence": 0.9}],
}
_ATTEMPT = {
    "number": 1,
    "started_at": _BEGUN,
    "duration_ms": 60.4,
    "init_ms": 0.0,
    "max_memory_mb": 210.0,
    "outcome": "succeeded",
}
RESULT: dict[str, Any] = {
    "schema_version": "1",
    "analysis_id": ANALYSIS_ID,
    "image": {
        "width": 512,
        "height": 512,
        "format": "png",
        "frames": 1,
        "truncated": False,
        "bytes": 791555,
        "sha256": _SUM,
        "orientation_applied": False,
    },
    "engines": [
        {
            "name": "local",
            "operation": "faces",
            "model": "yunet-2023mar",
            "version": "1.2.0",
            "degraded": False,
            "raw": None,
        }
    ],
    "faces": [_FACE],
    "text": [{**_WORD, "kind": "line", "words": [_WORD]}],
    "labels": [_LABEL],
    "moderation": [{"name": "explicit", "confidence": 0.03}],
    "colors": [{"hex": "#513f2c", "name": "dimgray", "fraction": 0.147}],
    "quality": {
        "sharpness": 1444.0,
        "blurred": False,
        "brightness": 0.52,
        "contrast": 0.2,
        "clipped": 0.01,
    },
    "hash": {
        "phash": "c3d1a5b49e60f187",
        "dhash": "1a2b3c4d5e6f7081",
        "algorithm": "phash-dct64-v1",
    },
    "codes": [
        {
            "kind": "qr",
            "text": "https://example.com",
            "bytes": None,
            "polygon": _WORD["polygon"],
            "orientation": 0,
        }
    ],
    "metadata": {
        "taken_at": "2026-05-01T12:30:00+02:00",
        "make": "Canon",
        "model": "EOS R5",
        "lens": None,
        "exposure_time": 0.008,
        "f_number": 2.8,
        "iso": 100,
        "focal_length": 50.0,
        "has_gps": False,
    },
    "reused_from": None,
    "attempts": [_ATTEMPT],
    "receipt": {"input_sha256": _SUM, "contracts": "1.4.0", "service": "image-service/1.2.0"},
}
_SUMMARY = {
    "faces": 1,
    "text_lines": 1,
    "labels": ["dog"],
    "codes": 1,
    "explicit": 0.03,
    "colors": ["#513f2c"],
    "width": 512,
    "height": 512,
}
_INPUT = {
    "kind": "url",
    "image_url": "https://example.com/dog.jpg",
    "operations": ["faces", "labels"],
    "engine": "auto",
    "metadata": {"album": "summer"},
}
ANALYSIS: dict[str, Any] = {
    "id": ANALYSIS_ID,
    "status": "succeeded",
    "created_at": _BEGUN,
    "started_at": _BEGUN,
    "finished_at": _ENDED,
    "input": _INPUT,
    "attempts": 1,
    "error": None,
    "result": RESULT,
    "summary": _SUMMARY,
    "retry": None,
    "retry_of": None,
    "request_id": _REQUEST_ID,
    "metering": {
        "billed_ms": 61,
        "duration_ms": 60.4,
        "init_ms": 0.0,
        "memory_mb": 512,
        "gb_seconds": 0.0305,
        "engine_calls": 0,
    },
    "links": {
        "self": f"/v1/analyses/{ANALYSIS_ID}",
        "result": f"/v1/analyses/{ANALYSIS_ID}/result",
        "preview": f"/v1/analyses/{ANALYSIS_ID}/preview",
        "events": f"/v1/analyses/{ANALYSIS_ID}/events",
    },
}
_FAILED = {
    "code": "image-not-found",
    "title": "There is no image at this address",
    "detail": "The server answered 404.",
    "attempts": 1,
}
_SUBMISSION = {"image_url": "https://example.com/dog.jpg", "operations": ["faces", "labels"]}
_UPLOAD_SUBMISSION = {"upload_id": UPLOAD_ID, "operations": ["text"]}
_USER = {
    "id": USER_ID,
    "email": "ada@example.com",
    "display_name": "Ada",
    "created_at": _BEGUN,
    "scopes": [*_SCOPES, "account"],
    "suspended": False,
    "email_verified": True,
    "monthly_quota": None,
    "monthly_budget": "20.00",
}
_API_KEY = {
    "id": _KEY_ID,
    "name": "nightly import",
    "scopes": _SCOPES,
    "created_at": _BEGUN,
    "expires_at": None,
    "last_used_at": None,
}
_SECRET = f"slk_{_KEY_ID.removeprefix('ak_')}_{'x' * 43}"
_SHARE_ID = "sh_01k9zt5w000000000000000004"
_SHARED = f"http://127.0.0.1:8080/shared/{USER_ID}/{ANALYSIS_ID}/{_SHARE_ID}/"
_SIGNED = f"expires=1764460800&key=1764374400&signature={'x' * 43}"
_SHARE = {
    "share_id": _SHARE_ID,
    "url": f"{_SHARED}?{_SIGNED}",
    "urls": {
        "page": f"{_SHARED}?{_SIGNED}",
        "preview": f"{_SHARED}preview?{_SIGNED}",
        "result": f"{_SHARED}result?{_SIGNED}",
    },
    "parts": ["page"],
    "created_at": "2026-11-28T00:00:00.000Z",
    "expires_at": "2026-11-29T00:00:00.000Z",
}
_TOKENS = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1cyJ9.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "scope": "analyses:read analyses:write account",
}
_SIGN_IN = {"email": "ada@example.com", "password": "correct horse battery"}
_QUOTA = {"limit": 1000, "used": 3, "reserved": 0, "left": 997, "resets_at": "2026-12-01T00:00:00Z"}
_OF_A_BILL = {"billed_ms": 61, "gb_seconds": 0.0305, "engine_calls": 0, "amount": "0.0001"}
_FUNCTION = {
    "memory_mb": 512,
    "timeout_s": 30.0,
    "reserved_concurrency": None,
    "max_attempts": 3,
    "max_event_age_s": 21600.0,
}
_DEAD_LETTER = {
    "id": ANALYSIS_ID,
    "user_id": USER_ID,
    "condition": "RetriesExhausted",
    "failed_at": _ENDED,
    "error": _FAILED,
    "attempts": [{**_ATTEMPT, "outcome": "image-not-found"}],
    "invocation": {
        "analysis_id": ANALYSIS_ID,
        "user_id": USER_ID,
        "created_at": _BEGUN,
        "request_id": _REQUEST_ID,
        "input": _INPUT,
        "retry_of": None,
        "webhook_url": None,
    },
    "redriven_as": None,
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": [item], "next_cursor": None}


EXAMPLES: dict[str, Any] = {
    "BatchSubmission": {"items": [_SUBMISSION, _UPLOAD_SUBMISSION]},
    "UploadSubmission": _UPLOAD_SUBMISSION,
    "UrlSubmission": _SUBMISSION,
    "AccountChange": {"display_name": "Ada Lovelace", "monthly_budget": "20.00"},
    "Analysis": ANALYSIS,
    "AnalysisPage": _page({**ANALYSIS, "result": None}),
    "ApiKeyPage": _page(_API_KEY),
    "ApiKeyRequest": {"name": "nightly import", "scopes": _SCOPES},
    "Batch": {
        "id": BATCH_ID,
        "created_at": _BEGUN,
        "items": [
            {
                "index": 0,
                "analysis_id": ANALYSIS_ID,
                "status": "succeeded",
                "error": None,
                "summary": _SUMMARY,
            }
        ],
        "counts": {"succeeded": 1},
    },
    "DeadLetter": _DEAD_LETTER,
    "DeadLetterPage": _page(_DEAD_LETTER),
    "EmailVerification": {"token": _SECRET},
    "ExportLink": {"url": f"/v1/exports/{'x' * 43}", "expires_at": "2026-11-27T10:05:00Z"},
    "FunctionChanges": {"reserved_concurrency": 2},
    "FunctionState": {
        **_FUNCTION,
        "live": {
            "instances": 1,
            "warm": 1,
            "busy": 0,
            "queue_depth": 0,
            "oldest_age_s": 0.0,
            "cold_starts": 4,
        },
    },
    "Health": {"status": "ok", "checks": {"user-service": "ok", "result-service": "ok"}},
    "NewApiKey": {**_API_KEY, "key": _SECRET},
    "Nothing": {},
    "PasswordReset": {"token": _SECRET, "password": "correct horse battery"},
    "PasswordResetRequest": {"email": "ada@example.com"},
    "PresignedUpload": {
        "upload_id": UPLOAD_ID,
        "url": f"/images/uploads/{USER_ID}/{UPLOAD_ID}?X-Amz-Signature=0a1b2c",
        "method": "PUT",
        "headers": {"Content-Type": "image/jpeg"},
        "expires_at": "2026-11-27T10:15:00Z",
    },
    "QueueList": {
        "queues": [
            {
                "name": "ordinary",
                "waiting": 3,
                "in_flight": 2,
                "delayed": 0,
                "oldest_age_s": 1.25,
                "workers": 1,
                "slots": 2,
                "warm": 0,
                "busy": 2,
                "cold_starts": 4,
            }
        ]
    },
    "ProblemTypeDescription": {
        "type": "/problems/already-finished",
        "title": "The analysis has already ended",
        "status": 409,
        "meaning": "Only what is queued or running can be canceled.",
        "remedy": "Nothing needs to be done: read the analysis for how it ended.",
        "operations": [
            {
                "method": "POST",
                "path": "/v1/analyses/{analysis_id}/cancel",
                "operation_id": "cancel_analysis",
            }
        ],
    },
    "ProviderRedirect": {
        "url": "https://id.example.com/authorize?response_type=code&client_id=sightline"
    },
    "ProviderResponse": {
        "state": "x" * 43,
        "code": "SplxlOBeZQQYbYS6WxSbIA",
        "iss": "https://id.example.com",
    },
    "ProviderSignIn": {"provider": "example"},
    "Result": RESULT,
    "Rotation": {"overlap_s": 3600},
    "SecurityEventPage": _page(
        {
            "id": "ev_01k9zt5w000000000000000007",
            "kind": "signed-in",
            "time": _BEGUN,
            "subject": "se_01k9zt5w000000000000000008",
            "count": 1,
            "request_id": _REQUEST_ID,
            "network": "192.0.2.0/24",
            "user_agent": "Mozilla/5.0",
        }
    ),
    "SessionPage": _page(
        {
            "id": "se_01k9zt5w000000000000000008",
            "created_at": _BEGUN,
            "last_used_at": _ENDED,
            "user_agent": "Mozilla/5.0",
            "current": True,
        }
    ),
    "SessionTokens": _TOKENS,
    "SignIn": _SIGN_IN,
    "SignInOptions": {
        "password_reset": True,
        "email_verification": True,
        "providers": [{"id": "example", "name": "Example"}],
    },
    "SignUp": {**_SIGN_IN, "display_name": "Ada"},
    "Purge": {"paths": ["/problems/*"], "edges": 1},
    "PurgeRequest": {"paths": ["/problems/*"]},
    "Share": _SHARE,
    "SharePage": {"items": [_SHARE], "next_cursor": None},
    "ShareRequest": {"expires_in": 86_400, "parts": ["page"]},
    "SimilarAnalyses": {
        "items": [
            {
                "analysis": {**ANALYSIS, "result": None},
                "similarity": 0.93,
                "near_duplicate": False,
            }
        ],
        "complete": True,
    },
    "SystemStatus": {
        "services": [{"name": "gateway", "state": "ok", "version": "2.0.0"}],
        "engines": [{"name": "local", "operations": ["faces", "labels"], "off": {}}],
        "objectives": [
            {
                "service": "gateway",
                "name": "submit-latency-p95",
                "target": 0.25,
                "measured": 0.031,
                "unit": "s",
                "window": "1h",
                "holds": True,
                "budget_left": 1.0,
            }
        ],
    },
    "Tokens": {**_TOKENS, "refresh_token": "x" * 43},
    "UploadRequest": {"content_type": "image/jpeg", "size": 4_194_304},
    "Usage": {
        "month": "2026-11",
        "totals": {"analyses": 3, "currency": "USD", **_OF_A_BILL},
        "line_items": [
            {
                "analysis_id": ANALYSIS_ID,
                "finished_at": _ENDED,
                "memory_mb": 512,
                **_OF_A_BILL,
            }
        ],
        "next_cursor": None,
        "quota": _QUOTA,
        "storage": {"limit": 4_294_967_296, "used": 791_555, "reserved": 0, "left": 4_294_175_741},
    },
    "User": _USER,
    "UserChange": {"suspended": True},
    "UserPage": _page(_USER),
    "Version": {"service": "gateway", "version": "2.0.0", "commit": "818f523"},
    "WebhookSecret": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
}
