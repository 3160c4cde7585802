"""Addresses that mean harm, and what a resolver would say of their names.

Literals are read by the system's own resolver, which asks nobody for them; names are looked up here
alone, so that no test asks anybody else.
"""

import itertools
import socket

PUBLIC = "93.184.216.34"
STRANGER = "stranger.test"
"""A name without an address: it stands for one that may be asked for."""
NAMES: dict[str, list[str]] = {
    # Services of ours, as a container's resolver knows them, and machines' own names.
    **{
        name: ["172.18.0.3"]
        for name in (
            "redis",
            "dynamodb",
            "s3",
            "gateway",
            "user-service",
            "result-service",
            "image-service",
            "static-cdn",
            "host.docker.internal",
            "gateway.docker.internal",
            "kubernetes.default.svc",
        )
    },
    **{
        name: ["127.0.0.1", "::1"]
        for name in ("localhost", "localhost.localdomain", "ip6-localhost")
    },
    **{
        name: ["169.254.169.254"]
        for name in ("metadata.google.internal", "metadata", "instance-data")
    },
    "metadata.azure.test": ["168.63.129.16"],
    "loopback.test": ["127.0.0.1"],
    "private.test": ["10.0.0.5"],
    "six.test": ["fd00::5"],
    "mapped.test": ["::ffff:10.0.0.5"],
    "translated.test": ["64:ff9b::a00:5"],
    "public-and-private.test": [PUBLIC, "10.0.0.5"],
    "private-and-public.test": ["10.0.0.5", PUBLIC],
    "public-and-link-local.test": [PUBLIC, "fe80::1"],
    "nothing.test": [],
}

LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f.1",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "0x0",
    "00000.0.0.0",
    "127.00000.00000.0001",
)
PRIVATE = (
    "10.0.0.5",
    "10.5",
    "167772165",
    "0xa000005",
    "012.0.0.5",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.10",
    "192.168.266",
    "3232235786",
    "0xc0a8010a",
    "100.64.0.7",
    "100.127.255.254",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
METADATA = (
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.16689662",
    "168.63.129.16",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
)
SIX = (
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[2001:20::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[100::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[::10.0.0.5]",
    "[::ffff:192.168.1.10]",
    "[::ffff:0:10.0.0.5]",
)
FORMS = (
    # Credentials, and hosts that one parser sees and another does not.
    "http://user@{public}/",
    "http://user:secret@{public}/",
    "http://{public}@127.0.0.1/",
    "http://127.0.0.1#@{public}/",
    "http://127.0.0.1?@{public}/",
    "http://{public}\\@127.0.0.1/",
    "http://127.0.0.1\\@{public}/",
    "http:\\\\127.0.0.1\\",
    "http:///127.0.0.1/",
    "http:127.0.0.1",
    "http:/127.0.0.1",
    "http://127.0.0.1:80:80/",
    "http://[127.0.0.1]/",
    "http://[::1/",
    "http://::1/",
    "http://127.0.0.1%00.{public}/",
    "http://127.0.0.1%2f@{public}/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1 /",
    "http://loopback.test\r\nHost: {public}/",
    "http://{public}\r\nX: y/",
    "http://{public}\0.test/",
    " http://127.0.0.1/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://loc\u00adalhost/",
    "http://ｌocalhost/",
    # Schemes and ports of other protocols.
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://{public}/a",
    "gopher://{public}/_a",
    "dict://{public}:11211/stats",
    "ldap://{public}/",
    "data:image/png;base64,AAAA",
    "jar:http://a!/",
    "unix:///var/run/docker.sock",
    "ws://{public}/",
    "HTTP+UNIX://%2Fvar%2Frun%2Fdocker.sock/",
    "javascript:alert(1)",
    "//{public}/a",
    "",
    "http://",
    "about:blank",
    *(f"http://{{public}}:{port}/" for port in (22, 25, 2375, 3306, 5432, 6379, 8000, 9000, 11211)),
    "http://{public}:0/",
    "http://{public}:65536/",
    "http://{public}:-1/",
    "http://{public}:8o/",
)

ADDRESSES = tuple(
    dict.fromkeys(
        (
            *(f"http://{host}/latest/meta-data/" for host in METADATA),
            *(f"{scheme}://{host}/" for scheme in ("http", "https") for host in (*LOOPBACK, *SIX)),
            *(f"http://{host}/a.png" for host in PRIVATE),
            *(f"http://{name}/" for name in NAMES),
            *(form.replace("{public}", STRANGER) for form in FORMS),
        )
    )
)
REDIRECTS = tuple(
    address
    for address in itertools.chain(ADDRESSES[:20], ADDRESSES[-50:])
    if address.isprintable() and address.isascii() and "//" in address
)
"""Where a public server may send a fetch; none of it is followed."""


async def resolve(host: str, _port: int) -> list[str]:
    """Raises OSError for a name that is not here."""
    known = NAMES.get(host.lower().rstrip("."))
    if known is not None:
        return known
    # inet_aton reads the old spellings of an address (octal, hexadecimal, fewer parts).
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        pass
    found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
