"""Takes off the content codings (RFC 9110 §8.4) of a server that sends pictures encoded although it was
asked not to."""

import zlib
from collections.abc import Callable, Iterator

import brotli

CODINGS_AT_MOST = 3
STEP = 65536
"""Bytes that come out of a decoder at once, about."""
GZIP_MAGIC = b"\x1f\x8b"


class NotDecodable(ValueError):
    """The body is not in the coding that its header names."""


class TooLarge(ValueError):
    """More comes out than the limit."""


def codings(header: str) -> list[str]:
    """The codings that a `Content-Encoding` names and that are known, in the order in which they were
    applied. One that is not known (`utf-8`, `aws-chunked`, `binary` are seen) is passed over, as
    browsers do.

    Raises NotDecodable where there are more than any server has reason for."""
    named = [name.strip().lower() for name in header.split(",")]
    known = [name for name in named if name in DECODERS]
    if len(known) > CODINGS_AT_MOST:
        raise NotDecodable
    return known


def decode(body: bytes, header: str, limit: int) -> bytes:
    """The body without its codings. One that breaks off gives what had come until then.

    `limit`: bytes, of what comes out of each coding. Raises NotDecodable and TooLarge."""
    for coding in reversed(codings(header)):
        decoded = bytearray()
        try:
            for part in DECODERS[coding](body):
                decoded += part
                if len(decoded) > limit:
                    raise TooLarge
        except (zlib.error, brotli.error) as error:
            raise NotDecodable from error
        body = bytes(decoded)
    return body


def _inflate(body: bytes, wbits: int) -> Iterator[bytes]:
    """One member after another: what stands behind the last and is no member is passed over."""
    while body:
        decoder = zlib.decompressobj(wbits)
        while body and not decoder.eof:
            yield decoder.decompress(body, STEP)
            body = decoder.unconsumed_tail
        body = decoder.unused_data
        if not body.startswith(GZIP_MAGIC):
            return


def _gzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, 16 + zlib.MAX_WBITS)


def _deflate(body: bytes) -> Iterator[bytes]:
    """RFC 1950's form as RFC 9110 wants it, or the bare one of RFC 1951 that some servers send."""
    has_header = (
        len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and not (body[0] << 8 | body[1]) % 31
    )
    return _inflate(body, zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    yield decoder.process(body, output_buffer_limit=STEP)
    while not decoder.is_finished() and not decoder.can_accept_more_data():
        yield decoder.process(b"", output_buffer_limit=STEP)


DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
