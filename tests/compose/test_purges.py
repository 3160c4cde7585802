"""What is purged is given by no edge any more, whatever it had stored."""

import httpx2

from conftest import User, until
from stack.compose import ComposeStack

INSIDE = "http://static-cdn:8081/purges"
SIGNED = """
import hmac, json, sys, time, urllib.request, urllib.error
url, age, key = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], "rb").read()
def purge(paths):
    body, now = json.dumps({"paths": paths}), str(int(time.time()) - age)
    sign = hmac.digest(key, f"{now}\\n{body}".encode(), "sha256").hex()
    headers = {"X-Purge-Time": now, "X-Purge-Signature": sign}
    request = urllib.request.Request(url, body.encode(), headers)
    try:
        return urllib.request.urlopen(request, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
"""
CALL = SIGNED + "print(purge(['/problems/*']))"
FOLDERS, PATHS = 80, 100
"""More marks, of 200 characters each, than the table has room for."""
FILL = (
    SIGNED
    + f"""
paths = [[f"/full/{{folder}}/{{path}}/{{'x' * 200}}" for path in range({PATHS})] for folder in range({FOLDERS})]
assert {{purge(one) for one in paths}} == {{200}}
print(sum(map(len, paths)), "marked")
"""
)
KEY = "/run/secrets/purge/purge.key"


def stored(user: User, path: str) -> httpx2.Response:
    return until(lambda: _hit(user.http.get(path)))


def _hit(answer: httpx2.Response) -> httpx2.Response | None:
    return answer if answer.headers["X-Cache"] == "Hit" else None


def test_an_admin_purges_a_path_or_a_folder(user: User, admin: User) -> None:
    paths = ("/problems/not-found", "/problems/internal", "/openapi.json")
    for wanted, gone in (
        ("/problems/not-found", {"/problems/not-found"}),
        ("/problems/*", {"/problems/not-found", "/problems/internal"}),
        ("/*", {"/problems/not-found", "/problems/internal"}),
    ):
        for path in paths[:2]:
            stored(user, path)
        purged = admin.post("/v1/purges", json={"paths": [wanted]})
        assert (purged.status_code, purged.json()) == (202, {"paths": [wanted], "edges": 1})
        now = {path for path in paths[:2] if user.http.get(path).headers["X-Cache"] == "Miss"}
        assert now == gone
    assert user.post("/v1/purges", json={"paths": ["/*"]}).status_code == 403
    assert user.http.post("/purges", content=b"{}").status_code in (404, 405)


def test_an_edge_takes_purges_of_the_gateway_alone(stack: ComposeStack, user: User) -> None:
    def call(age: str, key: str) -> str:
        return stack.execute("gateway", "python", "-c", CALL, INSIDE, age, key).strip()

    stored(user, "/problems/not-found")
    assert call("0", "/proc/version") == "401"
    assert call("120", KEY) == "401"
    assert call("-120", KEY) == "401"
    assert user.http.get("/problems/not-found").headers["X-Cache"] == "Hit"
    assert call("0", KEY) == "200"
    assert user.http.get("/problems/not-found").headers["X-Cache"] == "Miss"


def test_a_full_table_of_marks_and_a_reload_give_nothing_old(
    stack: ComposeStack, user: User
) -> None:
    stored(user, "/problems/not-found")
    filled = stack.execute("gateway", "python", "-c", FILL, INSIDE, "0", KEY)
    assert filled.strip() == f"{FOLDERS * PATHS} marked"
    assert user.http.get("/problems/not-found").headers["X-Cache"] == "Miss"
    stored(user, "/problems/not-found")
    nginx = ("nginx", "-p", "/run/sightline", "-c", "current/nginx.conf", "-e", "stderr")
    stack.execute("static-cdn", *nginx, "-s", "reload")
    assert user.http.get("/problems/not-found").headers["X-Cache"] == "Hit"
