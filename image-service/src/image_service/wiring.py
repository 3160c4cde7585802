"""Names the concrete parts, top to bottom; tests hand in other settings."""

from dataclasses import dataclass

from sightline_contracts import loader, serve, work_queue
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import Callers, Identity
from sightline_contracts.supervisor import Supervisor

from image_service.consumer import Consumer
from image_service.engines.dispatch import Dispatch
from image_service.engines.port import Engine
from image_service.engines.shared import Shared
from image_service.engines.vendors import Vendors
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard
from image_service.function import Control
from image_service.handler import Handler
from image_service.instances.pool import Instances, PoolSettings
from image_service.known import Index, Known
from image_service.results import Results
from image_service.settings import Settings
from image_service.stream import WorkStream
from image_service.webhooks import Webhooks

NAME = "image-service"


@dataclass(frozen=True)
class Lane:
    """A queue's own way through the worker: no slot and no instance of it is another's."""

    instances: Instances
    stream: WorkStream
    consumer: Consumer


@dataclass
class Wiring:
    """What the lifespan opens and closes, and the health checks ask."""

    settings: Settings
    results: Results
    control: Control
    vendors: Vendors
    known: Index
    callers: Callers
    ordinary: Lane
    text: Lane
    webhooks: Webhooks
    loops: Supervisor
    objectives: Objectives

    @property
    def lanes(self) -> tuple[Lane, Lane]:
        return self.ordinary, self.text


def real(settings: Settings) -> Wiring:
    keys_dir = settings.service_keys_dir
    identity = Identity(NAME, settings.service_key_file, keys_dir)
    results = Results(settings.result_service_url, identity)
    control = Control(results, settings.function_default())
    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    limit = int(sla.settings["image_limit_bytes"])
    guard = Guard(settings.allowed_origins(), connect_to=settings.connect_to())
    fetcher = Fetcher(guard, limit, settings.fetch_timeout_s)
    vendors = configured(settings)
    index = Index(settings.redis_url)
    loops = Supervisor()

    def lane(queue: work_queue.Queue, function: str, cap: int, *, warm: bool) -> Lane:
        pool = PoolSettings(
            queue=queue.name,
            cap=cap,
            models_dir=settings.models_dir,
            idle_s=settings.instance_idle_s,
            server_idle_s=settings.fork_server_idle_s,
            function=function,
            warm=warm,
        )
        instances = Instances(pool, control, loops)
        name = serve.instance_name(f"{NAME}-{queue.name}")
        stream = WorkStream(settings.redis_url, name, settings.lease_s, queue)
        known = Known(Dispatch(instances, vendors), vendors, results, index, settings.reuse_for_s)
        handler = Handler(results, fetcher, known, control, objectives)
        consumer = Consumer(stream, handler, instances, control, loops, cap, settings.lease_s)
        return Lane(instances, stream, consumer)

    return Wiring(
        settings=settings,
        results=results,
        control=control,
        vendors=vendors,
        known=index,
        callers=Callers(NAME, keys_dir, required=settings.service_tokens == "require"),
        ordinary=lane(work_queue.ORDINARY, settings.function, settings.instances, warm=True),
        # Not before somebody asks for text: an instance that reads it holds 200 MB.
        text=lane(work_queue.TEXT, settings.text_function, settings.text_instances, warm=False),
        webhooks=Webhooks(results, guard, sla.settings["webhook_timeout_s"]),
        loops=loops,
        objectives=objectives,
    )


def configured(settings: Settings) -> Vendors:
    """The vendors that there are credentials for. Raises ValueError for an order that cannot be
    followed."""
    # Their clients take 20 and 20 MB and some tenths of a second: of those who have an account.
    engines: list[Engine] = []
    key, account = settings.clarifai_key(), settings.rekognition_account()
    if key is not None:
        from image_service.engines.clarifai import Clarifai  # noqa: PLC0415

        engines.append(Clarifai(key, settings.engine_clarifai_base_url, settings.engine_timeout_s))
    if account is not None:
        from image_service.engines.rekognition import Rekognition  # noqa: PLC0415

        engines.append(Rekognition(account, settings.engine_timeout_s))
    shared = Shared(settings.redis_url)
    return Vendors(engines, settings.engine_orders(), shared, settings.engine_timeout_s)
