"""Objects in S3, by obstore."""

import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store
from sightline_contracts.problems import Unavailable

from result_service.store.attempts import Attempts, is_no_such_key, is_not_found
from result_service.store.bucket import PAGE, PIECE, Listed, OpenObject, StoredObject

if TYPE_CHECKING:  # obstore has its types in stubs alone
    from obstore import Attributes, GetOptions, GetResult, ObjectMeta
    from obstore.store import S3Credential

CALL_S = 3.0
"""Seconds for one try, a connection included."""
BYTES_PER_S = 1 << 20
"""A body has a further second for so many bytes."""
DELETE_BATCH = 1000
"""Keys in one DeleteObjects, which is S3's own limit."""
WRITER = "writer"
"""Metadata that names the writer of an object that may be written once."""
CREDENTIALS_KEPT = timedelta(minutes=5)
"""Shorter than the ten minutes for which botocore's credentials are good at the least."""
_STANDARD = frozenset(
    {
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Type",
        "Storage-Class",
    }
)
"""Attributes that are no user metadata."""
T = TypeVar("T")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class S3Objects:
    """The calls of the port that every job makes. Each raises Unavailable."""

    def __init__(self, store: S3Store, attempts: Attempts) -> None:
        self._store = store
        self._attempts = attempts

    async def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        attributes: Attributes = {"Content-Type": content_type, **(metadata or {})}
        await self._attempts.make(
            partial(
                obstore.put_async,
                self._store,
                key,
                body,
                attributes=attributes,
                use_multipart=False,
            ),
            _seconds(len(body)),
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
        attributes: Attributes = {
            "Content-Type": content_type,
            **(metadata or {}),
            WRITER: writer,
        }
        put = partial(
            obstore.put_async,
            self._store,
            key,
            body,
            attributes=attributes,
            mode="create",
            use_multipart=False,
        )
        try:
            answer = await self._attempts.make(put, _seconds(len(body)), _is_taken)
        except Unavailable:
            if await self._wrote(writer, key):
                return True
            raise
        return answer is not None or await self._wrote(writer, key)

    async def _wrote(self, writer: str, key: str) -> bool:
        """Whether the object is that writer's. A write whose answer was lost is repeated, and the
        repetition is then refused because of the first one."""
        stored = await self.head(key)
        return stored is not None and stored.metadata.get(WRITER) == writer

    async def get(self, key: str) -> StoredObject | None:
        async def read() -> StoredObject:
            result = await obstore.get_async(self._store, key)
            return _stored(bytes(await result.bytes_async()), result)

        return await self._attempts.make(read, CALL_S, is_no_such_key)

    async def head(self, key: str) -> StoredObject | None:
        async def read() -> StoredObject:
            return _stored(b"", await obstore.get_async(self._store, key, options={"head": True}))

        return await self._attempts.make(read, CALL_S, is_not_found)

    async def open(self, key: str, byte_range: str | None = None) -> OpenObject | None:
        options = _range(byte_range)

        async def begin() -> "tuple[GetResult, StoredObject]":
            result = await obstore.get_async(self._store, key, options=options)
            return result, _stored(b"", result)

        opened = await self._attempts.make(begin, CALL_S, is_no_such_key)
        if opened is None:
            return None
        result, stored = opened
        start, end = result.range
        return OpenObject(
            stored.etag,
            end - start,
            f"bytes {start}-{end - 1}/{stored.size}" if options else None,
            stored.metadata,
            self._pieces(result),
        )

    async def _pieces(self, result: "GetResult") -> AsyncGenerator[bytes]:
        stream = result.stream(min_chunk_size=PIECE)

        async def piece() -> bytes:
            return bytes(await _next(stream, b""))

        while body := await self._attempts.make(piece, CALL_S, can_repeat=False):
            yield body

    async def delete(self, keys: Sequence[str]) -> None:
        # Of a key that is named twice, some stores answer with an error, and with one that obstore cannot read.
        once = list(dict.fromkeys(keys))
        for start in range(0, len(once), DELETE_BATCH):
            batch = once[start : start + DELETE_BATCH]
            await self._attempts.make(partial(obstore.delete_async, self._store, batch), CALL_S)

    async def list_folder(self, folder: str, after: str) -> AsyncIterator[Listed]:
        """Keys in ascending order, after the key `after`, a thousand in a call. `folder` ends with a slash."""
        while True:
            page = await self._attempts.make(partial(self._page, folder, after), CALL_S) or ()
            for meta in page:
                yield _listed(meta)
            if len(page) < PAGE:
                return
            after = page[-1]["path"]

    async def _page(self, folder: str, after: str) -> "Sequence[ObjectMeta]":
        stream = obstore.list(self._store, folder, offset=after or None, chunk_size=PAGE)
        return await _next(stream, ())


def connect(
    bucket: str,
    region: str,
    endpoint: str,
    credentials: Callable[[], Any],
    connections: int,
) -> S3Store:
    """A client that keeps so many connections at the most. `credentials` gives botocore's, frozen."""

    def current() -> "S3Credential":
        frozen = credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + CREDENTIALS_KEPT,
        }

    return S3Store(
        bucket,
        region=region,
        endpoint=endpoint,
        virtual_hosted_style_request=False,
        credential_provider=current,
        client_options={
            "allow_http": endpoint.startswith("http:"),
            "connect_timeout": "1s",
            # Each call has a deadline of its own, which knows how long its body is.
            "timeout": "1h",
            "pool_max_idle_per_host": str(connections),
        },
        retry_config={"max_retries": 0},
    )


async def _next(stream: AsyncIterator[T], default: T) -> T:
    """What `anext` does, whose default Python 3.11 does not give for awaitables of this library."""
    try:
        return await anext(stream)
    except StopAsyncIteration:
        return default


def _seconds(size: int) -> float:
    return CALL_S + size / BYTES_PER_S


def _is_taken(error: Exception) -> bool:
    """The object is there, or is being written at this moment (AWS answers 409)."""
    return isinstance(error, AlreadyExistsError)


def _stored(body: bytes, result: "GetResult") -> StoredObject:
    """Raises ValueError for an answer without a tag."""
    meta, attributes = result.meta, result.attributes
    etag = meta["e_tag"]
    if etag is None:
        raise ValueError("The answer has no ETag.")
    metadata = {name: attributes[name] for name in attributes if name not in _STANDARD}
    return StoredObject(body, etag, metadata, meta["size"])


def _listed(meta: "ObjectMeta") -> Listed:
    """Raises Unavailable for an entry without a tag."""
    etag = meta["e_tag"]
    if etag is None:
        raise Unavailable("The object store lists without ETags.")
    return Listed(meta["path"], meta["last_modified"], etag, meta["size"])


def _range(byte_range: str | None) -> "GetOptions | None":
    """The part that a Range header asks for. None for the whole, as where its end comes before its start
    (RFC 9110 §14.1.1)."""
    found = _RANGE.fullmatch(byte_range or "")
    if found is None:
        return None
    first, last = found.groups()
    if not first:
        return {"range": {"suffix": int(last)}}
    if not last:
        return {"range": {"offset": int(first)}}
    start, end = int(first), int(last) + 1
    return {"range": (start, end)} if start < end else None
