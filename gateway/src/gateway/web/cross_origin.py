"""Pages of other origins that may call the API from a browser (Fetch standard, "CORS protocol"): those that the
operator names, with a token or a key, never with the cookie of a session here."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
SENT = [
    "Authorization",
    "X-API-Key",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "Range",
    "X-Request-Id",
]
"""Headers that a page may send, besides those that it always may."""
SHOWN = [
    "ETag",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
]
"""Headers of an answer that a page may read, besides those that it always may."""
PREFLIGHT_S = 600


def read_origins(text: str) -> list[str]:
    """Of a list with commas. Raises ValueError for what is no origin: scheme and host, and a port where it is not the
    usual one."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"{origin} is no origin, such as https://app.example.com")
        if not parts.hostname or "@" in parts.netloc or "*" in origin:
            raise ValueError(f"{origin} is no origin, such as https://app.example.com")
    return found


def allow(app: FastAPI, origins: list[str]) -> None:
    """Where there is none, no page of another origin reads an answer."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
            max_age=PREFLIGHT_S,
        )
