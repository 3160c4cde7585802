"""Each row changes a copy of a real contract, which must be seen, judged and said where."""

import copy
from dataclasses import dataclass

import pytest
from edits import Edit, Key, add, both, drop, put, rename, take

from gate import compat
from gate.changes import Change, Json

USERS, RESULTS = "openapi/user-service.json", "openapi/result-service.json"
GATEWAY, IMAGES = "openapi/gateway.json", "openapi/image-service.json"
REQUESTED, COMPLETED = "events/analysis.requested.json", "events/analysis.completed.json"
GATEWAY_SLA, RESULTS_SLA = "sla/gateway.json", "sla/result-service.json"
USERS_SLA, IMAGES_SLA = "sla/user-service.json", "sla/image-service.json"

STRING, NULL = {"type": "string"}, {"type": "null"}
ME, USAGE = ("paths", "/v1/users/{user_id}"), ("paths", "/v1/users/{user_id}/usage", "get")
OUTCOME = ("paths", "/v1/users/{user_id}/analyses/{analysis_id}/outcome")
SUBMIT, LIST = ("paths", "/v1/analyses", "post"), ("paths", "/v1/analyses", "get")
JSON_BODY = (*SUBMIT, "requestBody", "content", "application/json", "schema", "oneOf")
PREVIEW = ("paths", "/v1/analyses/{analysis_id}/preview", "get", "responses")


def schema(name: str, *way: Key) -> tuple[Key, ...]:
    return ("components", "schemas", name, *way)


def field(name: str, *way: Key) -> tuple[Key, ...]:
    return schema(name, "properties", *way)


def slo(number: int) -> tuple[Key, ...]:
    """Within an SLA file, whose first object is the service."""
    return ("objects", number, "spec")


@dataclass(frozen=True)
class Row:
    """`where`: part of the place that one breaking change names; of any change if harmless."""

    document: str
    says: str
    where: str
    edit: Edit


BREAKING = [
    # Paths, methods, statuses, media types, credentials.
    Row(USERS, "a path is removed", "GET /v1/users/{user_id}/usage", drop(*USAGE[:2])),
    Row(USERS, "a method is removed", "PATCH /v1/users/{user_id}", drop(*ME, "patch")),
    Row(
        USERS,
        "a path is renamed",
        "POST /v1/settlements",
        rename("/v1/settled", "paths", "/v1/settlements"),
    ),
    Row(
        RESULTS,
        "a success is no longer answered",
        "outcome 201",
        drop(*OUTCOME, "put", "responses", "201"),
    ),
    Row(
        RESULTS,
        "a not-modified is no longer answered",
        "/result 304",
        drop(
            "paths", "/v1/users/{user_id}/analyses/{analysis_id}/result", "get", "responses", "304"
        ),
    ),
    Row(
        USERS,
        "a success has another status",
        "POST /v1/users 201",
        rename("200", "paths", "/v1/users", "post", "responses", "201"),
    ),
    Row(
        USERS,
        "a success is new",
        "DELETE /v1/users/{user_id} 202",
        put({"description": "Later"}, *ME, "delete", "responses", "202"),
    ),
    Row(
        USERS,
        "a problem is new",
        "GET /v1/users/{user_id} 410",
        put({"description": "Gone"}, *ME, "get", "responses", "410"),
    ),
    Row(
        GATEWAY,
        "an answer's media type is another",
        "200 image/jpeg",
        rename("image/webp", *PREVIEW, "200", "content", "image/jpeg"),
    ),
    Row(
        GATEWAY,
        "a body's media type is gone",
        "POST /v1/analyses body multipart/form-data",
        drop(*SUBMIT, "requestBody", "content", "multipart/form-data"),
    ),
    Row(
        GATEWAY,
        "an answer has no body any more",
        "GET /v1/status 200",
        drop("paths", "/v1/status", "get", "responses", "200", "content"),
    ),
    Row(
        GATEWAY,
        "keys are no longer enough",
        "GET /v1/analyses",
        take({"apiKey": []}, *LIST, "security"),
    ),
    Row(
        GATEWAY,
        "an open operation demands credentials",
        "GET /v1/status",
        put([{"accessToken": []}], "paths", "/v1/status", "get", "security"),
    ),
    Row(
        GATEWAY,
        "a key stands in another header",
        "security scheme apiKey",
        put("Authorization", "components", "securitySchemes", "apiKey", "name"),
    ),
    Row(
        GATEWAY,
        "a part that no rule knows is new",
        "GET /v1/status",
        put({"onDone": {}}, "paths", "/v1/status", "get", "callbacks"),
    ),
    # Parameters.
    Row(
        USERS,
        "a parameter is required from now on",
        "query parameter month",
        put(True, *USAGE, "parameters", 1, "required"),
    ),
    Row(
        USERS,
        "a parameter that is required is new",
        "header parameter x-tenant",
        add(
            {"in": "header", "name": "X-Tenant", "required": True, "schema": STRING},
            *USAGE,
            "parameters",
        ),
    ),
    Row(USERS, "a parameter is gone", "query parameter cursor", drop(*USAGE, "parameters", 3)),
    Row(
        USERS,
        "a parameter's pattern is narrower",
        "path parameter user_id",
        put("^us_0[0-9a-z]{25}$", *USAGE, "parameters", 0, "schema", "pattern"),
    ),
    Row(
        USERS,
        "a parameter's maximum is lower",
        "query parameter limit",
        put(50, *USAGE, "parameters", 2, "schema", "maximum"),
    ),
    Row(
        USERS,
        "a parameter's default is another",
        "query parameter limit",
        put(10, *USAGE, "parameters", 2, "schema", "default"),
    ),
    Row(
        GATEWAY,
        "a parameter takes a value less",
        "query parameter status",
        take("canceled", *LIST, "parameters", 2, "schema", "anyOf", 0, "enum"),
    ),
    # Bodies.
    Row(
        USERS,
        "a required field of a body is new",
        "POST /v1/users body application/json/country",
        both(
            put(STRING, *field("SignUp", "country")), add("country", *schema("SignUp", "required"))
        ),
    ),
    Row(
        USERS,
        "an optional field of a body becomes required",
        "/display_name",
        add("display_name", *schema("SignUp", "required")),
    ),
    Row(
        USERS,
        "an optional field of a closed body is gone",
        "/current_password",
        drop(*field("AccountChange", "current_password")),
    ),
    Row(
        USERS,
        "a field of a body may no longer be null",
        "/expires_at",
        put(STRING, *field("ApiKeyRequest", "expires_at")),
    ),
    Row(
        USERS,
        "a field of a body has another type",
        "/email",
        put({"type": "integer"}, *field("SignUp", "email")),
    ),
    Row(
        USERS,
        "a deep field of a body takes fewer values",
        "/scopes/[]",
        take("admin", *field("ApiKeyRequest", "scopes", "items", "enum")),
    ),
    Row(
        USERS,
        "a field of a body may be less long",
        "/name",
        put(50, *field("ApiKeyRequest", "name", "maxLength")),
    ),
    Row(
        USERS,
        "a list of a body may be less long",
        "POST /v1/settlements body application/json/analyses",
        put(10, *field("EndedAnalyses", "analyses", "maxItems")),
    ),
    Row(
        USERS,
        "a number of a body must be whole",
        "/analyses/[]/metering/duration_ms",
        put("integer", *field("Metering", "duration_ms", "type")),
    ),
    Row(
        USERS,
        "a field of a body gets a pattern",
        "/password",
        put("[0-9]", *field("SignUp", "password", "pattern")),
    ),
    Row(
        RESULTS,
        "an upload's media types are fewer",
        "/content_type",
        put("^image/(png|jpeg)$", *field("UploadRequest", "content_type", "pattern")),
    ),
    Row(
        RESULTS,
        "an open object of a body is closed",
        "/input/metadata",
        put(False, *field("Input", "metadata", "additionalProperties")),
    ),
    Row(
        GATEWAY,
        "one of several bodies is not taken",
        "POST /v1/analyses body application/json",
        drop(*JSON_BODY, 1),
    ),
    Row(
        GATEWAY,
        "a default of a body is another",
        "/engine",
        put("local", "components", "schemas", "UrlSubmission", "properties", "engine", "default"),
    ),
    Row(
        GATEWAY,
        "a body is demanded where there was none",
        "/redrive body",
        put(
            {"required": True, "content": {}},
            "paths",
            "/v1/dead-letters/{analysis_id}/redrive",
            "post",
            "requestBody",
        ),
    ),
    # Answers.
    Row(
        USERS,
        "a field of an answer is gone",
        "GET /v1/users/{user_id} 200 application/json/email",
        both(drop(*field("User", "email")), take("email", *schema("User", "required"))),
    ),
    Row(
        USERS,
        "a field of an answer is renamed",
        "200 application/json/display_name",
        rename("nickname", *field("User", "display_name")),
    ),
    Row(
        USERS,
        "a field of an answer may be absent",
        "200 application/json/email",
        take("email", *schema("User", "required")),
    ),
    Row(
        USERS,
        "a field of an answer may be null",
        "/totals/amount",
        put({"anyOf": [STRING, NULL]}, *field("UsageTotals", "amount")),
    ),
    Row(
        USERS,
        "a field of an answer has another type",
        "/totals/amount",
        put({"type": "number"}, *field("UsageTotals", "amount")),
    ),
    Row(
        USERS,
        "a whole number of an answer may be broken",
        "/totals/billed_ms",
        put({"type": "number"}, *field("UsageTotals", "billed_ms")),
    ),
    Row(
        RESULTS,
        "a value of an answer is new",
        "200 application/json/status",
        add("paused", *field("Analysis", "status", "enum")),
    ),
    Row(
        RESULTS,
        "values of an answer are no longer listed",
        "200 application/json/status",
        drop(*field("Analysis", "status", "enum")),
    ),
    Row(
        RESULTS,
        "values of a map have another type",
        "/counts/*",
        put(STRING, *field("Batch", "counts", "additionalProperties")),
    ),
    Row(
        RESULTS,
        "a map of an answer is always empty",
        "200 application/json/counts",
        put(False, *field("Batch", "counts", "additionalProperties")),
    ),
    Row(
        RESULTS,
        "items of an answer have another shape",
        "/items/[]/index",
        put(STRING, *field("BatchItem", "index")),
    ),
    Row(
        IMAGES,
        "a field below a reference is gone",
        "GET /v1/function 200 application/json/live/busy",
        both(drop(*field("Live", "busy")), take("busy", *schema("Live", "required"))),
    ),
    Row(
        GATEWAY,
        "a problem says less",
        "400 application/problem+json/request_id",
        both(
            drop(*field("ProblemDetails", "request_id")),
            take("request_id", *schema("ProblemDetails", "required")),
        ),
    ),
    # Events.
    Row(
        COMPLETED,
        "an event's field is gone",
        "/user_id",
        both(drop("properties", "user_id"), take("user_id", "required")),
    ),
    Row(
        COMPLETED,
        "an event's field is renamed",
        "/finished_at",
        rename("ended_at", "properties", "finished_at"),
    ),
    Row(COMPLETED, "an event's field may be absent", "/status", take("status", "required")),
    Row(
        COMPLETED,
        "an event has a value that readers do not know",
        "/status",
        add("expired", "properties", "status", "enum"),
    ),
    Row(
        COMPLETED,
        "an event's field has another type",
        "/created_at",
        put({"type": "number"}, "properties", "created_at"),
    ),
    Row(
        COMPLETED,
        "an event's field has another format",
        "/created_at",
        drop("properties", "created_at", "format"),
    ),
    Row(
        REQUESTED,
        "a deep value of an event is new",
        "/input/operations/[]",
        add("objects", "properties", "input", "properties", "operations", "items", "enum"),
    ),
    Row(
        REQUESTED,
        "an event's field may be null",
        "/input/engine",
        put({"enum": ["auto", "local", None]}, "properties", "input", "properties", "engine"),
    ),
    Row(
        REQUESTED,
        "an event's list may be empty",
        "/input/operations",
        drop("properties", "input", "properties", "operations", "minItems"),
    ),
    Row(
        REQUESTED,
        "an event's list may repeat itself",
        "/input/operations",
        drop("properties", "input", "properties", "operations", "uniqueItems"),
    ),
    Row(
        REQUESTED,
        "messages under way lack what becomes required",
        "/deferrals",
        add("deferrals", "required"),
    ),
    Row(REQUESTED, "a rule that nobody knows is new", "/", put({"required": []}, "not")),
    # SLAs.
    Row(
        USERS_SLA,
        "a latency is loosened",
        "objective latency-p95 target",
        put(0.3, *slo(1), "objectives", 0, "value"),
    ),
    Row(
        USERS_SLA,
        "an availability is lowered",
        "objective availability target",
        put(0.99, *slo(4), "objectives", 0, "target"),
    ),
    Row(
        GATEWAY_SLA,
        "freshness is loosened",
        "objective freshness-p95 target",
        put(60, *slo(5), "objectives", 0, "value"),
    ),
    Row(
        GATEWAY_SLA,
        "an objective counts fewer requests",
        "objective submit-latency-p95 quantile",
        put(0.5, *slo(1), "objectives", 0, "target"),
    ),
    Row(
        GATEWAY_SLA,
        "an objective has another window",
        "objective availability",
        put("30d", *slo(7), "timeWindow", 0, "duration"),
    ),
    Row(
        USERS_SLA,
        "an objective is of another operation",
        "objective latency-p95",
        put(
            "GET /livez",
            *slo(1),
            "indicator",
            "spec",
            "thresholdMetric",
            "metricSource",
            "spec",
            "operation",
        ),
    ),
    Row(IMAGES_SLA, "objectives are gone", "objective accept-to-end-p95", drop("objects", 1)),
    Row(
        IMAGES_SLA,
        "one of an SLO's objectives is gone",
        "objective accept-to-end-p99",
        drop(*slo(1), "objectives", 1),
    ),
    Row(
        RESULTS_SLA,
        "a call may no longer be repeated",
        "default retries",
        put(0, "default", "retries"),
    ),
    Row(
        RESULTS_SLA,
        "the usual timeout is raised",
        "default timeout_s",
        put(20, "default", "timeout_s"),
    ),
    Row(
        RESULTS_SLA,
        "one timeout is raised",
        "outcome timeout_s",
        put(
            60, "operations", "PUT /v1/users/{user_id}/analyses/{analysis_id}/outcome", "timeout_s"
        ),
    ),
    Row(
        RESULTS_SLA,
        "a body limit is lowered",
        "upload body_limit_bytes",
        put(
            1024,
            "operations",
            "PUT /v1/users/{user_id}/analyses/{analysis_id}/upload",
            "body_limit_bytes",
        ),
    ),
    Row(
        RESULTS_SLA,
        "a body limit falls back to the usual one",
        "batches/{batch_id} body_limit_bytes",
        drop("operations", "PUT /v1/users/{user_id}/batches/{batch_id}"),
    ),
    Row(
        GATEWAY_SLA,
        "fewer requests are let in",
        "setting requests_per_minute",
        put(60, "settings", "requests_per_minute"),
    ),
    Row(USERS_SLA, "a setting is gone", "setting monthly_quota", drop("settings", "monthly_quota")),
]

HARMLESS = [
    Row(
        USERS,
        "an operation is new",
        "GET /v1/teams",
        put({"get": {"responses": {"200": {"description": "Teams"}}}}, "paths", "/v1/teams"),
    ),
    Row(
        USERS,
        "an optional parameter is new",
        "query parameter order",
        add({"in": "query", "name": "order", "schema": STRING}, *USAGE, "parameters"),
    ),
    Row(
        USERS,
        "a parameter's maximum is higher",
        "query parameter limit",
        put(500, *USAGE, "parameters", 2, "schema", "maximum"),
    ),
    Row(
        USERS,
        "an optional field of a body is new",
        "POST /v1/users body application/json/country",
        put(STRING, *field("SignUp", "country")),
    ),
    Row(
        USERS,
        "a required field of a body becomes optional",
        "/email",
        take("email", *schema("SignUp", "required")),
    ),
    Row(
        USERS,
        "a body takes a value more",
        "/scopes/[]",
        add("billing", *field("ApiKeyRequest", "scopes", "items", "enum")),
    ),
    Row(
        USERS,
        "a field of a body may be null",
        "/email",
        put({"anyOf": [STRING, NULL]}, *field("SignUp", "email")),
    ),
    Row(
        USERS,
        "a closed body is opened",
        "POST /v1/users body application/json",
        drop(*schema("SignUp", "additionalProperties")),
    ),
    Row(
        USERS,
        "an answer is closed",
        "GET /v1/users/{user_id} 200 application/json",
        put(False, *schema("User", "additionalProperties")),
    ),
    Row(
        RESULTS,
        "a pattern of a body is gone",
        "/content_type",
        drop(*field("UploadRequest", "content_type", "pattern")),
    ),
    Row(
        USERS,
        "a field of an answer is new",
        "200 application/json/locale",
        put(STRING, *field("User", "locale")),
    ),
    Row(
        USERS,
        "a field of an answer is new and always there",
        "200 application/json/locale",
        both(put(STRING, *field("User", "locale")), add("locale", *schema("User", "required"))),
    ),
    Row(
        RESULTS,
        "a field of an answer that is closed is new",
        "/error/hint",
        put(STRING, *field("Failure", "hint")),
    ),
    Row(
        RESULTS,
        "a value of an answer is never sent any more",
        "200 application/json/status",
        take("running", *field("Analysis", "status", "enum")),
    ),
    Row(
        USERS,
        "a field of an answer is never null any more",
        "/display_name",
        put(STRING, *field("User", "display_name")),
    ),
    Row(
        USERS,
        "a number of an answer is whole from now on",
        "/totals/gb_seconds",
        put({"type": "integer"}, *field("UsageTotals", "gb_seconds")),
    ),
    Row(
        USERS,
        "a problem is not answered any more",
        "GET /v1/users/{user_id} 404",
        drop(*ME, "get", "responses", "404"),
    ),
    Row(
        GATEWAY,
        "a body's media type is new",
        "body image/png",
        put({}, *SUBMIT, "requestBody", "content", "image/png"),
    ),
    Row(
        GATEWAY,
        "credentials are no longer demanded",
        "GET /v1/analyses",
        put([], *LIST, "security"),
    ),
    Row(
        COMPLETED,
        "an event's optional field is new",
        "/engine",
        put(STRING, "properties", "engine"),
    ),
    Row(COMPLETED, "an event is described in other words", "", put("Over.", "description")),
    Row(
        USERS,
        "an operation is described in other words",
        "",
        both(put("Reads.", *ME, "get", "description"), put("me", *ME, "get", "operationId")),
    ),
    Row(
        USERS,
        "a type is written as a list of one",
        "",
        put({"type": ["string"]}, *field("SignUp", "email")),
    ),
    Row(
        USERS,
        "null is written as a type",
        "",
        put({"type": ["string", "null"]}, *field("User", "display_name")),
    ),
    Row(
        USERS,
        "a reference is written out",
        "",
        put({"allOf": [{"$ref": "#/components/schemas/QuotaState"}]}, *field("Usage", "quota")),
    ),
    Row(
        RESULTS,
        "values are written as constants",
        "",
        put(
            {"anyOf": [{"const": one} for one in ("succeeded", "failed")]},
            *field("Report", "status"),
        ),
    ),
    Row(
        USERS_SLA,
        "a latency is tightened",
        "objective latency-p95 target",
        put(0.05, *slo(1), "objectives", 0, "value"),
    ),
    Row(
        USERS_SLA,
        "an availability is raised",
        "objective availability target",
        put(0.9999, *slo(4), "objectives", 0, "target"),
    ),
    Row(RESULTS_SLA, "a timeout is shortened", "default timeout_s", put(5, "default", "timeout_s")),
    Row(
        RESULTS_SLA,
        "a body limit is raised",
        "default body_limit_bytes",
        put(131072, "default", "body_limit_bytes"),
    ),
    Row(
        IMAGES_SLA,
        "what a service keeps to itself moves",
        "setting lease_s",
        put(30, "settings", "lease_s"),
    ),
]


def changes(row: Row, real: dict[str, Json]) -> list[Change]:
    before, after = real[row.document], copy.deepcopy(real[row.document])
    row.edit(after)
    assert after != before
    return compat.RULES[row.document.split("/")[0]](before, after)


def title(row: Row) -> str:
    return f"{row.document}: {row.says}"


@pytest.mark.parametrize("row", BREAKING, ids=title)
def test_a_breaking_change_is_refused_and_its_place_is_named(
    row: Row, real: dict[str, Json]
) -> None:
    found = [change for change in changes(row, real) if change.breaking]
    assert any(change.place.endswith(row.where) or row.where in change.place for change in found), (
        found
    )
    assert all("\n" not in str(change) for change in found)


@pytest.mark.parametrize("row", HARMLESS, ids=title)
def test_a_harmless_change_passes(row: Row, real: dict[str, Json]) -> None:
    found = changes(row, real)
    assert not [change for change in found if change.breaking]
    assert not row.where or any(row.where in change.place for change in found), found
