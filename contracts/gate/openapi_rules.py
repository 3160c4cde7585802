"""What changed between two OpenAPI 3.1 documents, and whether it breaks a client.

Requests are compared as what clients write, answers as what they read.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from gate import second_opinion
from gate.changes import Change, Json, Side, breaks
from gate.schema_rules import Comparison

Node = dict[str, Any]
DEPRECATION = "x-deprecation"
"""Of an operation that will go: `since`, `sunset`, `instead` (sightline_contracts.deprecation)."""
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_KNOWN = {"openapi", "info", "paths", "components", "security", "tags", "servers", "externalDocs"}
_KNOWN_OF_OPERATION = {
    "summary",
    "description",
    "operationId",
    "tags",
    "deprecated",
    "externalDocs",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "servers",
    DEPRECATION,
}
_KNOWN_OF_PATH = {*_METHODS, "summary", "description", "parameters", "servers"}
_KNOWN_OF_ANSWER = {"description", "content", "headers", "x-problem-types"}
_KNOWN_OF_HEADER = {"description", "required", "schema", "deprecated", "example", "examples"}
_HERE = [{"url": "/"}]


def compare(old: Node, new: Node, today: date | None = None) -> list[Change]:
    """All changes from `old` to `new`; both are whole documents. `today` in UTC, the clock's by default.

    Raises ValueError for a reference out of the document.
    """
    changes = _unknown(old, new, _KNOWN, "document")
    changes += _schemes(old, new)
    changes += _paths(old, new)
    rules = _Operations(old, new, Comparison(old, new))
    before, after = dict(_operations(old)), dict(_operations(new))
    for name, operation in before.items():
        if name in after:
            changes += rules.compare(name, operation, after[name])
        else:
            changes.append(_gone(name, operation, today or datetime.now(UTC).date()))
    changes += [
        Change(name, "the operation is new", breaking=False) for name in after if name not in before
    ]
    return changes


def _gone(name: str, operation: Node, today: date) -> Change:
    """It may go after its sunset, which its callers were told with each answer (RFC 8594)."""
    sunset = operation.get(DEPRECATION, {}).get("sunset")
    if sunset is None:
        return Change(name, "the operation is gone")
    if date.fromisoformat(sunset) > today:
        return Change(name, f"the operation is gone before its sunset, {sunset}")
    return Change(name, f"the operation is gone after its sunset, {sunset}", breaking=False)


def _sunset(name: str, old: Node, new: Node) -> list[Change]:
    """Who was told a day may count on it."""
    before, after = (node.get(DEPRECATION, {}).get("sunset") for node in (old, new))
    if before == after:
        return []
    if after is None:
        return [Change(name, "it stays after all", breaking=False)]
    earlier = before is not None and after < before
    return [Change(name, f"its sunset is {after}", breaking=earlier)]


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    """Each operation by "GET /path", with the parameters, security and servers that it inherits."""
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                inherited = {
                    "security": document.get("security", []),
                    "servers": item.get("servers") or document.get("servers") or _HERE,
                }
                operation = {**inherited, **item[method]}
                own = operation.get("parameters", [])
                operation["parameters"] = [*item.get("parameters", []), *own]
                yield f"{method.upper()} {path}", operation


def _unknown(old: Node, new: Node, known: set[str], place: str) -> list[Change]:
    """What no rule looks at may not change unseen."""
    return [
        Change(place, f"{key} changed, which no rule knows")
        for key in sorted((old.keys() | new.keys()) - known)
        if old.get(key) != new.get(key)
    ]


def _paths(old: Node, new: Node) -> list[Change]:
    before, after = old.get("paths", {}), new.get("paths", {})
    return [
        change
        for path in sorted(before.keys() & after.keys())
        for change in _unknown(before[path], after[path], _KNOWN_OF_PATH, path)
    ]


def _servers(name: str, old: Node, new: Node) -> list[Change]:
    """Each address at which an operation was found must still be one."""
    before, after = ([_plain(one) for one in node["servers"]] for node in (old, new))
    gone = [one for one in before if one not in after]
    added = [one for one in after if one not in before]
    return [
        *(Change(name, f"it is no longer at {one['url']}") for one in gone),
        *(Change(name, f"it is at {one['url']} as well", breaking=False) for one in added),
    ]


def _plain(server: Node) -> Node:
    variables = {name: _bare(one) for name, one in server.get("variables", {}).items()}
    return {**_bare(server), "variables": variables}


def _schemes(old: Node, new: Node) -> list[Change]:
    before, after = (one.get("components", {}).get("securitySchemes", {}) for one in (old, new))
    return [
        Change(f"security scheme {name}", "it is gone" if name not in after else "it is another")
        for name in before
        if _bare(before[name]) != _bare(after.get(name, {}))
    ]


def _bare(scheme: Node) -> Node:
    return {key: value for key, value in scheme.items() if key != "description"}


class _Operations:
    """The rules for one operation that is in both documents."""

    def __init__(self, old: Node, new: Node, schemas: Comparison) -> None:
        self._roots = old, new
        self._schemas = schemas

    def compare(self, name: str, old: Node, new: Node) -> list[Change]:
        changes = _unknown(old, new, _KNOWN_OF_OPERATION, name)
        changes += [*_servers(name, old, new), *self._security(name, old, new)]
        changes += _sunset(name, old, new)
        changes += self._parameters(name, old, new)
        changes += self._body(name, old.get("requestBody"), new.get("requestBody"))
        changes += self._answers(name, old["responses"], new["responses"])
        return changes

    def _security(self, name: str, old: Node, new: Node) -> list[Change]:
        """Each way in that was good enough must still be."""
        before, after = old["security"], new["security"]
        if before == after:
            return []
        if not after or {} in after:
            return [Change(name, "credentials are no longer demanded", breaking=False)]
        if not before:
            return [Change(name, "credentials are demanded")]
        gone = [" and ".join(way) or "nothing" for way in before if way not in after]
        added = [" and ".join(way) for way in after if way not in before]
        return [
            *(Change(name, f"{way} is no longer enough") for way in gone),
            *(Change(name, f"{way} is enough as well", breaking=False) for way in added),
        ]

    def _parameters(self, name: str, old: Node, new: Node) -> list[Change]:
        before, after = self._by_name(old, 0), self._by_name(new, 1)
        changes: list[Change] = []
        for key in before.keys() | after.keys():
            place = f"{name} {key[0]} parameter {key[1]}"
            if key not in after:
                # A filter that is not looked at answers another question than was asked.
                changes.append(Change(place, "it is no longer looked at"))
            elif key not in before:
                must = after[key].get("required", False)
                how = "a required one is new" if must else "it is new"
                changes.append(Change(place, how, breaking=must))
            else:
                changes += self._parameter(place, before[key], after[key])
        return sorted(changes, key=lambda change: change.place)

    def _by_name(self, operation: Node, which: int) -> dict[tuple[str, str], Node]:
        found = {}
        for one in operation["parameters"]:
            parameter = self._resolved(one, which)
            name = parameter["name"]  # headers have no case
            place = parameter["in"]
            found[place, name.lower() if place == "header" else name] = parameter
        return found

    def _parameter(self, place: str, old: Node, new: Node) -> list[Change]:
        changes = [
            Change(place, f"{key} changed")
            for key in ("style", "explode", "allowReserved", "content")
            if old.get(key) != new.get(key)
        ]
        changes += _flag(place, old, new, breaking_when=True)
        pair = old.get("schema", True), new.get("schema", True)
        return [*changes, *self._schemas.compare(*pair, Side.WRITE, place)]

    def _body(self, name: str, old: Node | None, new: Node | None) -> list[Change]:
        place = f"{name} body"
        if old is None and new is None:
            return []
        before, after = self._resolved(old or {}, 0), self._resolved(new or {}, 1)
        if old is None:
            must = after.get("required", False)
            return [Change(place, "a body is taken" + " and required" * must, breaking=must)]
        if new is None:
            return [Change(place, "a body is no longer taken")]
        changes = _flag(place, before, after, breaking_when=True)
        return [*changes, *self._content(place, before, after, Side.WRITE)]

    def _answers(self, name: str, old: Node, new: Node) -> list[Change]:
        changes: list[Change] = []
        for status in sorted(old.keys() | new.keys()):
            place = f"{name} {status}"
            if status not in new:
                problem = status[0] in "45"
                how = "the status is not answered any more"
                changes.append(Change(place, how, breaking=not problem))
            elif status not in old:
                # Who was told of the whole class, or of "default", has a way to deal with it.
                covered = "default" in old or f"{status[0]}XX" in old
                changes.append(Change(place, "the status is new", breaking=not covered))
            else:
                changes += self._answer(place, old[status], new[status])
        return changes

    def _answer(self, place: str, old: Node, new: Node) -> list[Change]:
        before, after = self._resolved(old, 0), self._resolved(new, 1)
        changes = _unknown(before, after, _KNOWN_OF_ANSWER, place)
        changes += self._content(place, before, after, Side.READ)
        headers, now = self._headers(before, 0), self._headers(after, 1)
        for key, (name, header) in headers.items():
            where = f"{place} header {name}"
            if key in now:
                changes += self._header(where, header, now[key][1])
            else:
                changes.append(Change(where, "the header is gone"))
        added = [name for key, (name, _) in now.items() if key not in headers]
        return changes + [
            Change(f"{place} header {name}", "the header is new", breaking=False) for name in added
        ]

    def _headers(self, answer: Node, which: int) -> dict[str, tuple[str, Node]]:
        """Names as they are written and headers, by names without case."""
        found = answer.get("headers", {})
        return {name.lower(): (name, self._resolved(one, which)) for name, one in found.items()}

    def _header(self, where: str, old: Node, new: Node) -> list[Change]:
        changes = _unknown(old, new, _KNOWN_OF_HEADER, where)
        changes += _flag(where, old, new, breaking_when=False)
        pair = old.get("schema", True), new.get("schema", True)
        return [*changes, *self._schemas.compare(*pair, Side.READ, where)]

    def _content(self, place: str, old: Node, new: Node, side: Side) -> list[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        changes = []
        for kind in before.keys() | after.keys():
            if kind not in after:
                changes.append(Change(f"{place} {kind}", "the media type is gone"))
            elif kind not in before:
                changes.append(Change(f"{place} {kind}", "the media type is new", breaking=False))
            else:
                changes += self._media(f"{place} {kind}", before[kind], after[kind], side)
        return sorted(changes, key=lambda change: change.place)

    def _media(self, place: str, old: Node, new: Node, side: Side) -> list[Change]:
        changes = _unknown(old, new, {"schema", "example", "examples"}, place)
        pair = old.get("schema", True), new.get("schema", True)
        changes += self._schemas.compare(*pair, side, place)
        if side is Side.READ and not breaks(changes):
            before, after = (
                second_opinion.whole(schema, root)
                for schema, root in zip(pair, self._roots, strict=True)
            )
            changes += second_opinion.of(before, after, place)
        return changes

    def _resolved(self, node: Node, which: int) -> Node:
        while "$ref" in node:
            found: Json = self._roots[which]
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node


def _flag(place: str, old: Node, new: Node, *, breaking_when: bool) -> list[Change]:
    before, after = old.get("required", False), new.get("required", False)
    if before == after:
        return []
    how = "required from now on" if after else "no longer required"
    return [Change(place, how, breaking=after is breaking_when)]
