"""`python -m image_service compare IMAGE ENGINES [OPERATIONS]`: one picture by several engines.

Each finds what it can, side by side; boxes of two engines are the same thing where they have at least
half of their union in common (PASCAL VOC's rule), names where their letters are the same. Engines and
operations are comma lists. No queue and no rate: a call for each operation, one after the other.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image_service.engines.port import LOCAL, Engine, Rejected, Unavailable, Unwilling, VendorResult
from image_service.instances.answers import NotAnalysed
from image_service.picture.geometry import common_share

COMPARED = ("faces", "labels", "text", "moderation", "colors")
"""What vendors can do as well."""
SAME = 0.5
SHOWN = 12
Part = list[dict[str, Any]]


class NotCompared(Exception):
    """With one clear line."""


@dataclass(frozen=True)
class Finding:
    """Of one engine for one operation; `part` is None where it failed, `who` says how then."""

    engine: str
    who: str
    part: Part | None


async def compare(
    image: Path,
    names: Sequence[str],
    operations: Sequence[str],
    engines: Mapping[str, Engine],
    models_dir: Path | None,
) -> Iterator[str]:
    """Lines to print. Raises NotCompared."""
    unknown = [name for name in names if name != LOCAL and name not in engines]
    if unknown:
        raise NotCompared(f"{', '.join(unknown)}: there are no credentials for it.")
    strange = [operation for operation in operations if operation not in COMPARED]
    if strange:
        raise NotCompared(f"{', '.join(strange)}: only {', '.join(COMPARED)} can be compared.")
    here, upright = await asyncio.to_thread(_here, image, operations, models_dir)
    asked = [name for name in names if name != LOCAL]
    for name in asked:
        await engines[name].open()
    try:
        found = {
            operation: [
                here[operation]
                if name == LOCAL
                else await _theirs(engines[name], operation, upright)
                for name in names
            ]
            for operation in operations
        }
    finally:
        for name in asked:
            await engines[name].close()
    return (line for operation, findings in found.items() for line in _told(operation, findings))


def _here(
    image: Path, operations: Sequence[str], models_dir: Path | None
) -> tuple[dict[str, Finding], bytes]:
    """What this machine finds, and the upright JPEG that vendors get. Raises NotCompared."""
    try:
        data = image.read_bytes()
    except OSError as error:
        raise NotCompared(f"{image}: {error.strerror}.") from error
    # They load the engine's libraries, which no other command needs.
    from image_service.local_engine import analysis, text_analysis  # noqa: PLC0415

    (text_analysis if "text" in operations else analysis).initialize(models_dir)
    answer = analysis.analyse(data, list(operations))
    if isinstance(answer, NotAnalysed):
        raise NotCompared(answer.detail)
    models = {engine["operation"]: engine["model"] for engine in reversed(answer.parts["engines"])}
    findings = {
        operation: Finding(LOCAL, models[operation], answer.parts[operation])
        for operation in operations
    }
    return findings, answer.preview


async def _theirs(engine: Engine, operation: str, picture: bytes) -> Finding:
    if operation not in engine.operations:
        return Finding(engine.name, "cannot do this", None)
    try:
        found: VendorResult = await engine.find(operation, picture)
    except (Unavailable, Unwilling, Rejected) as error:
        return Finding(engine.name, str(error), None)
    return Finding(engine.name, found.model, found.part)


def _told(operation: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield operation
    for one in findings:
        shown = "" if one.part is None else f": {_listed(operation, one.part)}"
        yield f"  {one.engine:<12} {one.who}{shown}"
    done = [one for one in findings if one.part is not None]
    for one, other in itertools.combinations(done, 2):
        agreement = _AGREEMENT[operation](one.part or [], other.part or [])
        yield f"  {one.engine} and {other.engine}: {agreement}"
    yield ""


def _listed(operation: str, part: Part) -> str:
    shown = ", ".join(_item(operation, one) for one in part[:SHOWN])
    more = f", and {len(part) - SHOWN} more" if len(part) > SHOWN else ""
    return f"{len(part)} ({shown}{more})" if part else "nothing"


def _item(operation: str, one: dict[str, Any]) -> str:
    match operation:
        case "faces":
            box = one["box"]
            place = f"{box['left']:.2f} {box['top']:.2f} {box['width']:.2f}x{box['height']:.2f}"
            return f"{place} {one['confidence']:.2f}"
        case "colors":
            return f"{one['hex']} {one['fraction']:.2f}"
        case "text":
            return f"{one['text']!r} {one['confidence']:.2f}"
        case "labels":
            return f"{one['name']} {one['confidence']:.2f} by {one['model']}"
        case _:
            return f"{one['name']} {one['confidence']:.2f}"


def overlaps(one: Part, other: Part) -> list[float]:
    """The common shares of the pairs of boxes that are the same thing, each box in one pair at the
    most, the largest shares first."""
    shares = sorted(
        (
            (common_share(a["box"], b["box"]), i, j)
            for i, a in enumerate(one)
            for j, b in enumerate(other)
        ),
        reverse=True,
    )
    taken: set[tuple[str, int]] = set()
    found = []
    for share, i, j in shares:
        if share < SAME:
            break
        if ("one", i) not in taken and ("other", j) not in taken:
            taken |= {("one", i), ("other", j)}
            found.append(share)
    return found


def _boxes(one: Part, other: Part) -> str:
    shares = overlaps(one, other)
    mean = f", their overlap {sum(shares) / len(shares):.2f}" if shares else ""
    return f"{len(shares)} the same of {len(one)} and {len(other)}{mean}"


def _names(one: Part, other: Part) -> str:
    mine, theirs = ({item["name"].lower() for item in part} for part in (one, other))
    both = sorted(mine & theirs)
    listed = f": {', '.join(both)}" if both else ""
    return f"{len(both)} the same of {len(mine)} and {len(theirs)}{listed}"


_AGREEMENT: dict[str, Callable[[Part, Part], str]] = {
    "faces": _boxes,
    "text": _boxes,
    "labels": _names,
    "moderation": _names,
    "colors": _names,
}
