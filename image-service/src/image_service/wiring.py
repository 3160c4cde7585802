"""Names the concrete parts, top to bottom; tests hand in other settings."""

from dataclasses import dataclass

from sightline_contracts import loader, serve

from image_service.consumer import Consumer
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard
from image_service.function import Control
from image_service.handler import Handler
from image_service.instances.pool import Instances, PoolSettings
from image_service.results import Results
from image_service.settings import Settings
from image_service.stream import WorkStream
from image_service.webhooks import Webhooks

NAME = "image-service"


@dataclass
class Wiring:
    """What the lifespan opens and closes, and the health checks ask."""

    settings: Settings
    results: Results
    control: Control
    instances: Instances
    stream: WorkStream
    consumer: Consumer
    webhooks: Webhooks


def real(settings: Settings) -> Wiring:
    results = Results(settings.result_service_url)
    control = Control(results, settings.function_default())
    instances = Instances(
        PoolSettings(
            cap=settings.instances,
            models_dir=settings.models_dir,
            idle_s=settings.instance_idle_s,
            server_idle_s=settings.fork_server_idle_s,
            function=settings.function,
        ),
        control,
    )
    sla = loader.sla(NAME).settings
    guard = Guard(settings.allowed_origins(), connect_to=settings.connect_to())
    fetcher = Fetcher(guard, int(sla["image_limit_bytes"]), settings.fetch_timeout_s)
    stream = WorkStream(settings.redis_url, serve.instance_name(NAME), settings.lease_s)
    handler = Handler(results, fetcher, instances, control)
    return Wiring(
        settings=settings,
        results=results,
        control=control,
        instances=instances,
        stream=stream,
        consumer=Consumer(
            stream, handler, instances, control, settings.instances, settings.lease_s
        ),
        webhooks=Webhooks(results, guard, sla["webhook_timeout_s"]),
    )
