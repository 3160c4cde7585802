"""How much of a word lies in a region: plane geometry on ratios of the picture."""

from collections.abc import Callable

Point = tuple[float, float]


def bounds(corners: list[Point]) -> dict[str, float]:
    """The upright box around them."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return {
        "left": min(xs),
        "top": min(ys),
        "width": round(max(xs) - min(xs), 6),
        "height": round(max(ys) - min(ys), 6),
    }


def share_inside(corners: list[Point], region: list[Point]) -> float:
    """0 to 1 of the box around `corners` that lies in `region`: the region is clipped by each side
    of the box (Sutherland and Hodgman), and what is left is measured."""
    sides = bounds(corners)
    whole = sides["width"] * sides["height"]
    left, top = sides["left"], sides["top"]
    right, bottom = left + sides["width"], top + sides["height"]
    for axis, limit, above in (
        (0, left, True),
        (0, right, False),
        (1, top, True),
        (1, bottom, False),
    ):
        region = _clipped(region, axis, limit, above=above)
    return _area(region) / whole if whole else 0.0


def _clipped(region: list[Point], axis: int, limit: float, *, above: bool) -> list[Point]:
    inside: Callable[[Point], bool] = (
        (lambda point: point[axis] >= limit) if above else (lambda point: point[axis] <= limit)
    )
    kept: list[Point] = []
    for before, point in zip([*region[-1:], *region[:-1]], region, strict=True):
        if inside(before) != inside(point):
            share = (limit - before[axis]) / (point[axis] - before[axis])
            kept.append(
                (
                    before[0] + (point[0] - before[0]) * share,
                    before[1] + (point[1] - before[1]) * share,
                )
            )
        if inside(point):
            kept.append(point)
    return kept


def _area(corners: list[Point]) -> float:
    turned = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in turned)) / 2
