"""Names the concrete parts, top to bottom; tests hand in other settings."""

from dataclasses import dataclass

from sightline_contracts import loader, serve, work_queue
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import Callers, Identity
from sightline_contracts.supervisor import Supervisor

from image_service.comma_lists import read_list
from image_service.engines.dispatch import Dispatch
from image_service.engines.port import Engine
from image_service.engines.vendor_limits import VendorLimits
from image_service.engines.vendors import Vendors
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard
from image_service.instances.pool import Instances, PoolSettings
from image_service.local_engine.label_check import LabelCheck
from image_service.queue.activity import ActivityReader
from image_service.queue.work_stream import WorkStream
from image_service.settings import Settings
from image_service.sla import NAME, read_operations, read_sla
from image_service.upstream.function_settings import FunctionControl
from image_service.upstream.results import ResultService
from image_service.worker.consumer import Consumer
from image_service.worker.handler import Handler
from image_service.worker.result_reuse import ResultReuse, ReuseIndex
from image_service.worker.webhook_sender import WebhookSender


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
    reuse_index: ReuseIndex
    callers: Callers
    ordinary: Lane
    text: Lane
    webhooks: WebhookSender
    loops: Supervisor
    objectives: Objectives
    activity: ActivityReader
    label_check: LabelCheck
    operations: tuple[str, ...]

    @property
    def all_lanes(self) -> tuple[Lane, Lane]:
        return self.ordinary, self.text

    @property
    def lanes(self) -> list[Lane]:
        """Those that this worker serves."""
        names = read_list(self.settings.lanes)
        return [lane for lane in self.all_lanes if lane.stream.queue.name in names]


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """The parts that both lanes use."""

    settings: Settings
    results: ResultService
    control: FunctionControl
    fetcher: Fetcher
    vendors: Vendors
    reuse_index: ReuseIndex
    loops: Supervisor
    objectives: Objectives


def real(settings: Settings) -> Wiring:
    sla, keys_dir = read_sla(), settings.service_keys_dir
    results = ResultService(
        settings.result_service_url, Identity(NAME, settings.service_key_file, keys_dir)
    )
    guard = Guard(settings.allowed_origins(), connect_to=settings.connect_to())
    shared = _Shared(
        settings=settings,
        results=results,
        control=FunctionControl(results, settings.function_default()),
        fetcher=Fetcher(guard, sla.image_limit_bytes, settings.fetch_timeout_s),
        vendors=configured(settings),
        reuse_index=ReuseIndex(settings.redis_url),
        loops=Supervisor(),
        objectives=Objectives(loader.sla(NAME)),
    )
    ordinary = _lane(shared, work_queue.ORDINARY, settings.function, settings.instances, warm=True)
    # Its first instance starts with the first request for text, since each of them holds 200 MB.
    text = _lane(
        shared, work_queue.TEXT, settings.text_function, settings.text_instances, warm=False
    )
    return Wiring(
        settings=settings,
        results=results,
        control=shared.control,
        vendors=shared.vendors,
        reuse_index=shared.reuse_index,
        callers=Callers(NAME, keys_dir, required=settings.service_tokens == "require"),
        ordinary=ordinary,
        text=text,
        webhooks=WebhookSender(results, guard, sla.webhook_timeout_s),
        loops=shared.loops,
        objectives=shared.objectives,
        activity=ActivityReader(ordinary.stream.state),
        label_check=LabelCheck(settings.models_dir),
        operations=read_operations(),
    )


def _lane(
    shared: _Shared, queue: work_queue.Queue, function: str, instances_at_most: int, *, warm: bool
) -> Lane:
    settings, control, loops = shared.settings, shared.control, shared.loops
    pool = PoolSettings(
        queue=queue.name,
        cap=instances_at_most,
        models_dir=settings.models_dir,
        idle_s=settings.instance_idle_s,
        server_idle_s=settings.fork_server_idle_s,
        function=function,
        warm=warm,
    )
    instances = Instances(pool, control, loops)
    name = serve.instance_name(f"{NAME}-{queue.name}")
    stream = WorkStream(settings.redis_url, name, settings.lease_s, queue)
    reuse = ResultReuse(
        Dispatch(instances, shared.vendors),
        shared.vendors,
        shared.results,
        shared.reuse_index,
        settings.reuse_for_s,
    )
    handler = Handler(shared.results, shared.fetcher, reuse, control, shared.objectives)
    consumer = Consumer(
        stream, handler, instances, control, loops, instances_at_most, settings.lease_s
    )
    return Lane(instances, stream, consumer)


def configured(settings: Settings) -> Vendors:
    """The vendors with credentials. Raises ValueError for an order that cannot be followed."""
    # A vendor's client costs 20 MB and some tenths of a second, so that it is imported only for an
    # account.
    engines: list[Engine] = []
    key, account = settings.clarifai_key(), settings.rekognition_account()
    if key is not None:
        from image_service.engines.clarifai import Clarifai  # noqa: PLC0415

        engines.append(Clarifai(key, settings.engine_clarifai_base_url, settings.engine_timeout_s))
    if account is not None:
        from image_service.engines.rekognition import Rekognition  # noqa: PLC0415

        engines.append(Rekognition(account, settings.engine_timeout_s))
    limits = VendorLimits(settings.redis_url)
    return Vendors(engines, settings.engine_orders(), limits, settings.engine_timeout_s)
