"""What changed between two JSON Schemas, and whether it breaks whoever reads or writes by them."""

from dataclasses import dataclass, field, replace

from gate import shapes
from gate.changes import Change, Json, Side, breaks
from gate.shapes import LOWER, UPPER, Shape

# Keywords that can only be compared as a whole: of two patterns nobody can tell the wider.
_OPAQUE = ("pattern", "format", "contentMediaType", "contentEncoding", "uniqueItems", "multipleOf")
_OBJECT = ("properties", "required", "additionalProperties", "propertyNames")
_ARRAY = ("items", "prefixItems")
_WORDS = ("title", "description", "examples", "deprecated", "default", "$schema", "$id", "$comment")
_KNOWN = {"type", "enum", *_OPAQUE, *LOWER, *UPPER, *_OBJECT, *_ARRAY, *_WORDS}


@dataclass
class Comparison:
    """Compares schemas of two documents, whose roots resolve the references."""

    old_root: Json
    new_root: Json
    _under_way: set[tuple[int, int, Side]] = field(default_factory=set)
    _known: dict[tuple[int, int, Side], tuple[Json, Json, list[Change]]] = field(
        default_factory=dict
    )
    _within_itself: bool = False

    def compare(self, old: Json, new: Json, side: Side, place: str) -> list[Change]:
        """All changes from `old` to `new`, each with its place below `place`.

        Raises ValueError for a reference out of the document.
        """
        old, new = shapes.resolve(old, self.old_root), shapes.resolve(new, self.new_root)
        key = (id(old), id(new), side)
        if key in self._under_way:
            self._within_itself = True
            return []
        if key not in self._known:
            self._under_way.add(key)
            found = [*_default(old, new, side, ""), *self._alternatives(old, new, side, "")]
            self._under_way.discard(key)
            if self._within_itself:  # what is inside it was looked at in part only
                self._within_itself = bool(self._under_way)
                return _below(place, found)
            # Problems are answered everywhere: once is enough. Both are kept, so that their
            # ids stay theirs.
            self._known[key] = old, new, found
        return _below(place, self._known[key][2])

    def _alternatives(self, old: Json, new: Json, side: Side, place: str) -> list[Change]:
        before = shapes.alternatives(old, self.old_root)
        after = shapes.alternatives(new, self.new_root)
        # Who must be served is what comes: to readers the new answers, to the service the old
        # requests. Each of their shapes needs one on the other side that takes it.
        coming, taking = (after, before) if side is Side.READ else (before, after)
        changes: list[Change] = []
        used: list[Shape] = []
        for shape in coming:
            candidates = [other for other in taking if _takes(other, shape)]
            if not candidates:
                changes.append(Change(place, _not_taken(shape, taking, side)))
                continue
            results = []
            for other in candidates:
                pair = (other, shape) if side is Side.READ else (shape, other)
                results.append((self._shape(*pair, side, place), other))
            best = min(results, key=lambda result: (breaks(result[0]), len(result[0])))
            changes += best[0]
            used.append(best[1])
        word = "is never {} any more" if side is Side.READ else "may be {} as well"
        changes += [
            Change(place, word.format(shapes.name(other)), breaking=False)
            for other in taking
            if other not in used and not any(change.place == place for change in changes)
        ]
        return changes

    def _shape(self, old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
        changes = [*_enum(old, new, side, place), *_limits(old, new, side, place)]
        changes += _opaque(old, new, side, place)
        if old.get("type") != new.get("type"):  # the one takes the other, or they were no pair
            how = f"{shapes.name(old)} became {shapes.name(new)}"
            changes.append(Change(place, how, breaking=False))
        if any(key in shape for key in _OBJECT for shape in (old, new)):
            changes += self._properties(old, new, side, place)
            changes += self._other_properties(old, new, side, place)
        if "prefixItems" in old or "prefixItems" in new:
            changes += self._tuple(old, new, side, place)
        if "items" in old or "items" in new:
            pair = old.get("items", True), new.get("items", True)
            changes += self.compare(*pair, side, f"{place}/[]")
        unknown = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)} - _KNOWN
        changes += [Change(place, f"{key} changed, which no rule knows") for key in sorted(unknown)]
        return changes

    def _properties(self, old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        changes: list[Change] = []
        for name in sorted(before.keys() | after.keys() | must | must_now):
            where = f"{place}/{name}"
            if name in before and name not in after:
                changes.append(_removed(new, side, where))
                continue
            if name in after and name not in before:
                demanded = side is Side.WRITE and name in must_now
                how = "a required field is new" if demanded else "a field is new"
                changes.append(Change(where, how, breaking=demanded))
                continue
            if name in before:
                changes += self.compare(before[name], after[name], side, where)
            changes += _required(name in must, name in must_now, side, where)
        return changes

    def _other_properties(self, old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        changes: list[Change] = []
        if after is False and before is not False:
            # Readers lose nothing by it, unless the object was said to be a map.
            breaking = side is Side.WRITE or "additionalProperties" in old
            changes.append(Change(place, "fields of other names are ruled out", breaking))
        elif before is False and after is not False:
            changes.append(Change(place, "fields of other names are possible", breaking=False))
        elif before is not False:
            changes += self.compare(before, after, side, f"{place}/*")
        if "propertyNames" in old or "propertyNames" in new:
            before, after = (_name_schema(one) for one in (old, new))
            changes += self.compare(before, after, side, f"{place}/names")
        return changes

    def _tuple(self, old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
        before, after = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(before) != len(after):
            return [Change(place, f"{len(before)} items of their own became {len(after)}")]
        return [
            change
            for at, pair in enumerate(zip(before, after, strict=True))
            for change in self.compare(*pair, side, f"{place}/{at}")
        ]


def _below(place: str, changes: list[Change]) -> list[Change]:
    return [replace(change, place=place + change.place) for change in changes]


def _removed(new: Shape, side: Side, where: str) -> Change:
    if side is Side.READ:
        return Change(where, "the field is gone")
    closed = new.get("additionalProperties", True) is not True
    # Who sends it means something by it, as with a parameter.
    return Change(
        where, "the field is no longer taken" if closed else "the field is no longer looked at"
    )


def _name_schema(shape: Shape) -> Json:
    """A name is a string, whatever else is said of it."""
    return {"type": "string", **shape.get("propertyNames", {})}


def _takes(taker: Shape, shape: Shape) -> bool:
    kinds = taker.get("type"), shape.get("type")
    return kinds[0] in (None, kinds[1]) or kinds == ("number", "integer")


def _not_taken(shape: Shape, taking: list[Shape], side: Side) -> str:
    others = " or ".join(dict.fromkeys(shapes.name(other) for other in taking)) or "nothing"
    if side is Side.READ:
        return f"the type may now be {shapes.name(shape)}, it was {others}"
    return f"the type may no longer be {shapes.name(shape)}, it is {others}"


def _required(before: bool, after: bool, side: Side, where: str) -> list[Change]:
    if before == after:
        return []
    how = "required from now on" if after else "no longer required"
    return [Change(where, how, breaking=after == (side is Side.WRITE))]


def _default(old: Json, new: Json, side: Side, place: str) -> list[Change]:
    """Who leaves a field out of a request relies on what then holds; in answers it says nothing."""
    if side is Side.READ or not (isinstance(old, dict) and isinstance(new, dict)):
        return []
    if "default" not in old or old["default"] == new.get("default"):
        return []
    return [Change(place, f"the default was {old['default']!r}, it is {new.get('default')!r}")]


def _enum(old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
    before, after = old.get("enum"), new.get("enum")
    if before is None or after is None:
        if before == after:
            return []
        how = "any value is possible" if after is None else f"only {_list(after)} are possible"
        return [Change(place, how, breaking=(after is None) == (side is Side.READ))]
    added = [value for value in after if value not in before]
    removed = [value for value in before if value not in after]
    changes = []
    if added:
        changes.append(Change(place, f"{_list(added)} is new", breaking=side is Side.READ))
    if removed:
        changes.append(Change(place, f"{_list(removed)} is gone", breaking=side is Side.WRITE))
    return changes


def _list(values: list[Json]) -> str:
    return ", ".join(map(str, values))


def _limits(old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
    changes = []
    for key in (*LOWER, *UPPER):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        narrower = before is None or (
            after is not None and (after > before if key in LOWER else after < before)
        )
        how = f"{key} was {before}, it is {after}"
        changes.append(Change(place, how, breaking=narrower == (side is Side.WRITE)))
    return changes


def _opaque(old: Shape, new: Shape, side: Side, place: str) -> list[Change]:
    changes = []
    for key in _OPAQUE:
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        # Gone is wider and new is narrower; another one may be either, so it breaks both.
        harmless = before is None if side is Side.READ else after is None
        changes.append(Change(place, f"{key} was {before}, it is {after}", breaking=not harmless))
    return changes
