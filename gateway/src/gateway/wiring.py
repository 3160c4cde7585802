"""Names the concrete parts, top to bottom; tests hand in others."""

from dataclasses import dataclass

from redis.asyncio import Redis
from sightline_contracts import loader, redis_client
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import Identity

from gateway.accounts.token_requests import Grants
from gateway.admission.address_digests import Digests
from gateway.admission.credentials import Credentials
from gateway.admission.gcra import Buckets
from gateway.admission.rate_limits import Limiter
from gateway.admission.revalidation import Standing
from gateway.admission.sign_in_throttle import Guesses
from gateway.admission.stream_slots import Streams
from gateway.analyses.engines import Engines
from gateway.analyses.idempotency import Idempotency
from gateway.analyses.waiting import Hints
from gateway.settings import Settings
from gateway.upstream.client import Upstream

NAME = "gateway"


@dataclass
class Wiring:
    """What the routes and the lifespan use."""

    settings: Settings
    objectives: Objectives
    users: Upstream
    results: Upstream
    images: Upstream
    engines: Engines
    credentials: Credentials
    standing: Standing
    streams: Streams
    limiter: Limiter
    guesses: Guesses
    hints: Hints
    redis: Redis
    idempotency: Idempotency

    @property
    def grants(self) -> Grants:
        return Grants(self.users, self.guesses, self.limiter)

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        return (self.users, self.results, self.images)


def real(settings: Settings) -> Wiring:
    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    identity = Identity(NAME, settings.service_key_file, settings.service_keys_dir)
    users = Upstream("user-service", settings.user_service_url, identity)
    results = Upstream("result-service", settings.result_service_url, identity)
    images = Upstream("image-service", settings.image_service_url, identity)
    redis = redis_client.connect(settings.redis_url, socket_timeout=1)
    buckets, digests = Buckets(redis), Digests(settings.digest_key())
    credentials = Credentials(users, settings.token_issuer, settings.token_audience)
    rate = int(settings.requests_per_minute or sla.settings["requests_per_minute"])
    return Wiring(
        settings=settings,
        objectives=objectives,
        users=users,
        results=results,
        images=images,
        engines=Engines(images),
        credentials=credentials,
        standing=Standing(users, credentials),
        streams=Streams(),
        limiter=Limiter(buckets, rate, int(sla.settings["user_rate_factor"]), digests),
        guesses=Guesses(redis, buckets, digests, sla),
        hints=Hints(settings.redis_url, objectives),
        redis=redis,
        idempotency=Idempotency(results, redis),
    )
