"""What a report says of a document, and what its version has to do with it."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from gate import compat, openapi_rules, releases, second_opinion
from gate.changes import Change, Json, Side, breaks
from gate.git import Git
from gate.schema_rules import Comparison

USERS, SLA, EVENT = (
    "openapi/user-service.json",
    "sla/user-service.json",
    "events/analysis.completed.json",
)


def schemas(old: Json, new: Json, side: Side) -> list[Change]:
    return Comparison(old, new).compare(old, new, side, "")


@pytest.fixture
def changed(real: dict[str, Json]) -> dict[str, Json]:
    """The real contracts, a copy."""
    return copy.deepcopy(real)


def test_what_did_not_change_is_not_reported(real, changed):
    assert compat.compare(real, changed) == []


def test_no_rule_sees_a_change_in_a_copy(real, changed):
    for path, document in real.items():
        assert compat.RULES[path.split("/")[0]](document, changed[path]) == [], path


def test_a_breaking_change_needs_a_new_major_version(real, changed):
    del changed[USERS]["paths"]["/v1/settlements"]
    for version, allowed in (("1.0.0", False), ("1.9.0", False), ("2.0.0", True)):
        changed[USERS]["info"]["version"] = version
        (report,) = compat.compare(real, changed)
        assert report.allowed is allowed
        assert [str(one) for one in report.changes] == [
            "breaking  POST /v1/settlements: the operation is gone"
        ]


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (
            date(2027, 6, 30),
            "breaking  POST /v1/settlements: the operation is gone before its sunset, 2027-07-01",
        ),
        (
            date(2027, 7, 1),
            "harmless  POST /v1/settlements: the operation is gone after its sunset, 2027-07-01",
        ),
    ],
)
def test_an_operation_may_go_after_its_sunset(changed, today, said):
    before = copy.deepcopy(changed[USERS])
    operation = before["paths"]["/v1/settlements"]["post"]
    operation["x-deprecation"] = {"since": "2027-01-01", "sunset": "2027-07-01", "instead": "/"}
    del changed[USERS]["paths"]["/v1/settlements"]
    assert [str(one) for one in openapi_rules.compare(before, changed[USERS], today)] == [said]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, "2027-07-01", "harmless  POST /v1/settlements: its sunset is 2027-07-01"),
        ("2027-07-01", "2027-08-01", "harmless  POST /v1/settlements: its sunset is 2027-08-01"),
        ("2027-07-01", "2027-06-01", "breaking  POST /v1/settlements: its sunset is 2027-06-01"),
        ("2027-07-01", None, "harmless  POST /v1/settlements: it stays after all"),
    ],
)
def test_a_sunset_may_come_later_and_not_earlier(changed, before, after, said):
    documents = []
    for day in (before, after):
        document = copy.deepcopy(changed[USERS])
        if day is not None:
            document["paths"]["/v1/settlements"]["post"]["x-deprecation"] = {"sunset": day}
        documents.append(document)
    assert [str(one) for one in openapi_rules.compare(*documents)] == [said]


def test_an_event_has_its_major_version_in_its_id(real, changed):
    changed[EVENT]["required"].remove("status")
    assert not compat.compare(real, changed)[0].allowed
    changed[EVENT]["$id"] = changed[EVENT]["$id"].removesuffix(":1") + ":2"
    assert compat.compare(real, changed)[0].allowed


def test_an_sla_has_a_version_of_its_own(real, changed):
    changed[SLA]["default"]["timeout_s"] = 60
    assert not compat.compare(real, changed)[0].allowed
    changed[SLA]["version"] = "2.0.0"
    assert compat.compare(real, changed)[0].allowed


def test_what_is_promised_of_a_new_operation_loosens_nothing(real, changed):
    slow = {"timeout_s": 60}
    changed[SLA]["operations"]["POST /v1/teams"] = slow
    (report,) = compat.compare(real, changed)
    assert [str(one) for one in report.changes] == [
        "harmless  POST /v1/teams: the operation is new"
    ]
    changed[SLA]["operations"]["POST /v1/users"] = slow
    assert not compat.compare(real, changed)[0].allowed, "it was there, with the usual timeout"


def test_a_new_contract_breaks_nobody_and_a_removed_one_does(real, changed):
    changed["events/user.deleted.json"] = {"$id": "urn:sightline:event:user.deleted:1"}
    del changed[EVENT]
    gone, new = compat.compare(real, changed)
    assert (gone.document, gone.allowed, new.allowed) == (EVENT, False, True)


def test_every_contract_has_a_version(real):
    for path, document in real.items():
        assert compat.version(path, document)[0].isdigit(), path
    with pytest.raises(ValueError, match="has no version"):
        compat.version(SLA, {})


def test_released_contracts_are_read_out_of_git(repository, real):
    path = repository.root / "contracts" / SLA
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(real[SLA]))
    commit = repository.commit_all("one")
    path.write_text("{}")
    assert compat.released(repository.git, commit) == {SLA: real[SLA]}
    assert compat.present(repository.root / "contracts") == {SLA: {}}


def test_the_last_release_is_the_highest_version_not_the_last_tag(repository, monkeypatch):
    (repository.root / "a").write_text("a")
    repository.commit_all("one")
    assert releases.newest(repository.git, "contracts") is None
    for tag in ("contracts/1.10.0", "contracts/2.0.0-rc1", "user-service/2.0.0", "contracts/next"):
        repository.git.run("tag", tag)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2090-01-01T00:00:00Z")
    (repository.root / "a").write_text("a mended")
    repository.commit_all("two")
    repository.git.run("tag", "contracts/1.9.1")
    last = releases.newest(repository.git, "contracts")
    assert last is not None
    assert last.title == "contracts/1.10.0"


def test_a_schema_within_itself_is_compared_once():
    tree = {"properties": {"kind": {"type": "string"}, "parts": {"items": {"$ref": "#/t"}}}}
    other = copy.deepcopy(tree)
    other["properties"]["kind"]["type"] = "integer"
    old, new = {"t": tree}, {"t": other}
    found = Comparison(old, new).compare(
        {"items": {"$ref": "#/t"}}, {"items": {"$ref": "#/t"}}, Side.READ, ""
    )
    assert [change.place for change in found if change.breaking] == ["/[]/kind"]


def test_a_schema_within_another_that_is_within_it_is_looked_at_in_full():
    a = {"properties": {"kind": {"type": "string"}, "b": {"$ref": "#/b"}}}
    other = {"properties": {"kind": {"type": "integer"}, "b": {"$ref": "#/b"}}}
    b = {"properties": {"a": {"$ref": "#/a"}}}
    both = {"properties": {"1": {"$ref": "#/a"}, "2": {"$ref": "#/b"}}}
    schemas_ = Comparison({"a": a, "b": b}, {"a": other, "b": copy.deepcopy(b)})
    found = schemas_.compare(both, copy.deepcopy(both), Side.READ, "")
    assert [change.place for change in found if change.breaking] == ["/1/kind", "/2/a/kind"]


def test_parts_of_all_of_hold_at_once():
    parts = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
            {"properties": {"a": {"maximum": 9}, "b": {"type": "string"}}},
        ]
    }
    whole = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "number", "maximum": 9}, "b": {"type": "string"}},
    }
    assert schemas(parts, whole, Side.READ) == schemas(parts, whole, Side.WRITE) == []
    whole["required"] = []
    assert [str(one) for one in schemas(parts, whole, Side.READ)] == [
        "breaking  /a: no longer required"
    ]


def test_of_two_limits_that_hold_at_once_the_narrower_counts():
    parts = {
        "allOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"minimum": 3, "maximum": 20}]
    }
    whole = {"type": "integer", "minimum": 3, "maximum": 9}
    assert schemas(parts, whole, Side.READ) == schemas(parts, whole, Side.WRITE) == []


def test_a_shape_is_compared_with_the_alternative_it_is_nearest_to():
    face = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
    text = {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}
    assert schemas({"oneOf": [face, text]}, {"oneOf": [text, face]}, Side.READ) == []
    assert any(one.breaking for one in schemas({"oneOf": [face, text]}, text, Side.WRITE))
    assert not any(one.breaking for one in schemas({"oneOf": [face, text]}, text, Side.READ))


@pytest.mark.parametrize("side", Side)
def test_a_keyword_that_no_rule_knows_may_not_change(side):
    (change,) = schemas({"type": "object"}, {"type": "object", "if": {"required": ["a"]}}, side)
    assert change.breaking
    assert "if changed" in change.what


@pytest.mark.parametrize(
    ("reference", "where"),
    [
        ("https://example.com/schema", "points out of the document"),
        ("#/no/where", "points at nothing"),
    ],
)
def test_a_reference_that_leads_nowhere_is_no_contract(reference, where):
    with pytest.raises(ValueError, match=where):
        schemas({"$ref": reference}, {}, Side.READ)


def test_what_is_declared_for_a_path_or_a_document_holds_for_its_operations():
    answers = {"200": {"description": "Here"}}
    limit = {"in": "query", "name": "limit", "schema": {"type": "integer"}}
    old = {"paths": {"/a": {"parameters": [limit], "get": {"responses": answers}}}}
    moved = {"paths": {"/a": {"get": {"parameters": [limit], "responses": answers}}}}
    assert openapi_rules.compare(old, moved) == []
    (change,) = openapi_rules.compare(old, {**old, "security": [{"key": []}]})
    assert str(change) == "breaking  GET /a: credentials are demanded"
    either = {**old, "security": [{"key": []}, {"token": []}]}
    (change,) = openapi_rules.compare({**old, "security": [{"key": []}]}, either)
    assert str(change) == "harmless  GET /a: token is enough as well"
    (change,) = openapi_rules.compare(either, {**old, "security": [{"key": []}, {}]})
    assert str(change) == "harmless  GET /a: credentials are no longer demanded"


def test_a_new_problem_is_covered_by_its_class():
    answers = {"200": {"description": "Here"}, "4XX": {"description": "Yours"}}
    old = {"paths": {"/a": {"get": {"responses": answers}}}}
    new = {"paths": {"/a": {"get": {"responses": {**answers, "409": {"description": "No"}}}}}}
    assert [one.breaking for one in openapi_rules.compare(old, new)] == [False]
    new["paths"]["/a"]["get"]["responses"]["500"] = {"description": "Ours"}
    assert [one.breaking for one in openapi_rules.compare(old, new)] == [False, True]
    answers["default"] = {"description": "Whatever"}
    new["paths"]["/a"]["get"]["responses"]["default"] = answers["default"]
    assert [one.breaking for one in openapi_rules.compare(old, new)] == [False, False]


def test_headers_of_an_answer_stay():
    def document(headers):
        return {"paths": {"/a": {"get": {"responses": {"200": {"headers": headers}}}}}}

    tag = {"ETag": {"required": True, "schema": {"type": "string"}}}
    for headers in ({}, {"ETag": {"schema": {"type": "string"}}}):
        (change,) = openapi_rules.compare(document(tag), document(headers))
        assert change.breaking
    assert [one.breaking for one in openapi_rules.compare(document({}), document(tag))] == [False]


def test_a_header_that_a_reference_names_is_looked_at():
    def document(header, **more):
        answer = {"headers": {"ETag": {"$ref": "#/components/headers/Tag"}}}
        found = {"paths": {"/a": {"get": {"responses": {"200": answer}}}}, **more}
        return {**found, "components": {"headers": {"Tag": header}}}

    tag = {"required": True, "schema": {"type": "string", "maxLength": 9}}
    for header in (
        {**tag, "required": False},
        {**tag, "schema": {"type": "integer"}},
        {**tag, "schema": {"type": "string"}},
        {**tag, "style": "simple"},
    ):
        changes = openapi_rules.compare(document(tag), document(header))
        assert [one.breaking for one in changes] == [True], header
        assert changes[0].place.startswith("GET /a 200 header ETag")
    written_out = document(tag)
    written_out["paths"]["/a"]["get"]["responses"]["200"]["headers"] = {"etag": tag}
    assert openapi_rules.compare(document(tag), written_out) == []


SERVERS = {
    "of the document": lambda servers: {"servers": servers, "paths": {"/a": {"get": ANSWERED}}},
    "of the path": lambda servers: {"paths": {"/a": {"servers": servers, "get": ANSWERED}}},
    "of the operation": lambda servers: {
        "paths": {"/a": {"get": {**ANSWERED, "servers": servers}}}
    },
}
ANSWERED = {"responses": {"200": {"description": "Here"}}}


@pytest.mark.parametrize("where", SERVERS)
def test_where_an_operation_is_found_stays(where):
    at = SERVERS[where]
    one, other = {"url": "/v1"}, {"url": "/v2", "description": "The next"}

    def changed(old, new):
        return [str(change) for change in openapi_rules.compare(at(old), at(new))]

    assert changed([one], [other]) == [
        "breaking  GET /a: it is no longer at /v1",
        "harmless  GET /a: it is at /v2 as well",
    ]
    assert changed([one], [one, other]) == ["harmless  GET /a: it is at /v2 as well"]
    assert changed([one], [{**one, "description": "First"}]) == []
    nowhere = {"paths": {"/a": {"get": ANSWERED}}}
    assert breaks(openapi_rules.compare(nowhere, at([one])))
    assert breaks(openapi_rules.compare(at([one]), nowhere))
    assert openapi_rules.compare(nowhere, at([{"url": "/"}])) == []


def test_a_server_with_other_variables_is_another():
    def document(**variable):
        server = {"url": "/{name}", "variables": {"name": {"default": "v1", **variable}}}
        return SERVERS["of the document"]([server])

    assert breaks(openapi_rules.compare(document(), document(default="v2")))
    assert openapi_rules.compare(document(), document(description="Which")) == []


def test_what_no_rule_knows_of_a_path_or_an_answer_may_not_change():
    old = {"paths": {"/a": {"get": ANSWERED}}}
    for new in (
        {"paths": {"/a": {"get": ANSWERED, "$ref": "#/x"}}},
        {"paths": {"/a": {"get": {"responses": {"200": {"description": "", "links": {"b": {}}}}}}}},
    ):
        assert breaks(openapi_rules.compare(old, new)), new


@pytest.mark.parametrize("additional", [True, False, {"type": "string"}, None])
def test_a_field_of_a_request_that_is_no_longer_looked_at_breaks_who_sends_it(additional):
    closing = {} if additional is None else {"additionalProperties": additional}
    old = {"type": "object", "properties": {"a": {"type": "string"}}, **closing}
    new = {"type": "object", "properties": {}, **closing}
    assert breaks(schemas(old, new, Side.WRITE))


def test_jsoncompat_sees_what_our_rules_do_not():
    old, new = {"type": "string", "$id": "a"}, {"type": ["string", "null"], "$id": "a"}
    assert second_opinion.of(old, new, "/") != []
    assert second_opinion.of(old, {**old, "title": "A"}, "/") == []
    elsewhere = {"$ref": "https://example.com/schema"}
    assert second_opinion.of(old, elsewhere, "/") == [], "it has no opinion of that"


def test_git_answers_nothing_outside_a_repository(tmp_path: Path):
    assert Git(tmp_path).commit("HEAD") is None
