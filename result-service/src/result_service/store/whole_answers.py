"""Refuses answers of the store that were cut.

http.client takes the end of a connection for the end of a head, and botocore does not count the bytes of
a body that it reads itself. A cut answer would lack metadata, or be an empty list, and would be believed.
"""

from http.client import HTTPResponse, RemoteDisconnected
from typing import Any, ClassVar

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

BLANK = (b"\r\n", b"\n")
"""Lines that end a head."""


class _Lines:
    """A file that remembers the last line read from it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _Response(HTTPResponse):
    fp: Any

    def begin(self) -> None:
        """Raises RemoteDisconnected, which botocore takes for a lost connection."""
        lines = _Lines(self.fp)
        self.fp = lines
        super().begin()
        if self.fp is lines:  # where a body follows
            self.fp = lines.file
        if lines.last not in BLANK:
            raise RemoteDisconnected("The connection ended within the head of an answer.")


class _Connection(AWSHTTPConnection):  # type: ignore[misc]  # botocore has no types
    response_class = _Response


class _SecureConnection(AWSHTTPSConnection):  # type: ignore[misc]
    response_class = _Response


class _Enforcing:
    """Has urllib3 refuse a body shorter than its Content-Length, which botocore turns off."""

    def urlopen(self, *arguments: Any, **options: Any) -> Any:
        answer = super().urlopen(*arguments, **options)  # type: ignore[misc]  # a pool comes after
        answer.enforce_content_length = True
        return answer


class _Pool(_Enforcing, AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls: ClassVar = _Connection


class _SecurePool(_Enforcing, AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls: ClassVar = _SecureConnection


def require(client: Any) -> None:
    """Refuse cut answers to this boto3 client. botocore has no public way to set its connections."""
    manager = client._endpoint.http_session._manager  # noqa: SLF001  # as the docstring says
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
