"""What a user gets of what is kept, and what is left when the user is gone: nothing."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minio import Minio

from conftest import User, until
from stack.system import System


def exported(user: User) -> zipfile.ZipFile:
    link = user.get("/v1/me/export").json()
    answer = user.http.get(link["url"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_an_export_has_all_that_a_user_put_in_and_got(
    sign_up: Callable[[], User], pictures: Path
) -> None:
    user, other = sign_up(), sign_up()
    picture = (pictures / "coffee.png").read_bytes()
    mine = user.ended(user.submit_file(picture, data={"operations": "hash"})["id"])
    theirs = other.ended(other.submit_file(picture, data={"operations": "hash"})["id"])
    key = user.post("/v1/me/api-keys", json={"name": "k", "scopes": ["analyses:read"]}).json()
    zipped = exported(user)
    assert zipped.testzip() is None
    folder = f"analyses/{mine['id']}"
    assert zipped.read(f"{folder}/image.png") == picture
    assert json.loads(zipped.read(f"{folder}/result.json")) == mine["result"]
    assert zipped.read(f"{folder}/preview.jpg")[:2] == b"\xff\xd8"
    assert json.loads(zipped.read("account.json"))["email"] == user.email
    everything = b"".join(zipped.read(name) for name in zipped.namelist())
    assert theirs["id"].encode() not in everything
    assert key["key"].rpartition("_")[2].encode() not in everything, "secrets are not exported"


def test_a_link_works_once_and_is_nobodys_to_guess(user: User) -> None:
    link = user.get("/v1/me/export").json()["url"]
    assert user.http.get(link).status_code == 200
    assert user.http.get(link).status_code == 404
    assert user.http.get("/v1/exports/" + "a" * 43).status_code == 404
    assert user.http.get("/v1/exports/short").status_code == 422
    assert user.http.get("/v1/me/export").status_code == 401


def objects_of(stack: System, user_id: str) -> list[str]:
    host, key, secret = stack.bucket()
    client = Minio(host, access_key=key, secret_key=secret, secure=False)
    found: list[Any] = list(client.list_objects("sightline-results", recursive=True))
    return [one.object_name for one in found if user_id in one.object_name]


def test_a_deleted_account_leaves_no_object_and_no_way_in(
    stack: System, sign_up: Callable[[], User], pictures: Path
) -> None:
    user = sign_up()
    user_id = user.get("/v1/me").json()["id"]
    picture = (pictures / "coffee.png").read_bytes()
    user.ended(user.submit_file(picture, data={"operations": "hash"})["id"])
    key = user.post("/v1/me/api-keys", json={"name": "k", "scopes": ["analyses:read"]}).json()[
        "key"
    ]
    link = user.get("/v1/me/export").json()["url"]
    assert objects_of(stack, user_id)
    assert user.request("DELETE", "/v1/me").status_code == 202
    until(lambda: not objects_of(stack, user_id) or None)
    assert user.http.get(link).status_code == 404
    assert user.http.get("/v1/analyses", headers={"X-API-Key": key}).status_code == 401
