"""Takes the thread away that HEIF's decoder starts.

libheif asks libde265 for a thread of its own for each picture, whatever it was told, and an instance may start
none (docs/decisions/0014): the process would end. libde265 does without, where nobody asks it for one. So
libheif's reference to `de265_start_worker_threads` leads to a function that starts nothing; it is the entry
of that name in the library's table of functions (System V ABI, ELF-64, "Relocation"; R_X86_64_JUMP_SLOT and
R_AARCH64_JUMP_SLOT). Where that entry is not found HEIF is not read, as docs/decisions/0031 says.
"""

import ctypes
import struct
from pathlib import Path

CALLED = b"de265_start_worker_threads"
SECTION = struct.Struct("<IIQQQQIIQQ")
RELOCATION, SYMBOL = struct.Struct("<QQq"), struct.Struct("<IBBHQQ")
WITH_ADDENDS, SLOTS = 4, frozenset({7, 1026})
"""A section's type SHT_RELA; the types of a function's entry on x86-64 and on AArch64."""
OK = 0
"""libde265's DE265_OK."""
_start_none = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(lambda *_: OK)
"""Kept for as long as the process lives: the library calls it."""


def take_away() -> bool:
    """Once libheif is loaded, and before the first picture. Whether it could be done."""
    slot = _slot()
    if slot is None:
        return False
    ctypes.c_void_p.from_address(slot).value = ctypes.cast(_start_none, ctypes.c_void_p).value
    return True


def _slot() -> int | None:
    """The address of libheif's entry in this process."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        *_, path = line.split(maxsplit=5)
        if "/pi_heif.libs/libheif" in path:
            offset = slot_offset(Path(path).read_bytes())
            return None if offset is None else int(line.split("-")[0], 16) + offset
    return None


def slot_offset(library: bytes) -> int | None:
    """From a library's beginning in memory; `library`: its file. None where it calls no such function."""
    if library[:6] != b"\x7fELF\x02\x01":  # 64 bits, little-endian
        return None
    (table,) = struct.unpack_from("<Q", library, 40)
    size, count = struct.unpack_from("<HH", library, 58)
    sections = [SECTION.unpack_from(library, table + number * size) for number in range(count)]
    for section in sections:
        if section[1] == WITH_ADDENDS:
            symbols = sections[section[6]]
            names = sections[symbols[6]]
            start, length = section[4], section[5]
            for offset, info, _ in RELOCATION.iter_unpack(library[start : start + length]):
                if info & 0xFFFFFFFF in SLOTS:
                    at = symbols[4] + (info >> 32) * SYMBOL.size
                    name = names[4] + SYMBOL.unpack_from(library, at)[0]
                    if library[name : name + len(CALLED) + 1] == CALLED + b"\0":
                        return int(offset)
    return None
