"""What a body may not do: set what is not the caller's to set, or cost more than it is worth."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from security.calls import ADMIN, OPEN, Operation, operations
from security.ledger import Ledger
from security.people import Person
from security.test_access import UNKNOWN

EXTRA: dict[str, Any] = {
    "id": "us_01k0000000000000000000000a",
    "user_id": "us_01k0000000000000000000000a",
    "scopes": ["admin"],
    "scope": "admin",
    "is_admin": True,
    "admin": True,
    "role": "admin",
    "quota": {"limit": 10**6},
    "monthly_quota": 10**6,
    "suspended": False,
    "created_at": "2020-01-01",
    "email_verified": True,
    "password_hash": "x",
    "analysis_id": "an_01k0000000000000000000000a",
    "status": "succeeded",
    "billed_ms": 0,
    "request_id": "x",
    "retry_of": "x",
    "$where": "1",
    "__proto__": {"admin": True},
    "constructor": {"prototype": {}},
}
JSON = {"Content-Type": "application/json"}
DEEP = 10_000
TAKEN = [one for one in operations() if one.call.json is not None and one.call.strict]


@pytest.fixture
def callers(owner: Person, boss: Person) -> Callable[[Operation], dict[str, str]]:
    """Whoever may call it: what is refused is refused for its body."""
    by_scope = {ADMIN: boss.bearer, OPEN: {}}
    return lambda one: by_scope.get(one.call.scope, owner.bearer)


def body_of(one: Operation) -> dict[str, Any]:
    """One that is taken, new each time."""
    text = json.dumps(one.call.json).replace("{unique}", uuid.uuid4().hex)
    return dict(json.loads(text))


def places(body: dict[str, Any], name: str, value: Any) -> Iterator[dict[str, Any]]:
    """The body with one more field, on top and in each object of its lists."""
    yield {**body, name: value}
    for key, inner in body.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield {**body, key: [{**inner[0], name: value}, *inner[1:]]}


def taken(answer: httpx2.Response) -> bool:
    """A batch says for each of its items whether it is taken."""
    if answer.status_code == 202 and "items" in answer.json():
        return any(item["status"] != "rejected" for item in answer.json()["items"])
    return answer.status_code != 422 or "errors" not in answer.json()


def test_nothing_can_be_set_that_is_not_the_callers_to_set(
    ledger: Ledger, owner: Person, callers: Callable[[Operation], dict[str, str]]
) -> None:
    found, tried = [], 0
    for one in TAKEN:
        for name in EXTRA.keys() - one.fields:
            for body in places(body_of(one), name, EXTRA[name]):
                path = one.path(**UNKNOWN)
                answer = owner.http.request(one.method, path, json=body, headers=callers(one))
                tried += 1
                if taken(answer):
                    found.append(f"{one.name} {name}: {answer.status_code}")
    ledger.none("bodies × a field that is not the caller's to set", tried, "taken", found)


def test_a_form_sets_no_more_than_it_says(ledger: Ledger, owner: Person, tiny: bytes) -> None:
    before = owner.user.get("/v1/me").json()
    found = []
    for name, value in EXTRA.items():
        form = {"operations": "metadata", name: json.dumps(value)}
        answer = owner.user.post("/v1/analyses", files={"image": ("a", tiny)}, data=form)
        if answer.status_code != 422:
            found.append(f"submission {name}: {answer.status_code}")
    grant = {"grant_type": "refresh_token", "refresh_token": owner.refresh_token}
    more = {"scope": "admin", "user_id": UNKNOWN["user_id"], "client_id": "x"}
    tokens = owner.http.post("/v1/oauth/token", data={**grant, **more}).json()
    if "admin" in tokens.get("scope", "").split():
        found.append("scope by a grant")
    if owner.user.get("/v1/me").json() != before:
        found.append("the account has changed")
    ledger.none("forms × a field that is not the caller's to set", len(EXTRA) + 3, "taken", found)


def hostile(one: Operation) -> dict[str, bytes]:
    """What no parser may choke on, or read as something else."""
    nested = b"[" * DEEP + b"]" * DEEP
    name = next(iter(body_of(one) or {"x": 1})).encode()
    maps = b'{"a":' * DEEP + b"1" + b"}" * DEEP
    return {
        "lists 10,000 deep": b'{"' + name + b'":' + nested + b"}",
        "lists without an end": b"[" * DEEP,
        "objects 10,000 deep": maps,
        "NaN": b'{"' + name + b'": NaN}',
        "Infinity": b'{"' + name + b'": Infinity}',
        "-Infinity": b'{"' + name + b'": -Infinity}',
        "1e999": b'{"' + name + b'": 1e999}',
        "a number of 10,000 digits": b'{"' + name + b'": ' + b"9" * DEEP + b"}",
        "half a surrogate": b'{"' + name + b'": "\\ud800"}',
        "overlong UTF-8": b'{"' + name + b'": "\xc0\xaf"}',
        "a byte order mark": b'\xef\xbb\xbf{"' + name + b'": {}}',
        "a list": b"[]",
        "a string": b'"x"',
        "null": b"null",
        "nothing": b"",
        "NUL": b"\0",
        "a comment": b'{"' + name + b'": 1 /* x */}',
        "a comma at the end": b'{"a": 1,}',
        "something after": b'{"a": 1}{"a": 1}',
        "single quotes": b"{'a': 1}",
    }


def is_problem(answer: httpx2.Response) -> bool:
    """As documented, with nothing of the inside in it."""
    media_type = answer.headers.get("Content-Type", "")
    inside = ("Traceback", "pydantic", "python", "/src/", "nginx", "uvicorn", "127.0.0.1:")
    return media_type == "application/problem+json" and not any(
        one in answer.text for one in inside
    )


def test_a_body_that_cannot_be_read_is_refused(
    ledger: Ledger, owner: Person, callers: Callable[[Operation], dict[str, str]]
) -> None:
    found, tried = [], 0
    for one in TAKEN:
        for name, body in hostile(one).items():
            if name == "null" and not body_of(one):
                continue  # a body that may be left out
            path, headers = one.path(**UNKNOWN), {**callers(one), **JSON}
            answer = owner.http.request(one.method, path, content=body, headers=headers, timeout=10)
            tried += 1
            thing_is_missing = answer.status_code == 404 and bool(one.things)
            refused = answer.status_code in (400, 413, 422) or thing_is_missing
            if not refused or not is_problem(answer):
                found.append(f"{one.name} {name}: {answer.status_code} {answer.text[:80]}")
    ledger.none("bodies that are not what they should be", tried, "not refused", found)


def test_metadata_is_as_strict_as_the_rest(ledger: Ledger, owner: Person, tiny: bytes) -> None:
    nested = "[" * DEEP + "]" * DEEP
    wrong = {
        "deep": nested,
        "NaN": "NaN",
        "in an object": '{"a": NaN}',
        "1e999": '{"a": 1e999}',
        "large": json.dumps({"a": "x" * 60_000}),
        "surrogate": '{"a": "\\ud800"}',
        "list": "[]",
        "deep object": '{"a":' * DEEP + "1" + "}" * DEEP,
    }
    found = []
    for name, value in wrong.items():
        form = {"operations": "metadata", "metadata": value}
        answers = [
            owner.user.post("/v1/analyses", files={"image": ("a", tiny)}, data=form),
            owner.user.post(
                "/v1/analyses",
                headers=JSON,
                content=b'{"image_url": "http://127.0.0.1:9/a", "metadata": '
                + value.encode()
                + b"}",
            ),
        ]
        found += [
            f"{name}: {one.status_code} {one.text[:80]}"
            for one in answers
            if one.status_code not in (400, 413, 422) or not is_problem(one)
        ]
    ledger.none("metadata that is not what it should be", 2 * len(wrong), "not refused", found)


def test_a_key_that_is_there_twice_is_read_in_one_way(ledger: Ledger, owner: Person) -> None:
    """The last counts, in every part: no part checks one value and another uses the other."""
    twice: dict[str, tuple[str, str, bytes, Callable[[Any], object], object]] = {
        "PATCH": (
            "PATCH",
            "/v1/me",
            b'{"display_name": "first", "display_name": "last"}',
            lambda body: body["display_name"],
            "last",
        ),
        "submission": (
            "POST",
            "/v1/analyses",
            b'{"image_url": "http://127.0.0.1:9/1", "image_url": "http://127.0.0.1:9/2"}',
            lambda body: body["input"]["image_url"],
            "http://127.0.0.1:9/2",
        ),
        "escaped": (
            "PATCH",
            "/v1/me",
            b'{"display_name": "1", "display\\u005fname": "2"}',
            lambda body: body["display_name"],
            "2",
        ),
    }
    found = []
    for name, (method, path, body, read, wanted) in twice.items():
        answer = owner.user.request(method, path, content=body, headers=JSON)
        again = owner.user.get(answer.headers.get("Location", path))
        if (read(answer.json()), read(again.json())) != (wanted, wanted):
            found.append(name)
    hidden = b'{"name": "k", "scopes": ["admin"], "scopes": ["account"]}'
    made = owner.user.post("/v1/me/api-keys", content=hidden, headers=JSON)
    if made.status_code == 201 and made.json()["scopes"] != ["account"]:
        found.append("scopes")
    form = f"grant_type=password&username={owner.user.email}&username=x&password=y"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if owner.http.post("/v1/oauth/token", content=form, headers=headers).json()["error"] != (
        "invalid_request"
    ):
        found.append("a form's field")
    ledger.none("keys that are there twice", len(twice) + 2, "read in two ways", found)


def multipart(count: int, name: str = "f") -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="%s%d"\r\n\r\nv\r\n'
    return b"".join(part % (name.encode(), number) for number in range(count)) + b"--x--\r\n"


def test_a_form_that_cannot_be_read_is_refused(ledger: Ledger, owner: Person) -> None:
    file = b'--x\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\n'
    forms = {
        "10,000 parts": multipart(10_000),
        "33 fields": multipart(33),
        "no end": multipart(1)[:-6],
        "no part": b"--x--\r\n",
        "another boundary": multipart(2).replace(b"--x", b"--y"),
        "10,000 headers": file % b"a" + b"X: y\r\n" * 10_000 + b"\r\nv\r\n--x--\r\n",
        "a header of 1 MB": file % b"a" + b"X: " + b"y" * 2**20 + b"\r\n\r\nv\r\n--x--\r\n",
        "two images": (file % b"a" + b"\r\nv\r\n") * 2 + b"--x--\r\n",
        "twenty images": (file % b"a" + b"\r\nv\r\n") * 20 + b"--x--\r\n",
        "nothing": b"",
        "NUL": b"\0" * 1000,
    }
    types = [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=" + "x" * 5000,
        "text/plain",
        "",
        "*/*",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/json;\0",
    ]
    given = [(body, "multipart/form-data; boundary=x", name) for name, body in forms.items()]
    given += [(multipart(1), kind, kind[:40]) for kind in types if "\0" not in kind]
    found = []
    for body, kind, name in given:
        headers = {**owner.bearer, "Content-Type": kind}
        answer = owner.http.post("/v1/analyses", content=body, headers=headers, timeout=10)
        if answer.status_code not in (400, 413, 415, 422) or not is_problem(answer):
            found.append(f"{name}: {answer.status_code} {answer.text[:100]}")
    ledger.none("forms that are not what they should be", len(given), "not refused", found)
