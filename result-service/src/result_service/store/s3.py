"""The bucket in S3, by boto3."""

import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
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
from result_service.store.bucket import PAGE, PIECE, Listed, OpenObject, StoredObject

CONNECTIONS = 32
DELETE_BATCH = 1000
"""Keys in one DeleteObjects, which is S3's own limit."""
WRITER = "writer"
"""Metadata that names the writer of an object that may be written once."""
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_LOST = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})
_log = structlog.get_logger()
T = TypeVar("T")


class S3Bucket:
    """Calls boto3 in threads of its own, of which there are as many as connections."""

    def __init__(self, name: str, region: str, public_url: str | None = None) -> None:
        """`public_url` is the address at which clients reach the store, if it differs."""
        self._name = name
        self._threads = anyio.CapacityLimiter(CONNECTIONS)
        self._client = _client(region)
        self._presigner = _client(region, public_url) if public_url else self._client

    async def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        await self._call(
            partial(
                self._client.put_object,
                Bucket=self._name,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=dict(metadata or {}),
            )
        )

    async def put_new(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        writer = secrets.token_hex(8)
        put = partial(
            self._client.put_object,
            Bucket=self._name,
            Key=key,
            Body=body,
            ContentType=content_type,
            Metadata={**(metadata or {}), WRITER: writer},
            IfNoneMatch="*",
        )
        try:
            answer = await self._call(put, absent=_LOST)
        except Unavailable:
            if await self._wrote(writer, key):
                return True
            raise
        return answer is not None or await self._wrote(writer, key)

    async def _wrote(self, writer: str, key: str) -> bool:
        """Whether the object is that writer's. boto3 repeats a write whose answer was lost, and the
        repetition is then refused because of the first one."""
        stored = await self.head(key)
        return stored is not None and stored.metadata.get(WRITER) == writer

    async def open(self, key: str, byte_range: str | None = None) -> OpenObject | None:
        part = {"Range": byte_range} if byte_range else {}
        get = partial(self._client.get_object, Bucket=self._name, Key=key, **part)
        answer = await self._call(get, absent=_ABSENT)
        if answer is None:
            return None
        return OpenObject(
            answer["ETag"],
            answer["ContentLength"],
            answer.get("ContentRange"),
            answer["Metadata"],
            self._pieces(answer["Body"]),
        )

    async def _pieces(self, body: Any) -> AsyncGenerator[bytes]:
        try:
            while piece := await self._call(partial(body.read, PIECE)):
                yield piece
        finally:
            body.close()

    async def get(self, key: str) -> StoredObject | None:
        def read() -> StoredObject:
            answer = self._client.get_object(Bucket=self._name, Key=key)
            # Not `with answer["Body"]`: that reads the raw stream, whose errors are urllib3's.
            with contextlib.closing(answer["Body"]) as body:
                return _stored(body.read(), answer)

        return await self._call(read, absent=_ABSENT)

    async def head(self, key: str) -> StoredObject | None:
        answer = await self._call(
            partial(self._client.head_object, Bucket=self._name, Key=key), absent=_ABSENT
        )
        return None if answer is None else _stored(b"", answer)

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

    async def delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), DELETE_BATCH):
            objects = [{"Key": key} for key in keys[start : start + DELETE_BATCH]]
            answer = await self._call(
                partial(
                    self._client.delete_objects,
                    Bucket=self._name,
                    Delete={"Objects": objects, "Quiet": True},
                )
            )
            if answer is not None and answer.get("Errors"):
                raise Unavailable("Some objects could not be deleted.")

    async def list(
        self, prefix: str, *, after: str = "", page: int = PAGE
    ) -> AsyncIterator[Listed]:
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


def _stored(body: bytes, answer: dict[str, Any]) -> StoredObject:
    return StoredObject(body, answer["ETag"], answer["Metadata"], answer["ContentLength"])


def _timestamp(text: str) -> datetime:
    """The two notations that S3 uses: RFC 3339 in bodies, RFC 9110's date in headers. Raises ValueError."""
    return datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)


def _client(region: str, endpoint_url: str | None = None) -> Any:
    """Without `endpoint_url` boto3 takes the endpoint from the environment."""
    session = botocore.session.get_session()
    # Its own parser understands many more notations, and took a quarter of the CPU of long listings.
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=_timestamp)
    client = boto3.Session(botocore_session=session).client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            signature_version="s3v4",
            connect_timeout=1,
            read_timeout=2,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    whole_answers.require(client)
    return client
