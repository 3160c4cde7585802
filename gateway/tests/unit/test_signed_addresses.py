"""A signed address opens what it was made for, on its host, until its end; nothing near it opens anything."""

import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.sharing import signed_addresses
from gateway.sharing.signed_addresses import (
    Opened,
    SignedAddresses,
    SigningKeys,
    folder_of,
    is_host,
)

USER, OTHER_USER = (f"us_01k9zt5w00000000000000000{n}" for n in (1, 2))
ANALYSIS, OTHER_ANALYSIS = (f"an_01k9zt5w00000000000000000{n}" for n in (1, 2))
SHARE, OTHER_SHARE = (f"sh_01k9zt5w00000000000000000{n}" for n in (1, 2))
ORIGIN, HOST = "https://pictures.example:8443", "pictures.example:8443"
FOLDER = folder_of(USER, ANALYSIS, SHARE)
IN_AN_HOUR = int(time.time()) + 3600


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("1764374400", "1764460800"):
        (tmp_path / f"{name}.key").write_bytes(os.urandom(32))
    return tmp_path


@pytest.fixture
def addresses(keys: Path) -> SignedAddresses:
    return SignedAddresses(SigningKeys(keys))


def opened(addresses: SignedAddresses, url: str, host: str = HOST) -> Opened | None:
    parts = urlsplit(url)
    return addresses.opened(host, parts.path, parts.query)


@pytest.mark.parametrize("part", ["", "preview", "result"])
def test_an_address_opens_its_folder(addresses: SignedAddresses, part: str) -> None:
    url = addresses.make(ORIGIN, FOLDER, part, IN_AN_HOUR)
    wanted = Opened(USER, ANALYSIS, SHARE, part)
    assert opened(addresses, url) == wanted
    assert opened(addresses, url, HOST.upper()) == wanted  # RFC 9110 §4.2.3


def forgeries(url: str, older_key: str) -> dict[str, str]:
    """Addresses and paths with a query that somebody could try, by what is tried."""
    address, _, query = url.partition("?")
    expires, key, signature = (pair.partition("=")[2] for pair in query.split("&"))
    last = signature[-1]
    parts = (f"expires={expires}", f"key={key}", f"signature={signature}")
    tried = {
        "another user": url.replace(USER, OTHER_USER),
        "another analysis": url.replace(ANALYSIS, OTHER_ANALYSIS),
        "another share": url.replace(SHARE, OTHER_SHARE),
        "another part": url.replace("preview", "upload"),
        "a folder above": url.replace(f"{SHARE}/preview", ""),
        "a folder below": url.replace("preview", "preview/x"),
        "dots": url.replace("preview", f"../{OTHER_SHARE}/preview"),
        "dots in code": url.replace("preview", f"%2e%2e/{OTHER_SHARE}/preview"),
        "a slash too many": url.replace("/preview", "//preview"),
        "a slash after": url.replace("preview?", "preview/?"),
        "a letter in code": url.replace("/shared/", "/%73hared/"),
        "the case of the path": url.replace("/shared/", "/Shared/"),
        "a null": url.replace("preview", "preview%00"),
        "a parameter of the path": url.replace("preview", "preview;x=1"),
        "a later end": url.replace(f"expires={expires}", f"expires={int(expires) + 1}"),
        "an end that was padded": url.replace("expires=", "expires=0"),
        "an end with a sign": url.replace("expires=", "expires=%2B"),
        "an end in other digits": url.replace(expires, expires.replace("1", "١")),
        "the key before": url.replace(f"key={key}", f"key={older_key}"),
        "a key that is none": url.replace(f"key={key}", "key=none"),
        "a key above the folder": url.replace(f"key={key}", f"key=../{key}"),
        "an empty key": url.replace(f"key={key}", "key="),
        "another signature": url.replace(
            signature, ("A" if signature[0] != "A" else "B") + signature[1:]
        ),
        "bits that are not read": url[:-1] + ("B" if last == "A" else chr(ord(last) + 1)),
        "a padded signature": url + "=",
        "a cut signature": url[:-1],
        "an empty signature": url.replace(signature, ""),
        "the signature in the other alphabet": url.replace(
            signature, signature.replace("_", "/").replace("-", "+") + "="
        ),
        "no query": address,
        "no signature": f"{address}?{parts[0]}&{parts[1]}",
        "no end": f"{address}?{parts[1]}&{parts[2]}",
        "another order": f"{address}?{parts[1]}&{parts[0]}&{parts[2]}",
        "a doubled end": f"{address}?expires=9999999999&{query}",
        "a doubled end behind": f"{url}&expires=9999999999",
        "a doubled signature": f"{url}&{parts[2]}",
        "one more": f"{url}&x=1",
        "one more before": f"{address}?x=1&{query}",
        "a name in code": url.replace("expires=", "%65xpires="),
        "a value in code": url.replace(
            "signature=" + signature[0], f"signature=%{ord(signature[0]):02x}"
        ),
        "another separator": url.replace("&", ";"),
        "the case of a name": url.replace("expires=", "Expires="),
        "an empty pair": f"{url}&",
        "a line behind": f"{url}%0a",
    }
    assert all(one != url for one in tried.values())
    return tried


def test_nothing_near_an_address_opens_anything(addresses: SignedAddresses, keys: Path) -> None:
    url = addresses.make(ORIGIN, FOLDER, "preview", IN_AN_HOUR)
    older = min(keys.iterdir()).stem
    accepted = [name for name, one in forgeries(url, older).items() if opened(addresses, one)]
    assert accepted == []
    hosts = ("pictures.example", "127.0.0.1:8443", f"x.{HOST}", f"{HOST}.", "")
    assert [host for host in hosts if opened(addresses, url, host)] == []
    query = urlsplit(url).query
    assert addresses.opened(HOST, f"{FOLDER}preview\n", query) is None
    assert addresses.opened(HOST, f"{FOLDER}preview", f"{query}\n") is None


def test_an_address_ends(addresses: SignedAddresses) -> None:
    now = int(time.time())
    assert opened(addresses, addresses.make(ORIGIN, FOLDER, "", now)) is None
    assert opened(addresses, addresses.make(ORIGIN, FOLDER, "", now + 60)) is not None


def test_the_newest_key_signs_and_each_opens_until_it_is_taken_away(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed_addresses, "READ_AGAIN_S", 0)
    addresses = SignedAddresses(SigningKeys(keys))
    before = addresses.make(ORIGIN, FOLDER, "", IN_AN_HOUR)
    assert "&key=1764460800&" in before
    (keys / "1764547200.key").write_bytes(os.urandom(32))
    (keys / "9999999999.key").write_bytes(b"short")  # being written, or a mistake
    (keys / "9999999998.key").symlink_to(keys / "gone")  # taken away since the folder was read
    after = addresses.make(ORIGIN, FOLDER, "", IN_AN_HOUR)
    assert "&key=1764547200&" in after
    assert opened(addresses, before) is not None
    (keys / "1764460800.key").unlink()
    assert opened(addresses, before) is None
    assert opened(addresses, after) is not None


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SignedAddresses(SigningKeys(tmp_path)).make(ORIGIN, FOLDER, "", IN_AN_HOUR)


def test_without_a_folder_a_process_opens_what_it_signed_alone() -> None:
    mine, others = (SignedAddresses(SigningKeys(None)) for _ in range(2))
    url = mine.make(ORIGIN, FOLDER, "", IN_AN_HOUR)
    assert opened(mine, url) is not None
    assert opened(others, url) is None


@pytest.mark.parametrize("host", ["a.test", "127.0.0.1:8080", "[::1]:8080", "localhost"])
def test_these_are_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize("host", ["", "a/b", "a@b", "a b", "a?b", "a:x", 'a"', "a#"])
def test_these_are_no_hosts(host: str) -> None:
    assert not is_host(host)
