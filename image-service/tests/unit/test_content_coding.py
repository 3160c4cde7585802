"""Encoded bodies are decoded, and no farther than the limit."""

import gzip
import tracemalloc
import zlib

import brotli
import pytest

from image_service.fetch.content_coding import NotDecodable, TooLarge, decode

PICTURE = bytes(range(256)) * 300
LIMIT = len(PICTURE)
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
ENCODED = {
    "gzip": gzip.compress(PICTURE),
    "x-gzip": gzip.compress(PICTURE),
    "deflate": zlib.compress(PICTURE),
    "br": brotli.compress(PICTURE),
}


@pytest.mark.parametrize("coding", ENCODED)
@pytest.mark.parametrize("written", ["{}", "{} ", "utf-8, {}"])
def test_a_coding_is_taken_off(coding: str, written: str) -> None:
    assert decode(ENCODED[coding], written.format(coding.upper()), LIMIT) == PICTURE


def test_deflate_without_a_header_is_taken_off_too() -> None:
    assert decode(RAW.compress(PICTURE) + RAW.flush(), "deflate", LIMIT) == PICTURE


@pytest.mark.parametrize("header", ["", "identity", "utf-8", "aws-chunked", "binary", "none"])
def test_a_coding_that_is_not_known_is_passed_over(header: str) -> None:
    assert decode(PICTURE, header, LIMIT) == PICTURE


def test_codings_are_taken_off_last_first() -> None:
    assert decode(brotli.compress(gzip.compress(PICTURE)), "gzip, br", LIMIT) == PICTURE


@pytest.mark.parametrize("coding", ENCODED)
def test_one_byte_more_than_the_limit_is_refused(coding: str) -> None:
    with pytest.raises(TooLarge):
        decode(ENCODED[coding], coding, LIMIT - 1)


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb_takes_no_more_memory_than_the_limit(coding: str) -> None:
    zeros = bytes(64 << 20)
    bomb = gzip.compress(zeros) if coding == "gzip" else brotli.compress(zeros, quality=1)
    del zeros
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(bomb, coding, 1 << 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_members_of_gzip_are_one_body_and_what_stands_behind_is_not() -> None:
    half = LIMIT // 2
    members = gzip.compress(PICTURE[:half]) + gzip.compress(PICTURE[half:])
    assert decode(members + b"and more", "gzip", LIMIT) == PICTURE


@pytest.mark.parametrize("coding", ENCODED)
def test_a_body_that_breaks_off_gives_what_had_come(coding: str) -> None:
    encoded = ENCODED[coding]
    part = decode(encoded[: len(encoded) * 2 // 3], coding, LIMIT)
    assert PICTURE.startswith(part)


@pytest.mark.parametrize("coding", ENCODED)
def test_a_body_in_another_coding_is_refused(coding: str) -> None:
    with pytest.raises(NotDecodable):
        decode(b"\xff\xd8\xff\xe0" + PICTURE, coding, LIMIT)


def test_codings_without_end_are_refused() -> None:
    with pytest.raises(NotDecodable):
        decode(PICTURE, ", ".join(["gzip"] * 4), LIMIT)


@pytest.mark.parametrize("coding", ENCODED)
def test_nothing_is_nothing(coding: str) -> None:
    assert decode(b"", coding, LIMIT) == b""
