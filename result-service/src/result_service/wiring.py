"""Names the concrete parts, top to bottom; tests hand in others."""

from dataclasses import dataclass

from sightline_contracts.service_identity import Callers, Identity

from result_service.accounts.idempotency import IdempotencyKeys
from result_service.accounts.removals import Removals
from result_service.accounts.uploads import Uploads
from result_service.accounts.user_service import Accounts, UserService
from result_service.analyses.batches import Batches
from result_service.analyses.completion import Completion
from result_service.analyses.function import ImageFunction
from result_service.analyses.listing import Listing
from result_service.analyses.lookup import Lookup
from result_service.analyses.merging import Merging
from result_service.analyses.redrive import Redrive
from result_service.analyses.service import AnalysisService
from result_service.analyses.sharing import Sharing
from result_service.analyses.submission_rules import SubmissionRules
from result_service.deliveries.dead_letters import DeadLetters
from result_service.deliveries.deletions import Deletions
from result_service.deliveries.queues import Queues
from result_service.deliveries.stream import Stream, connect
from result_service.deliveries.webhooks import Webhooks
from result_service.index.folder import IndexFolder
from result_service.outcomes.embeddings import Embeddings
from result_service.outcomes.ended import EndedAnalyses
from result_service.repair.due_removals import DueRemovals
from result_service.repair.sweeper import Sweeper
from result_service.search.catch_up import CatchUp
from result_service.search.finding import Finding
from result_service.search.likening import Likening
from result_service.search.reading import Reading
from result_service.search.showing import Showing
from result_service.search.tidying import Tidying
from result_service.settings import Settings
from result_service.sla import NAME, ResultServiceSla, read_sla
from result_service.store.bucket import Bucket
from result_service.store.s3 import S3Bucket


@dataclass(kw_only=True)
class Adapters:
    """What leads out of the process."""

    bucket: Bucket
    stream: Stream
    accounts: Accounts

    async def close(self) -> None:
        await self.accounts.close()
        await self.stream.close()
        self.bucket.close()


@dataclass(kw_only=True)
class Wiring(Adapters):
    """What the routes and the lifespan use."""

    callers: Callers
    ended: EndedAnalyses
    deletions: Deletions
    removals: Removals
    uploads: Uploads
    idempotency_keys: IdempotencyKeys
    lookup: Lookup
    webhooks: Webhooks
    dead_letters: DeadLetters
    embeddings: Embeddings
    completion: Completion
    analyses: AnalysisService
    sharing: Sharing
    listing: Listing
    batches: Batches
    redrive: Redrive
    function: ImageFunction
    queues: Queues
    due_removals: DueRemovals
    sweeper: Sweeper
    index: IndexFolder
    catch_up: CatchUp
    finding: Finding
    likening: Likening
    tidying: Tidying

    async def close(self) -> None:
        await self.catch_up.close()
        await super().close()
        self.index.close()


def real(settings: Settings) -> Wiring:
    sla = read_sla()
    return wire(settings, adapters(settings, sla), sla)


def adapters(settings: Settings, sla: ResultServiceSla) -> Adapters:
    identity = Identity(NAME, settings.service_key_file, settings.service_keys_dir)
    return Adapters(
        bucket=S3Bucket(settings.bucket_name, settings.aws_default_region, settings.s3_public_url),
        stream=connect(settings.redis_url),
        accounts=UserService(settings.user_service_url, sla.user_service_timeout_s, identity),
    )


def callers(settings: Settings) -> Callers:
    return Callers(NAME, settings.service_keys_dir, required=settings.service_tokens == "require")


def wire(settings: Settings, outside: Adapters, sla: ResultServiceSla) -> Wiring:
    """The use cases over what leads out of the process."""
    bucket, stream, accounts = outside.bucket, outside.stream, outside.accounts
    index = IndexFolder(settings.index_dir)
    ended = EndedAnalyses(settings.ended_cache_bytes)
    deletions = Deletions(stream, ended)
    removals = Removals(bucket, index, deletions.tell)
    uploads = Uploads(bucket, removals, settings.storage_limit_bytes, sla.presigned_upload_valid_s)
    lookup, dead_letters = Lookup(bucket, stream, removals, ended), DeadLetters(bucket)
    webhooks = Webhooks(bucket, lookup.find, accounts, settings.webhook_delays())
    embeddings = Embeddings(bucket)
    completion = Completion(bucket, accounts, webhooks, settings.completion_pause_s)
    analyses = AnalysisService(
        bucket,
        stream,
        lookup,
        uploads,
        removals,
        dead_letters,
        embeddings,
        completion,
        SubmissionRules(sla.operations, sla.engines),
        settings.queue_wait_s,
    )
    reading, showing = Reading(lookup, embeddings), Showing(lookup, index)
    catch_up = CatchUp(bucket, reading, index)
    due_removals = DueRemovals(bucket, removals, analyses)
    return Wiring(
        bucket=bucket,
        stream=stream,
        accounts=accounts,
        callers=callers(settings),
        ended=ended,
        deletions=deletions,
        removals=removals,
        uploads=uploads,
        idempotency_keys=IdempotencyKeys(bucket, removals, sla.idempotency_ttl_s),
        lookup=lookup,
        webhooks=webhooks,
        dead_letters=dead_letters,
        embeddings=embeddings,
        completion=completion,
        analyses=analyses,
        sharing=Sharing(bucket, lookup),
        listing=Listing(bucket, stream, lookup, Merging(bucket)),
        batches=Batches(bucket, lookup),
        redrive=Redrive(bucket, dead_letters, analyses, accounts),
        function=ImageFunction(bucket),
        queues=Queues(stream.state),
        due_removals=due_removals,
        index=index,
        catch_up=catch_up,
        finding=Finding(showing, catch_up, index),
        tidying=Tidying(bucket, index, settings.index_limit_bytes),
        likening=Likening(lookup, reading, showing, catch_up, index),
        sweeper=Sweeper(bucket, stream, analyses, completion, due_removals, settings),
    )
