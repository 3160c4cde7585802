"""Addresses go out as they were written."""

import pytest

from image_service.fetch.request_target import ascii_host, redirected, request_target


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("http://h", "/"),
        ("http://h/", "/"),
        ("http://h?x=1", "/?x=1"),
        ("http://h/a%27b", "/a%27b"),
        ("http://h/a'b", "/a'b"),
        ("http://h/a%2Fb%2fc", "/a%2Fb%2fc"),
        ("http://h/%40/@/%3A/%3a/:", "/%40/@/%3A/%3a/:"),
        ("http://h/~%7E!$&()*+,;=", "/~%7E!$&()*+,;="),
        ("http://h/100%.jpg?q=%", "/100%.jpg?q=%"),
        ("http://h/a+b%2Bc?d=e+f%20g%2B", "/a+b%2Bc?d=e+f%20g%2B"),
        ("http://h/a?", "/a?"),
        ("http://h?", "/?"),
        ("http://h/a?#f", "/a?"),
        ("http://h/a#f?x", "/a"),
        ("http://h/a;?x=;", "/a;?x=;"),
        ("http://h//a///b/", "//a///b/"),
        ("http://h/a/../b/./c", "/a/../b/./c"),
        ("http://h/a%2e%2e/b", "/a%2e%2e/b"),
        ("http://h/a?b=c&b=&&=d", "/a?b=c&b=&&=d"),
        (
            "http://h/a?X-Amz-Credential=K%2F20261128%2Fus&S=%3D",
            "/a?X-Amz-Credential=K%2F20261128%2Fus&S=%3D",
        ),
        ("http://h/[1]|2?[x]=|", "/[1]|2?[x]=|"),
        ("http://h/ü 日.png?q=é", "/%C3%BC%20%E6%97%A5.png?q=%C3%A9"),
        ('http://h/"<>\\^`{}', "/%22%3C%3E%5C%5E%60%7B%7D"),
        ("http://h/\udcff", "/%FF"),
    ],
)
def test_path_and_query_stand_as_they_were_written(address: str, target: str) -> None:
    assert request_target(address) == target


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Pictures.Test.", "pictures.test"),
        ("my_bucket.pictures.test", "my_bucket.pictures.test"),
        ("_dmarc.pictures.test", "_dmarc.pictures.test"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("faß.test", "xn--fa-hia.test"),
        ("日本.test", "xn--wgv71a.test"),
        ("a--b.test", "a--b.test"),
        ("127.0.0.1", "127.0.0.1"),
        ("①②⑦.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("a" * 63 + ".test", "a" * 63 + ".test"),
    ],
)
def test_a_host_is_named_as_the_resolver_takes_it(host: str, name: str) -> None:
    assert ascii_host(host) == name


@pytest.mark.parametrize(
    "host",
    [
        *(f"a{character}b.test" for character in " !\"$%&'()*+,;<=>^`{|}~\\\x00\x7f\t"),
        "a..b",
        ".a",
        "-a.test",
        "a.test-",
        "",
        ".",
        "a" * 64 + ".test",
        "a." * 127 + "test",
        "é\udcff.test",
        "a\u200bb c.test",
    ],
)
def test_a_name_that_no_host_has_is_refused(host: str) -> None:
    with pytest.raises(ValueError):  # idna's errors have sentences of their own
        ascii_host(host)


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("https://other.test/a%2Fb?", "https://other.test/a%2Fb?"),
        ("HTTP://other.test", "HTTP://other.test"),
        ("//other.test/a?", "http://other.test/a?"),
        ("/b%27?c=%3A", "http://h.test:81/b%27?c=%3A"),
        ("/b?", "http://h.test:81/b?"),
        ("/b;", "http://h.test:81/b;"),
        ("c%2Fd", "http://h.test:81/a/c%2Fd"),
        ("../c?", "http://h.test:81/c?"),
        ("?d=%40", "http://h.test:81/a/b?d=%40"),
        ("?", "http://h.test:81/a/b?"),
        ("c#f", "http://h.test:81/a/c"),
        ("", "http://h.test:81/a/b?x=%2F"),
    ],
)
def test_a_redirect_leads_where_it_was_written(location: str, leads_to: str) -> None:
    assert redirected("http://h.test:81/a/b?x=%2F", location) == leads_to
