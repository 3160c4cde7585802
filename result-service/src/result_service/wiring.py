"""Names the concrete parts, top to bottom; tests hand in others."""

from dataclasses import dataclass

from sightline_contracts.service_identity import Callers, Identity

from result_service.accounts import Accounts, UserService
from result_service.analyses import Analyses
from result_service.batches import Batches
from result_service.bucket import Bucket, S3Bucket
from result_service.completion import Completion
from result_service.dead_letters import DeadLetters
from result_service.listing import Listing
from result_service.lookup import Lookup
from result_service.redrive import Redrive
from result_service.settings import Settings
from result_service.stream import Stream, connect
from result_service.sweeper import Sweeper
from result_service.uploads import Uploads
from result_service.webhooks import Webhooks

NAME = "result-service"


@dataclass
class Wiring:
    """What the routes and the lifespan use."""

    bucket: Bucket
    stream: Stream
    analyses: Analyses
    completion: Completion
    lookup: Lookup
    uploads: Uploads
    listing: Listing
    batches: Batches
    dead_letters: DeadLetters
    redrive: Redrive
    sweeper: Sweeper
    webhooks: Webhooks
    accounts: Accounts
    callers: Callers

    async def close(self) -> None:
        await self.accounts.close()
        await self.stream.close()
        self.bucket.close()


def assemble(settings: Settings, bucket: Bucket, stream: Stream, accounts: Accounts) -> Wiring:
    completion = Completion(bucket, accounts, settings.completion_pause_s)
    lookup, uploads = Lookup(bucket, stream), Uploads(bucket, settings.storage_limit_bytes)
    analyses = Analyses(bucket, stream, lookup, uploads, completion, settings.queue_wait_s)
    dead_letters = DeadLetters(bucket)
    return Wiring(
        bucket=bucket,
        stream=stream,
        analyses=analyses,
        completion=completion,
        accounts=accounts,
        callers=Callers(
            NAME, settings.service_keys_dir, required=settings.service_tokens == "require"
        ),
        lookup=lookup,
        uploads=uploads,
        listing=Listing(bucket, stream, lookup),
        batches=Batches(bucket, lookup),
        dead_letters=dead_letters,
        redrive=Redrive(bucket, dead_letters, analyses, accounts),
        webhooks=Webhooks(bucket, lookup.find, accounts, settings.webhook_delays()),
        sweeper=Sweeper(
            bucket, stream, analyses, completion, settings.sweep_interval_s, settings.sweep_grace_s
        ),
    )


def real(settings: Settings) -> Wiring:
    return assemble(
        settings,
        bucket=S3Bucket(settings.bucket_name, settings.aws_default_region, settings.s3_public_url),
        stream=connect(settings.redis_url),
        accounts=UserService(
            settings.user_service_url,
            Identity(NAME, settings.service_key_file, settings.service_keys_dir),
        ),
    )
