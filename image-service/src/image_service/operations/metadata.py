"""What the camera says, by an allow-list: captions, owners, serial numbers and places stay out."""

import re
from typing import Any

from PIL import ExifTags, Image

MODEL = "exif-allow-list-v1"
TEXT_AT_MOST = 100
_TAKEN = re.compile(r"(\d{4}):(\d{2}):(\d{2}) (\d{2}:\d{2}:\d{2})")
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")


def metadata(exif: Image.Exif) -> dict[str, Any]:
    """Exposure time in seconds, focal length in millimetres. `taken_at` is local time, with an
    offset where the camera wrote one."""
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    return {
        "taken_at": _taken_at(camera),
        "make": _text(exif.get(ExifTags.Base.Make)),
        "model": _text(exif.get(ExifTags.Base.Model)),
        "lens": _text(camera.get(ExifTags.Base.LensModel)),
        "exposure_time": _number(camera.get(ExifTags.Base.ExposureTime)),
        "f_number": _number(camera.get(ExifTags.Base.FNumber)),
        "iso": _whole(camera.get(ExifTags.Base.ISOSpeedRatings)),
        "focal_length": _number(camera.get(ExifTags.Base.FocalLength)),
        "has_gps": bool(exif.get_ifd(ExifTags.IFD.GPSInfo)),
    }


def _taken_at(camera: dict[int, Any]) -> str | None:
    found = _TAKEN.fullmatch(str(camera.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 "))
    if found is None:
        return None
    offset = str(camera.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
    year, month, day, clock = found.groups()
    return f"{year}-{month}-{day}T{clock}{offset if _OFFSET.fullmatch(offset) else ''}"


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    text = "".join(character for character in value if character.isprintable()).strip()
    return text[:TEXT_AT_MOST] or None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return round(number, 6) if 0 <= number < 1e9 else None  # noqa: PLR2004


def _whole(value: Any) -> int | None:
    number = _number(value[0] if isinstance(value, tuple) and value else value)
    return None if number is None else int(number)
