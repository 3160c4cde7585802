"""The only reader of the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings
from sightline_contracts import loader

_SLA = loader.sla("result-service").settings


class Settings(BaseSettings):
    """Addresses of the stores come from `AWS_ENDPOINT_URL_S3` (read by boto3) and `REDIS_URL`."""

    host: str = "127.0.0.1"
    port: int = 8102
    aws_default_region: str = "us-east-1"
    bucket_name: str = "sightline-results"
    redis_url: str = "redis://127.0.0.1:6379/0"
    user_service_url: str = "http://127.0.0.1:8101"
    sweep_interval_s: float = Field(default=_SLA["sweep_interval_s"], gt=0)
    sweep_grace_s: float = Field(default=_SLA["sweep_grace_s"], ge=0)
