"""An answer of the object store that is cut is no answer, wherever it is cut."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from conftest import use
from sightline_contracts.problems import Unavailable
from sightline_testing.stores import AwsStore

from result_service.store.s3 import S3Bucket

KEY, METADATA = "a/b", {"status": "succeeded", "attempts": "1"}
ETAG = '"0123456789abcdef0123456789abcdef"'
TIMED = "Last-Modified: Fri, 27 Nov 2026 22:00:00 GMT"
HEAD = ["HTTP/1.1 200 OK", "Accept-Ranges: bytes", "Content-Length: {length}"]
OBJECT = [*HEAD, f"ETag: {ETAG}", TIMED, "x-amz-meta-attempts: 1", "x-amz-meta-status: succeeded"]
LISTED = (
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a/b</Key>"
    "<LastModified>2026-11-27T22:00:00Z</LastModified><ETag>&quot;1&quot;</ETag><Size>4</Size>"
    "</Contents></ListBucketResult>"
)
Ask = Callable[[S3Bucket], Awaitable[object]]


async def _pieces(bucket: S3Bucket) -> bytes:
    opened = await bucket.open(KEY)
    assert opened is not None
    return b"".join([piece async for piece in opened.pieces])


async def _listed(bucket: S3Bucket) -> list[str]:
    return [listed.key async for listed in bucket.list("a/")]


async def _listed_by_few(bucket: S3Bucket) -> list[str]:
    return [listed.key async for listed in bucket.list("a/", page=20)]


def _answer(lines: list[str], body: str, *, told: bool = True) -> bytes:
    """`told`: whether the body is sent, which a HEAD has none of."""
    head = "\r\n".join(lines).format(length=len(body)) + "\r\n\r\n"
    return (head + body * told).encode()


CASES: dict[str, tuple[Ask, bytes]] = {
    "get": (lambda bucket: bucket.get(KEY), _answer(OBJECT, "body")),
    "head": (lambda bucket: bucket.head(KEY), _answer(OBJECT, "body", told=False)),
    "open": (_pieces, _answer(OBJECT, "body")),
    "list": (_listed, _answer([*HEAD, "Content-Type: application/xml"], LISTED)),
    "list few": (_listed_by_few, _answer([*HEAD, "Content-Type: application/xml"], LISTED)),
}


class CutStore:
    """Answers each request with the first `length` bytes of `answer` and closes."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.answer = b""
        self.length = 0

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(ConnectionError):
                    request = b""
                    while b"\r\n\r\n" not in request and (piece := connection.recv(1 << 16)):
                        request += piece
                    connection.sendall(self.answer[: self.length])


@pytest.fixture
def store() -> Iterator[CutStore]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = CutStore(listener)
        thread = threading.Thread(target=store.serve)
        thread.start()
        yield store
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
async def bucket(store: CutStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3Bucket]:
    host, port = store._listener.getsockname()
    use(AwsStore(f"http://{host}:{port}"), monkeypatch)
    # A second try would meet the same, some time later.
    bucket = S3Bucket("bucket", "us-east-1", attempts=1)
    yield bucket
    bucket.close()


@pytest.mark.parametrize("name", CASES)
async def test_an_answer_that_is_cut_anywhere_is_unavailable(
    store: CutStore, bucket: S3Bucket, name: str
) -> None:
    ask, store.answer = CASES[name]
    store.length = len(store.answer)
    assert await ask(bucket), "whole, it is an answer"
    believed = []
    for length in range(1, len(store.answer)):
        store.length = length
        with contextlib.suppress(Unavailable):
            await ask(bucket)
            believed.append(store.answer[:length])
    assert believed == []
