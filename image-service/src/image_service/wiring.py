"""Names the concrete parts, top to bottom; tests hand in other settings."""

from dataclasses import dataclass

from sightline_contracts import loader, serve, work_queue
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import Callers, Identity
from sightline_contracts.supervisor import Supervisor

from image_service.engines.dispatch import Dispatch
from image_service.engines.port import Engine
from image_service.engines.vendor_limits import VendorLimits
from image_service.engines.vendors import Vendors
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard
from image_service.instances.pool import Instances, PoolSettings
from image_service.queue.work_stream import WorkStream
from image_service.settings import Settings
from image_service.upstream.function_settings import FunctionControl
from image_service.upstream.results import ResultService
from image_service.worker.consumer import Consumer
from image_service.worker.handler import Handler
from image_service.worker.result_reuse import ResultReuse, ReuseIndex
from image_service.worker.webhook_sender import WebhookSender

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
    results: ResultService
    control: FunctionControl
    vendors: Vendors
    known: ReuseIndex
    callers: Callers
    ordinary: Lane
    text: Lane
    webhooks: WebhookSender
    loops: Supervisor
    objectives: Objectives

    @property
    def lanes(self) -> tuple[Lane, Lane]:
        return self.ordinary, self.text


def real(settings: Settings) -> Wiring:
    keys_dir = settings.service_keys_dir
    identity = Identity(NAME, settings.service_key_file, keys_dir)
    results = ResultService(settings.result_service_url, identity)
    control = FunctionControl(results, settings.function_default())
    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    limit = int(sla.settings["image_limit_bytes"])
    guard = Guard(settings.allowed_origins(), connect_to=settings.connect_to())
    fetcher = Fetcher(guard, limit, settings.fetch_timeout_s)
    vendors = configured(settings)
    index = ReuseIndex(settings.redis_url)
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
        known = ResultReuse(
            Dispatch(instances, vendors), vendors, results, index, settings.reuse_for_s
        )
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
        webhooks=WebhookSender(results, guard, sla.settings["webhook_timeout_s"]),
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
    shared = VendorLimits(settings.redis_url)
    return Vendors(engines, settings.engine_orders(), shared, settings.engine_timeout_s)
