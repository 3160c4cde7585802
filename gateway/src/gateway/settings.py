"""The only reader of the environment."""

import secrets
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from sightline_contracts.service_identity import IdentitySettings

from gateway.web.cross_origin import read_origins

DIGEST_KEY_BYTES = 32


def _checked_origins(text: str) -> str:
    read_origins(text)
    return text


class Settings(IdentitySettings):
    """`static_dir` and `samples_dir`: the web app's files and the sample pictures, served by
    the gateway where no edge stands in front of it. `jwks_max_age_s`: seconds after which the public keys
    of tokens are fetched again; for a token with an unknown key they are fetched before, at most every
    `jwks_min_interval_s`. `digest_key_file`: at least 32 random bytes,
    the same for all replicas, with which they digest what they count together in Redis; without it
    each has a key of its own, and counts addresses and tried passwords for itself. `share_keys_dir`: the folder of
    the keys that sign shared addresses, the same for all replicas; without it what one signs, it alone opens, until it
    ends. `edge_urls`, with spaces and from the origin outwards: of edges that are
    told of purges, signed with `purge_key_file`. `cors_allowed_origins`:
    with commas, of pages that may call the API from a browser."""

    host: str = "127.0.0.1"
    port: int = 8100
    redis_url: str = "redis://127.0.0.1:6379/0"
    user_service_url: str = "http://127.0.0.1:8101"
    result_service_url: str = "http://127.0.0.1:8102"
    image_service_url: str = "http://127.0.0.1:8103"
    token_issuer: str = "sightline"  # noqa: S105
    token_audience: str = "sightline-api"  # noqa: S105
    jwks_max_age_s: float = Field(default=300, gt=0)
    jwks_min_interval_s: float = Field(default=30, gt=0)
    requests_per_minute: int | None = None
    digest_key_file: Path | None = None
    share_keys_dir: Path | None = None
    edge_urls: str = ""
    purge_key_file: Path | None = None
    static_dir: Path | None = None
    samples_dir: Path | None = None
    cors_allowed_origins: Annotated[str, AfterValidator(_checked_origins)] = ""

    def digest_key(self) -> bytes:
        """Raises ValueError when there is too little in the file."""
        if self.digest_key_file is None:
            return secrets.token_bytes(DIGEST_KEY_BYTES)
        key = self.digest_key_file.read_bytes()
        if len(key) < DIGEST_KEY_BYTES:
            raise ValueError(f"DIGEST_KEY_FILE holds less than {DIGEST_KEY_BYTES} bytes.")
        return key
