"""The only reader of the environment."""

from pathlib import Path

from sightline_contracts.service_identity import IdentitySettings


class Settings(IdentitySettings):
    """`static_dir` and `samples_dir`: the web app's files and the sample pictures, served by
    the gateway where no edge stands in front of it."""

    host: str = "127.0.0.1"
    port: int = 8100
    redis_url: str = "redis://127.0.0.1:6379/0"
    user_service_url: str = "http://127.0.0.1:8101"
    result_service_url: str = "http://127.0.0.1:8102"
    image_service_url: str = "http://127.0.0.1:8103"
    token_issuer: str = "sightline"  # noqa: S105
    token_audience: str = "sightline-api"  # noqa: S105
    requests_per_minute: int | None = None
    static_dir: Path | None = None
    samples_dir: Path | None = None
