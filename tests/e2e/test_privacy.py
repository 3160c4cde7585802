"""What a user gets of what is kept, and what is left when the user is gone: nothing."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from minio import Minio

from conftest import User, until
from stack.system import System

pytestmark = pytest.mark.one_version


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
    assert key["key"].split("_", 2)[2].encode() not in everything, "secrets are not exported"


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


def items_with(stack: System, *words: str) -> list[str]:
    """The table's items in which any of them is, wherever in the item."""
    address, key, secret = stack.table()
    client = boto3.client(
        "dynamodb",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(connect_timeout=5, read_timeout=10),
    )
    pages = client.get_paginator("scan").paginate(TableName="sightline-users", ConsistentRead=True)
    items = [repr(item) for page in pages for item in page["Items"]]
    assert items, "the table is not the one that is used"
    return [item for item in items if any(word in item for word in words)]


def test_a_deleted_account_leaves_no_object_no_item_and_no_way_in(
    stack: System, sign_up: Callable[[], User], pictures: Path
) -> None:
    user, other = sign_up(), sign_up()
    user_id = user.get("/v1/me").json()["id"]
    picture = (pictures / "coffee.png").read_bytes()
    user.ended(user.submit_file(picture, data={"operations": "hash"})["id"])
    assert len(user.get("/v1/analyses?face_count=0").json()["items"]) == 1  # it has an index now
    key = user.post("/v1/me/api-keys", json={"name": "k", "scopes": ["analyses:read"]}).json()[
        "key"
    ]
    link = user.get("/v1/me/export").json()["url"]
    key_id = key.split("_")[1]
    assert objects_of(stack, user_id)
    # Account, address, list of users, session, refresh token, key and pointer, trail, usage.
    assert len(items_with(stack, user_id, user.email, key_id)) >= 8
    assert user.request("DELETE", "/v1/me").status_code == 202
    until(lambda: not objects_of(stack, user_id) or None)
    assert items_with(stack, user_id, user.email, key_id) == []
    assert items_with(stack, other.email), "another's are there"
    assert user.http.get(link).status_code == 404
    assert user.http.get("/v1/analyses", headers={"X-API-Key": key}).status_code == 401
