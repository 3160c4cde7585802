"""Places in a picture, as fractions of it."""


def fraction(value: float) -> float:
    """Clamped to 0-1."""
    return round(min(1.0, max(0.0, float(value))), 4)


def box(left: float, top: float, right: float, bottom: float) -> dict[str, float]:
    """From the fractions of its sides, which may lie outside the picture."""
    x0, y0 = fraction(left), fraction(top)
    width, height = fraction(right) - x0, fraction(bottom) - y0
    return {"left": x0, "top": y0, "width": round(width, 4), "height": round(height, 4)}
