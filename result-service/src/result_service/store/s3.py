"""The bucket in S3: its objects by obstore, all else by boto3 (decision 42)."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

import anyio
import boto3
import botocore.session
import structlog
from anyio.to_thread import run_sync
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sightline_contracts.problems import Unavailable

from result_service.errors import RangeNotSatisfiable
from result_service.store import whole_answers
from result_service.store.attempts import ATTEMPTS, Attempts
from result_service.store.bucket import PAGE, Listed
from result_service.store.objects import S3Objects, connect

CONNECTIONS = 32
"""Calls at a time of each of the two clients."""
BROAD = 500
"""Keys in a page from which on obstore lists, which always asks for a thousand, with a sixth of the CPU."""
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_log = structlog.get_logger()
T = TypeVar("T")


class S3Bucket(S3Objects):
    """Calls boto3 in threads of its own, of which there are as many as connections."""

    def __init__(
        self, name: str, region: str, public_url: str | None = None, attempts: int = ATTEMPTS
    ) -> None:
        """`public_url` is the address at which clients reach the store, if it differs; `attempts` the number
        of tries that a call has."""
        session = _session()
        self._name = name
        self._threads = anyio.CapacityLimiter(CONNECTIONS)
        self._client = _client(session, region, attempts)
        self._presigner = (
            _client(session, region, attempts, public_url) if public_url else self._client
        )
        store = connect(
            name, region, self._client.meta.endpoint_url, _credentials(session), CONNECTIONS
        )
        super().__init__(store, Attempts(CONNECTIONS, attempts))

    async def copy(self, source: str, target: str) -> bool:
        answer = await self._call(
            partial(
                self._client.copy_object,
                Bucket=self._name,
                Key=target,
                CopySource={"Bucket": self._name, "Key": source},
            ),
            absent=_ABSENT,
        )
        return answer is not None

    async def list(
        self, prefix: str, *, after: str = "", page: int = PAGE
    ) -> AsyncIterator[Listed]:
        if page >= BROAD and prefix.endswith("/"):
            async for listed in self.list_folder(prefix, after):
                yield listed
            return
        arguments: dict[str, Any] = {"Bucket": self._name, "Prefix": prefix, "MaxKeys": page}
        if after:
            arguments["StartAfter"] = after
        while True:
            answer = await self._call(partial(self._client.list_objects_v2, **arguments)) or {}
            for item in answer.get("Contents", ()):
                yield Listed(item["Key"], item["LastModified"], item["ETag"], item["Size"])
            if not answer.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = answer["NextContinuationToken"]

    def presign_put(self, key: str, content_type: str, size: int, seconds: int) -> str:
        request = {
            "Bucket": self._name,
            "Key": key,
            "ContentType": content_type,
            "ContentLength": size,
        }
        url: str = self._presigner.generate_presigned_url("put_object", request, ExpiresIn=seconds)
        return url

    async def check(self) -> None:
        await self._call(partial(self._client.head_bucket, Bucket=self._name))

    async def create(self, days: Mapping[str, int]) -> None:
        """Make the bucket unless it exists. `days` says after how many days objects expire, by prefix."""
        taken = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
        await self._call(partial(self._client.create_bucket, Bucket=self._name), absent=taken)
        rules = [
            {
                "ID": prefix.rstrip("/"),
                "Status": "Enabled",
                "Filter": {"Prefix": prefix},
                "Expiration": {"Days": count},
            }
            for prefix, count in days.items()
        ]
        await self._call(
            partial(
                self._client.put_bucket_lifecycle_configuration,
                Bucket=self._name,
                LifecycleConfiguration={"Rules": rules},
            )
        )

    def close(self) -> None:
        self._client.close()

    async def _call(
        self, function: Callable[[], T], absent: frozenset[str] = frozenset()
    ) -> T | None:
        """Run in a thread. Returns None for an error code in `absent`. Raises RangeNotSatisfiable, and
        Unavailable for every other error."""
        try:
            return await run_sync(function, limiter=self._threads)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in absent:
                return None
            if code == "InvalidRange":
                raise RangeNotSatisfiable from error
            _log.warning("store_refused", store="s3", code=code)
            raise Unavailable("The object store refused.") from error
        except (BotoCoreError, OSError) as error:
            _log.warning("store_unreachable", store="s3", error=type(error).__name__)
            raise Unavailable("The object store does not answer.") from error


def _timestamp(text: str) -> datetime:
    """The two notations that S3 uses: RFC 3339 in bodies, RFC 9110's date in headers. Raises ValueError."""
    return datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)


def _session() -> boto3.Session:
    session = botocore.session.get_session()
    # Its own parser understands many more notations, and took a quarter of the CPU of long listings.
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=_timestamp)
    return boto3.Session(botocore_session=session)


def _client(
    session: boto3.Session, region: str, attempts: int, endpoint_url: str | None = None
) -> Any:
    """Without `endpoint_url` boto3 takes the endpoint from the environment."""
    client = session.client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            signature_version="s3v4",
            connect_timeout=1,
            read_timeout=2,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    whole_answers.require(client)
    return client


def _credentials(session: boto3.Session) -> Callable[[], Any]:
    """Reads the session's credentials, which botocore renews. Looked for at the first call, since a store
    is also made where none is needed. Raises RuntimeError where there are none."""

    def frozen() -> Any:
        credentials = session.get_credentials()
        if credentials is None:
            raise RuntimeError("There are no credentials for the object store.")
        return credentials.get_frozen_credentials()

    return frozen
