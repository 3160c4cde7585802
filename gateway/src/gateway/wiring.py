"""Names the concrete parts, top to bottom; tests hand in others."""

from dataclasses import dataclass

from redis.asyncio import Redis
from sightline_contracts import loader, redis_client
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import Identity

from gateway.accounts.export import Export
from gateway.accounts.export_links import ExportLinks
from gateway.accounts.profile import Profile
from gateway.accounts.token_requests import TokenRequests
from gateway.admission.address_digests import AddressDigests
from gateway.admission.credentials import Admission, Credentials, Jwks
from gateway.admission.gcra import RateCounter
from gateway.admission.mail_throttle import MailThrottle
from gateway.admission.rate_limits import RateLimiter
from gateway.admission.revalidation import Revalidation
from gateway.admission.sign_in_throttle import SignInThrottle
from gateway.admission.stream_slots import StreamSlots
from gateway.analyses.batches import BatchService
from gateway.analyses.engines import Engines
from gateway.analyses.event_streams import EventStreams
from gateway.analyses.idempotency import Idempotency
from gateway.analyses.service import AnalysisService
from gateway.analyses.submission import SubmissionReader
from gateway.analyses.waiting import Hints
from gateway.settings import Settings
from gateway.sharing.service import Sharing
from gateway.sharing.signed_addresses import SignedAddresses, SigningKeys
from gateway.sla import GatewaySla, read_sla
from gateway.upstream.client import Upstream
from gateway.upstream.edges import Edges
from gateway.upstream.images import ImageService
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService
from gateway.vendor_apis.clarifai.service import Clarifai
from gateway.vendor_apis.rekognition.service import Rekognition
from gateway.vendor_apis.synchronous import SynchronousAnalysis

NAME = "gateway"


@dataclass(kw_only=True)
class Adapters:
    """What leads out of the process."""

    users: UserService
    results: ResultService
    images: ImageService
    redis: Redis
    edges: Edges
    hints: Hints
    objectives: Objectives

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        return (self.users, self.results, self.images)


@dataclass(kw_only=True)
class Wiring(Adapters):
    """What the routes and the lifespan use."""

    settings: Settings
    engines: Engines
    credentials: Credentials
    admission: Admission
    revalidation: Revalidation
    stream_slots: StreamSlots
    limiter: RateLimiter
    throttle: SignInThrottle
    mail_throttle: MailThrottle
    idempotency: Idempotency
    submissions: SubmissionReader
    analyses: AnalysisService
    sharing: Sharing
    batches: BatchService
    event_streams: EventStreams
    profile: Profile
    token_requests: TokenRequests
    export_links: ExportLinks
    clarifai: Clarifai
    rekognition: Rekognition


def real(settings: Settings) -> Wiring:
    return wire(settings, adapters(settings), read_sla())


def adapters(settings: Settings) -> Adapters:
    identity = Identity(NAME, settings.service_key_file, settings.service_keys_dir)
    objectives = Objectives(loader.sla(NAME))
    return Adapters(
        users=UserService(settings.user_service_url, identity),
        results=ResultService(settings.result_service_url, identity),
        images=ImageService(settings.image_service_url, identity),
        edges=Edges(settings.edge_urls.split(), settings.purge_key_file),
        redis=redis_client.connect(settings.redis_url, socket_timeout=1),
        hints=Hints(settings.redis_url, objectives),
        objectives=objectives,
    )


def wire(
    settings: Settings, outside: Adapters, sla: GatewaySla, credentials: Credentials | None = None
) -> Wiring:
    """The use cases over what leads out of the process."""
    users, results, redis, hints = outside.users, outside.results, outside.redis, outside.hints
    counter, digests = RateCounter(redis), AddressDigests(settings.digest_key())
    credentials = credentials or _credentials(settings, users)
    per_minute = settings.requests_per_minute or sla.requests_per_minute
    limiter = RateLimiter(counter, per_minute, sla.user_rate_factor, digests)
    throttle = SignInThrottle(redis, counter, digests, sla.sign_in)
    admission = Admission(credentials, limiter)
    revalidation = Revalidation(users, credentials)
    engines = Engines(outside.images)
    idempotency = Idempotency(results, redis)
    submissions = SubmissionReader(sla.operations)
    analyses = AnalysisService(users, results, engines, limiter, sla.weights)
    synchronous = SynchronousAnalysis(analyses, results, hints, sla.vendor_call_s)
    vendor_parts = (credentials, admission, submissions, synchronous)
    return Wiring(
        users=users,
        results=results,
        images=outside.images,
        edges=outside.edges,
        redis=redis,
        hints=hints,
        objectives=outside.objectives,
        settings=settings,
        engines=engines,
        credentials=credentials,
        admission=admission,
        revalidation=revalidation,
        stream_slots=StreamSlots(),
        limiter=limiter,
        throttle=throttle,
        mail_throttle=MailThrottle(counter, digests, sla.mails),
        idempotency=idempotency,
        submissions=submissions,
        analyses=analyses,
        sharing=Sharing(results, SignedAddresses(SigningKeys(settings.share_keys_dir))),
        batches=BatchService(results, analyses, submissions, idempotency, sla.batch_body_limit),
        event_streams=EventStreams(analyses, results, hints, revalidation),
        profile=Profile(users, results, throttle),
        token_requests=TokenRequests(users, throttle, limiter),
        export_links=ExportLinks(Export(users, results), redis),
        clarifai=Clarifai(*vendor_parts, sla.clarifai_body_limit),
        rekognition=Rekognition(*vendor_parts, sla.rekognition_body_limit),
    )


def _credentials(settings: Settings, users: UserService) -> Credentials:
    jwks = Jwks(users, settings.jwks_max_age_s, settings.jwks_min_interval_s)
    return Credentials(users, jwks, settings.token_issuer, settings.token_audience)
