"""What the camera says, by an allow-list: captions, owners, serial numbers and places stay out.

Tags and their values as in Exif 3.0 (CIPA DC-008). What is no value is null: cameras without a clock or a
receiver write zeros.
"""

import math
import re
import warnings
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

from image_service.picture.loading import DAMAGED

MODEL = "exif-allow-list-v2"
TEXT_AT_MOST = 100
FIRST_PHOTOGRAPH = 1826
"""The year: what is before is no date of a picture, but a clock that was not set."""
OFFSET_AT_MOST = (14, 59)
"""Hours and minutes."""
ISO_AT_MOST = 65_534
"""Above, the first tag says no more than that a second one has it."""
FARTHEST = {"latitude": 90, "longitude": 180}
VOID = "V"
_TAKEN = re.compile(
    r"(\d{4})[:/.-](\d{2})[:/.-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)? ?(.*)", re.DOTALL
)
_OFFSET = re.compile(r"[+-](\d{2}):?(\d{2})")
_Tags = ExifTags.Base
DATES = (
    (_Tags.DateTimeOriginal, _Tags.OffsetTimeOriginal),
    (_Tags.DateTimeDigitized, _Tags.OffsetTimeDigitized),
)
SECOND_ISO = (_Tags.RecommendedExposureIndex, _Tags.ISOSpeed, _Tags.StandardOutputSensitivity)


def metadata(exif: Image.Exif) -> dict[str, Any]:
    """Exposure time in seconds, focal length in millimetres. `taken_at` is local time to the second, with an
    offset where the camera wrote one. `has_gps`: there is a position, which is not told."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Pillow warns of damaged Exif, in whose place there is null
        camera = _directory(exif, ExifTags.IFD.Exif)
        return {
            "taken_at": _taken_at(camera),
            "make": _text(exif.get(_Tags.Make)),
            "model": _text(exif.get(_Tags.Model)),
            "lens": _text(camera.get(_Tags.LensModel)),
            "exposure_time": _number(camera.get(_Tags.ExposureTime)),
            "f_number": _number(camera.get(_Tags.FNumber)),
            "iso": _iso(camera),
            "focal_length": _number(camera.get(_Tags.FocalLength)),
            "has_gps": _has_position(_directory(exif, ExifTags.IFD.GPSInfo)),
        }


def _directory(exif: Image.Exif, number: int) -> dict[int, Any]:
    """Empty where it is damaged."""
    try:
        return dict(exif.get_ifd(number))
    except DAMAGED:
        return {}


def _taken_at(camera: dict[int, Any]) -> str | None:
    """When it was taken, else when it was digitised."""
    for date, offset in DATES:
        written = _TAKEN.fullmatch(_string(camera.get(date)))
        if written is None:
            continue
        *parts, behind = written.groups()
        zone = _zone(behind.strip() or _string(camera.get(offset)))
        moment = _moment([int(part) for part in parts])
        if moment is not None and zone is not None:
            return moment + zone
    return None


def _moment(parts: list[int]) -> str | None:
    try:
        moment = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # local, as the camera's clock is
    except ValueError:
        return None
    return moment.isoformat() if moment.year >= FIRST_PHOTOGRAPH else None


def _zone(written: str) -> str | None:
    """None for an offset that no place has; "" where none is said."""
    if written == "Z":
        return written
    found = _OFFSET.fullmatch(written)
    if found is None:
        return ""
    hours, minutes = OFFSET_AT_MOST
    if int(found[1]) > hours or int(found[2]) > minutes:
        return None
    return f"{written[0]}{found[1]}:{found[2]}"


def _string(value: Any) -> str:
    """Up to its end, which is NUL. Pillow takes each byte for a character: UTF-8 is told by itself."""
    if isinstance(value, str):
        try:
            value = value.encode("latin-1")
        except UnicodeEncodeError:
            return str(value).split("\0")[0].strip()  # it was text already
    if not isinstance(value, bytes):
        return ""
    ended = value.split(b"\0")[0]
    try:
        text = ended.decode()
    except UnicodeDecodeError:
        text = ended.decode("latin-1")
    return text.strip()


def _text(value: Any) -> str | None:
    text = "".join(character for character in _string(value) if character.isprintable())
    return text.strip()[:TEXT_AT_MOST] or None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return round(number, 6) if 0 <= number < 1e9 else None  # noqa: PLR2004


def _iso(camera: dict[int, Any]) -> int | None:
    first = _whole(camera.get(_Tags.ISOSpeedRatings))
    if first is not None and first <= ISO_AT_MOST:
        return first
    others = (_whole(camera.get(tag)) for tag in SECOND_ISO)
    return next((one for one in others if one), first)


def _whole(value: Any) -> int | None:
    number = _number(value[0] if isinstance(value, tuple) and value else value)
    return int(number) if number else None


def _has_position(gps: dict[int, Any]) -> bool:
    """Whether both angles are there and are angles. Nought by nought, in the sea, is a receiver's zeros."""
    if _string(gps.get(ExifTags.GPS.GPSStatus)).upper() == VOID:
        return False
    latitude = _angle(gps, ExifTags.GPS.GPSLatitude, "NS", FARTHEST["latitude"])
    longitude = _angle(gps, ExifTags.GPS.GPSLongitude, "EW", FARTHEST["longitude"])
    return latitude is not None and longitude is not None and (latitude > 0 or longitude > 0)


def _angle(gps: dict[int, Any], tag: int, sides: str, at_most: float) -> float | None:
    """In degrees. Its side stands in the tag before it."""
    side, value = _string(gps.get(tag - 1)).upper(), gps.get(tag)
    if side not in tuple(sides):
        return None
    parts = value if isinstance(value, tuple) else (value,)
    numbers = [_number(part) for part in parts]
    if not 1 <= len(numbers) <= 3:  # noqa: PLR2004  # degrees, minutes and seconds
        return None
    if any(one is None or (place and one >= 60) for place, one in enumerate(numbers)):  # noqa: PLR2004
        return None
    degrees = math.fsum((one or 0) / 60**place for place, one in enumerate(numbers))
    return degrees if degrees <= at_most else None
