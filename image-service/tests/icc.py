"""Small ICC profiles (ICC.1:2022), made here: none of anybody's is copied."""

import struct

import numpy as np

RGB_SPACES = {
    "Display P3": ([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)], (0.3127, 0.3290), 2.2),
    "Adobe RGB": ([(0.640, 0.330), (0.210, 0.710), (0.150, 0.060)], (0.3127, 0.3290), 2.199),
    "ProPhoto": ([(0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)], (0.3457, 0.3585), 1.8),
    "Rec. 2020": ([(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)], (0.3127, 0.3290), 2.4),
    "wide and dark": ([(0.735, 0.265), (0.115, 0.826), (0.157, 0.018)], (0.3457, 0.3585), 2.6),
}
SRGB = ([(0.640, 0.330), (0.300, 0.600), (0.150, 0.060)], (0.3127, 0.3290), 2.2)
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def rgb_profile(name: str) -> bytes:
    """One of RGB_SPACES, sRGB with its channels "swapped", or "linear grey"."""
    if name == "linear grey":
        return _profile(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": _gamma(1.0)})
    primaries, white, gamma = SRGB if name == "swapped" else RGB_SPACES[name]
    matrix = _matrix(primaries, white)
    if name == "swapped":
        matrix = matrix[:, ::-1]
    tags = {b"wtpt": _xyz(D50)}
    for letter, column in zip(b"rgb", matrix.T, strict=True):
        tags[bytes([letter]) + b"XYZ"] = _xyz(column)
        tags[bytes([letter]) + b"TRC"] = _gamma(gamma)
    return _profile(b"RGB ", tags)


def cmyk_profile() -> bytes:
    """Ink that is paler than it says: two points an ink, to Lab, in 8 bits (lut8Type)."""
    table = bytearray()
    for node in range(16):
        cyan, magenta, yellow, black = ((node >> shift) & 1 for shift in (3, 2, 1, 0))
        light = max(0.2, 0.95 - 0.25 * (cyan + magenta + 0.4 * yellow) - 0.6 * black)
        shown = 0.5 * (1 - 0.8 * black)
        a, b = shown * (0.8 * magenta - 0.6 * cyan), shown * (0.8 * yellow - 0.6 * cyan)
        table += bytes([round(255 * light), round(128 + 100 * a), round(128 + 100 * b)])
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    curves_in, curves_out = bytes(range(256)) * 4, bytes(range(256)) * 3
    lut = (
        b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + curves_in + bytes(table) + curves_out
    )
    return _profile(b"CMYK", {b"wtpt": _xyz(D50), b"A2B0": lut}, connection=b"Lab ", kind=b"prtr")


def _matrix(primaries: list[tuple[float, float]], white: tuple[float, float]) -> np.ndarray:
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    own_white = np.array([white[0] / white[1], 1.0, (1 - sum(white)) / white[1]])
    scaled = columns * np.linalg.solve(columns, own_white)
    cones = np.diag((BRADFORD @ D50) / (BRADFORD @ own_white))
    return np.linalg.inv(BRADFORD) @ cones @ BRADFORD @ scaled


def _fixed(value: float) -> int:
    return round(value * 65536)


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *map(_fixed, values))


def _gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def _profile(
    space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ", kind: bytes = b"mntr"
) -> bytes:
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\0" + bytes(78)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"CC0\0", **tags}
    at, table, bodies = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        table += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += padded
    size = at + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *map(_fixed, D50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies
