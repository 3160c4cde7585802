"""Places in a picture, as fractions of it."""


def fraction(value: float) -> float:
    """Clamped to 0-1."""
    return round(min(1.0, max(0.0, float(value))), 4)


def box(left: float, top: float, right: float, bottom: float) -> dict[str, float]:
    """From the fractions of its sides, which may lie outside the picture."""
    x0, y0 = fraction(left), fraction(top)
    width, height = fraction(right) - x0, fraction(bottom) - y0
    return {"left": x0, "top": y0, "width": round(width, 4), "height": round(height, 4)}


def common_share(one: dict[str, float], other: dict[str, float]) -> float:
    """Of the union of two boxes, what they have in common: their intersection over union, 0 to 1."""
    left, top, right, bottom = _sides(one)
    x0, y0, x1, y1 = _sides(other)
    width, height = min(right, x1) - max(left, x0), min(bottom, y1) - max(top, y0)
    common = max(0.0, width) * max(0.0, height)
    union = one["width"] * one["height"] + other["width"] * other["height"] - common
    return common / union if union else 0.0


def _sides(box: dict[str, float]) -> tuple[float, float, float, float]:
    left, top = box["left"], box["top"]
    return left, top, left + box["width"], top + box["height"]
