"""HEIF for Pillow, by libheif in pi-heif (docs/decisions/0031).

pi-heif's own plugin reads all that stands beside a picture when it opens one, and its library ends the process
where that is of a kind that it does not know (release 1.4.0). This one asks for the picture alone; Exif is
read in `isobmff.py`.
"""

from typing import Any

import _pi_heif
from PIL import Image, ImageFile

from image_service.picture import heif_threads, isobmff

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Major brands of what may be a HEIF picture (ISO/IEC 23008-12, annex B); AVIF's own plugin comes first."""
THREADS = 0
NO_MEMORY = "bytes failed"
"""In what libheif says in a RuntimeError when it gets no memory: of limits it speaks much the same."""


class HeifFile(ImageFile.ImageFile):
    """The primary picture, turned upright as the file says. Raises RuntimeError, ValueError, EOFError and
    SyntaxError for damaged files, MemoryError."""

    format = "HEIF"
    format_description = "HEIF"

    def _open(self) -> None:
        assert self.fp is not None, "Pillow opens it with a file"
        data = self.fp.read()
        try:
            # At 8 bits a channel, RGB and not BGR, rows without a gap, libheif's limits in force.
            images = _pi_heif.load_file(data, THREADS, True, False, True, True, "", False)
        except (OSError, ValueError, RuntimeError, EOFError) as error:
            _check_memory(error)
            raise SyntaxError(str(error)) from error
        self._picture: Any = next((one for one in images if one is not None and one.primary), None)
        if self._picture is None:
            raise SyntaxError("no picture in it")
        self._size, self._mode = self._picture.size_mode
        profile = self._picture.color_profile
        if profile and profile["type"] in ("rICC", "prof"):
            self.info["icc_profile"] = profile["data"]
        self.info["exif"] = isobmff.exif(data)
        self.info["turned"] = isobmff.is_turned(data)
        self.tile = []

    def load(self) -> Any:
        if self._picture is not None:
            picture, self._picture = self._picture, None
            try:
                data = picture.data
            except RuntimeError as error:
                _check_memory(error)
                raise
            self._size, self._mode = picture.size_mode  # libheif knows the size when it has decoded
            self.load_prepare()
            self.frombytes(data, "raw", (self._mode, picture.stride))
        return super().load()


def _check_memory(error: BaseException) -> None:
    if NO_MEMORY in str(error):
        raise MemoryError from error


def _accept(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in BRANDS


def register() -> bool:
    """Before the first picture. Whether HEIF is read."""
    if not heif_threads.take_away():
        return False
    Image.register_open(HeifFile.format, HeifFile, _accept)
    return True
