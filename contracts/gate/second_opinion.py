"""jsoncompat's verdict on a schema that others read by, for what our own rules did not see.

Only its role "serializer" (all that the new schema allows was allowed by the old) means what we
mean. Its "deserializer" takes a new optional field of an open object for a break, since anything
might have stood there before, and passes a narrowed pattern: requests have our own rules alone.
"""

import json
import re

import jsoncompat

from gate.changes import Change, Json

_REFERENCE = re.compile(r'"#/components/schemas/([^"/]+)"')


def of(old: Json, new: Json, place: str) -> list[Change]:
    """A breaking change where jsoncompat sees one; nothing where it agrees or cannot tell.

    Both schemas are whole: their references lead into themselves.
    """
    if old == new:
        return []
    before, after = (json.dumps(_open(one)) for one in (old, new))
    try:
        fits = jsoncompat.check_compat(before, after, "serializer")
    except ValueError:  # a keyword that it has no rule for; ours have said what they know
        return []
    return [] if fits else [Change(place, "jsoncompat says that more is possible than before")]


def _open(schema: Json) -> Json:
    """Without `$id`, which it takes for a reference to another document, and open to new fields:
    those who read ignore what they do not know.
    """
    if isinstance(schema, list):
        return [_open(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = schema.get("additionalProperties") is False
    left_out = ("$id", "additionalProperties") if closed else ("$id",)
    return {key: _open(value) for key, value in schema.items() if key not in left_out}


def whole(schema: Json, root: Json) -> Json:
    """`schema` with the components of `root` that it refers to, and no others."""
    schemas: dict[str, Json] = {}
    open_ends = [schema]
    while open_ends:
        for name in _REFERENCE.findall(json.dumps(open_ends.pop())):
            if name not in schemas:
                schemas[name] = root["components"]["schemas"][name]
                open_ends.append(schemas[name])
    return {"allOf": [schema], "components": {"schemas": schemas}}
