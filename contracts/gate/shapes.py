"""A JSON Schema as the plain alternatives it stands for.

References, allOf, anyOf, oneOf, const and lists of types are written out, so that two schemas
that mean the same compare as the same. Properties and items stay as they are until asked for.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gate.changes import Json

type_names = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
Shape = dict[str, Any]
# Of two limits that hold at once the narrower one counts.
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_COMBINED = ("$ref", "allOf", "anyOf", "oneOf", "const")


def resolve(schema: Json, root: Json) -> Json:
    """What a local `$ref` points at; other schemas come back as they are.

    Raises ValueError for a reference out of the document or to nothing.
    """
    while isinstance(schema, dict) and "$ref" in schema and len(schema) == 1:
        schema = _at(schema["$ref"], root)
    return schema


def alternatives(schema: Json, root: Json) -> list[Shape]:
    """The shapes, each of at most one type, of which a value must have one."""
    if schema is False:
        return []
    if schema is True:
        return [{}]
    shapes = [{key: value for key, value in schema.items() if key not in _COMBINED}]
    if "const" in schema:
        shapes = [{**shapes[0], "enum": [schema["const"]]}]
    parts = [[_at(schema["$ref"], root)]] if "$ref" in schema else []
    parts += [[part] for part in schema.get("allOf", [])]
    parts += [schema[key] for key in ("anyOf", "oneOf") if key in schema]
    for part in parts:
        inner = [shape for one in part for shape in alternatives(one, root)]
        shapes = [merged for a in shapes for b in inner if (merged := _both(a, b)) is not None]
    return _joined([typed for shape in shapes for typed in _by_type(shape)])


def name(shape: Shape) -> str:
    """What to call a shape in a sentence."""
    kind = shape.get("type", "anything")
    return f"{kind} {shape['title']}" if kind == "object" and "title" in shape else str(kind)


def _at(reference: str, root: Json) -> Json:
    if not reference.startswith("#/"):
        raise ValueError(f"{reference} points out of the document")
    found = root
    try:
        for step in reference[2:].split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
    except LookupError as error:
        raise ValueError(f"{reference} points at nothing") from error
    return found


def _types(shape: Shape) -> list[str] | None:
    kind = shape.get("type")
    return None if kind is None else kind if isinstance(kind, list) else [kind]


def _both(a: Shape, b: Shape) -> Shape | None:
    """The shape of what is `a` and `b` at once, None if there can be none."""
    merged = {**a, **b}
    for key in a.keys() & b.keys():
        merged[key] = _both_values(key, a[key], b[key])
    kinds, more = _types(a), _types(b)
    if kinds is not None and more is not None:
        common = [
            kind for kind in kinds if kind in more or (kind == "integer" and "number" in more)
        ]
        common += [kind for kind in more if kind == "integer" and "number" in kinds]
        merged["type"] = list(dict.fromkeys(common))
    return None if merged.get("type") == [] or merged.get("enum") == [] else merged


def _both_values(key: str, a: Json, b: Json) -> Json:
    if a == b or key in ("title", "description"):
        return a
    if a is False or b is False:
        return False
    if key in LOWER or key in UPPER:
        return max(a, b) if key in LOWER else min(a, b)
    merge = _MERGES.get(key)
    return merge(a, b) if merge else [a, b]  # both hold; compared as a whole


def _both_properties(a: Json, b: Json) -> Json:
    return {**a, **b, **{name: {"allOf": [a[name], b[name]]} for name in a.keys() & b.keys()}}


_MERGES: dict[str, Callable[[Json, Json], Json]] = {
    "properties": _both_properties,
    "required": lambda a, b: sorted({*a, *b}),
    "enum": lambda a, b: [value for value in a if value in b],
    **dict.fromkeys(
        ("items", "additionalProperties", "propertyNames"), lambda a, b: {"allOf": [a, b]}
    ),
}


def _by_type(shape: Shape) -> Iterator[Shape]:
    kinds = _types(shape)
    if "enum" not in shape:
        yield from [{**shape, "type": kind} for kind in kinds] if kinds else [shape]
        return
    values: dict[str, list[Json]] = {}
    for value in shape["enum"]:
        kind = type_names[type(value)]
        if kinds is None or kind in kinds or (kind == "integer" and "number" in kinds):
            values.setdefault(kind, []).append(value)
    for kind, some in values.items():
        yield {**shape, "type": kind, "enum": some}


def _joined(shapes: list[Shape]) -> list[Shape]:
    """Alternatives that differ in their constants alone become one with all of them."""
    found: list[Shape] = []
    for shape in shapes:
        for other in found:
            if "enum" in shape and "enum" in other and _bare(shape) == _bare(other):
                other["enum"] = [
                    *other["enum"],
                    *(v for v in shape["enum"] if v not in other["enum"]),
                ]
                break
        else:
            found.append(dict(shape))
    return found


def _bare(shape: Shape) -> Shape:
    return {
        key: value for key, value in shape.items() if key not in ("enum", "title", "description")
    }
