"""The main job: a photo goes in, a stored analysis comes out."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from minio import Minio
from PIL import Image

from conftest import User, until
from stack.system import System

EMPTY = {
    "faces": [],
    "text": [],
    "labels": [],
    "moderation": [],
    "colors": [],
    "codes": [],
    "quality": None,
    "hash": None,
    "metadata": None,
}


def test_typical_journey(user: User, base_url: str) -> None:
    answer = user.post(
        "/v1/analyses",
        json={"image_url": f"{base_url}/samples/astronaut.png"},
        headers={"X-Request-Id": "journey-1"},
    )
    assert answer.status_code == 202
    accepted = answer.json()
    assert answer.headers["Location"] == f"/v1/analyses/{accepted['id']}"
    assert accepted["request_id"] == answer.headers["X-Request-Id"] == "journey-1"
    ended = user.ended(accepted["id"])
    assert (ended["status"], ended["attempts"], ended["error"]) == ("succeeded", 1, None)
    assert [item["id"] for item in user.get("/v1/analyses").json()["items"]] == [ended["id"]]
    preview = user.get(ended["links"]["preview"])
    assert preview.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(preview.content)).size == (512, 512)


def test_an_astronaut_has_one_face_where_her_face_is(user: User, pictures: Path) -> None:
    result = user.ended(user.submit_file(pictures / "astronaut.png")["id"])["result"]
    assert len(result["faces"]) == 1
    box = result["faces"][0]["box"]
    # Her eyes, nose and mouth lie within these fractions of the picture.
    assert box["left"] < 0.39
    assert box["top"] < 0.19
    assert box["left"] + box["width"] > 0.49
    assert box["top"] + box["height"] > 0.29
    assert box["width"] < 0.3


def test_a_cup_of_coffee_has_none_and_is_a_success(user: User, pictures: Path) -> None:
    ended = user.ended(user.submit_file(pictures / "coffee.png")["id"])
    assert (ended["status"], ended["result"]["faces"]) == ("succeeded", [])


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_turned_by_exif_shows_the_same_face(
    user: User, pictures: Path, orientation: int
) -> None:
    back = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = io.BytesIO()
    upright = Image.open(pictures / "astronaut.png").convert("RGB").crop((0, 0, 512, 400))
    upright.transpose(back[orientation]).save(turned, "JPEG", quality=95, exif=exif)
    plain = io.BytesIO()
    upright.save(plain, "JPEG", quality=95)
    results = [
        user.ended(user.submit_file(data.getvalue())["id"])["result"] for data in (plain, turned)
    ]
    assert [one["image"]["orientation_applied"] for one in results] == [False, True]
    assert results[1]["image"]["width"] == 512
    first, second = (one["faces"][0]["box"] for one in results)
    assert all(abs(first[side] - second[side]) < 0.02 for side in first)


def test_what_was_not_asked_for_is_there_and_empty(user: User, pictures: Path) -> None:
    submitted = user.submit_file(pictures / "coffee.png", data={"operations": ["hash"]})
    result = user.ended(submitted["id"])["result"]
    assert [engine["operation"] for engine in result["engines"]] == ["hash"]
    assert len(result["hash"]["phash"]) == 16
    assert {**EMPTY, "hash": result["hash"]}.items() <= result.items()


def bucket_of(stack: System) -> Minio:
    """The object store by a client that is none of ours."""
    host, access_key, secret_key = stack.bucket()
    return Minio(endpoint=host, access_key=access_key, secret_key=secret_key, secure=False)


def test_the_stored_object_equals_the_answer(user: User, pictures: Path, stack: System) -> None:
    analysis_id = user.submit_file(pictures / "coffee.png")["id"]
    user.ended(analysis_id)
    bucket = bucket_of(stack)
    listed = bucket.list_objects(
        bucket_name="sightline-results", prefix="analyses/", recursive=True
    )
    key = next(one.object_name for one in listed if analysis_id in str(one.object_name))
    stored = bucket.get_object(bucket_name="sightline-results", object_name=str(key))
    body = stored.read()
    stored.close()
    stored.release_conn()
    assert body == user.get(f"/v1/analyses/{analysis_id}/result").content
    assert json.loads(body)["analysis_id"] == analysis_id


def test_the_bill_equals_the_metering(user: User, pictures: Path) -> None:
    ended = [
        user.ended(user.submit_file(pictures / name)["id"])
        for name in ("coffee.png", "astronaut.png")
    ]

    def settled() -> dict[str, object] | None:
        usage = user.usage()
        return usage if len(usage["line_items"]) == 2 else None

    usage = until(settled)
    for line, analysis in zip(usage["line_items"], reversed(ended), strict=True):
        metering = analysis["metering"]
        assert line["analysis_id"] == analysis["id"]
        assert {key: line[key] for key in ("billed_ms", "memory_mb", "gb_seconds")} == {
            key: metering[key] for key in ("billed_ms", "memory_mb", "gb_seconds")
        }
    totals = sum(analysis["metering"]["billed_ms"] for analysis in ended)
    assert usage["totals"]["billed_ms"] == totals
    assert usage["quota"]["used"] == 2


def test_a_preferred_wait_answers_with_the_end(user: User, pictures: Path) -> None:
    answer = user.post(
        "/v1/analyses",
        files={"image": ("c.png", (pictures / "coffee.png").read_bytes())},
        headers={"Prefer": "wait=20"},
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.headers["Preference-Applied"] == "wait=20"


def test_a_stream_ends_with_the_end(user: User, pictures: Path) -> None:
    analysis_id = user.submit_file(pictures / "coffee.png")["id"]
    with user.http.stream(
        "GET", f"/v1/analyses/{analysis_id}/events", headers=user.headers
    ) as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data:")]
    assert json.loads(lines[-1][5:])["status"] == "succeeded"


def test_all_of_ones_analyses_are_in_one_stream(user: User, pictures: Path) -> None:
    with user.http.stream("GET", "/v1/events", headers=user.headers) as stream:
        analysis_id = user.submit_file(pictures / "coffee.png")["id"]
        for line in stream.iter_lines():
            if line.startswith("data:"):
                told = json.loads(line[5:])
                assert told["id"] == analysis_id
                if told["status"] == "succeeded":
                    return


def test_a_retry_runs_the_same_upload_again(user: User, pictures: Path) -> None:
    first = user.ended(user.submit_file(pictures / "coffee.png")["id"])
    answer = user.post(f"/v1/analyses/{first['id']}/retry")
    assert (answer.status_code, answer.json()["retry_of"]) == (202, first["id"])
    assert user.delete(first["id"]) == 204
    second = user.ended(answer.json()["id"])
    assert second["result"]["image"]["sha256"] == first["result"]["image"]["sha256"]


def test_a_finished_analysis_cannot_be_canceled(user: User, pictures: Path) -> None:
    analysis_id = user.ended(user.submit_file(pictures / "coffee.png")["id"])["id"]
    answer = user.post(f"/v1/analyses/{analysis_id}/cancel")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-finished")


def test_a_deleted_analysis_is_gone_with_its_pictures(user: User, pictures: Path) -> None:
    analysis_id = user.ended(user.submit_file(pictures / "coffee.png")["id"])["id"]
    assert user.delete(analysis_id) == 204
    for tail in ("", "/result", "/preview", "/events"):
        assert user.get(f"/v1/analyses/{analysis_id}{tail}").status_code == 404
    assert user.get("/v1/analyses").json()["items"] == []


def test_the_same_key_makes_one_analysis(user: User, pictures: Path) -> None:
    key = {"Idempotency-Key": "once"}
    first = user.submit_file(pictures / "coffee.png", headers=key)
    second = user.submit_file(pictures / "coffee.png", headers=key)
    assert first["id"] == second["id"]
    other = user.post("/v1/analyses", json={"image_url": "http://pictures.test/a.png"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(user.get("/v1/analyses").json()["items"]) == 1


def test_an_api_key_does_what_its_scopes_say(user: User, pictures: Path) -> None:
    body = {"name": "ci", "scopes": ["analyses:read"]}
    key = user.post("/v1/me/api-keys", json=body).json()["key"]
    reader = User(user.http, user.email, {"X-API-Key": key})
    assert reader.get("/v1/analyses").status_code == 200
    files = {"image": ("c.png", (pictures / "coffee.png").read_bytes())}
    refused = reader.post("/v1/analyses", files=files)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/insufficient-scope")


def test_a_deleted_account_is_gone(user: User, pictures: Path, stack: System) -> None:
    analysis_id = user.ended(user.submit_file(pictures / "coffee.png")["id"])["id"]
    user_id = user.get("/v1/me").json()["id"]
    assert user.request("DELETE", "/v1/me").status_code == 202
    assert user.get("/v1/me").status_code == 404
    form = {"grant_type": "password", "username": user.email, "password": "correct horse"}
    assert user.http.post("/v1/oauth/token", data=form).json()["error"] == "invalid_grant"
    bucket = bucket_of(stack)

    def gone() -> bool | None:
        listed = bucket.list_objects(bucket_name="sightline-results", recursive=True)
        return None if any(user_id in str(one.object_name) for one in listed) else True

    assert until(gone)
    assert user.get(f"/v1/analyses/{analysis_id}").status_code == 404


def test_pages_of_the_list_hold_each_analysis_once(user: User, pictures: Path) -> None:
    made = [user.submit_file(pictures / "coffee.png")["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = user.get(f"/v1/analyses?limit=2{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(made, reverse=True)


def test_nobody_sees_what_is_someone_elses(sign_up: Callable[[], User], pictures: Path) -> None:
    owner, stranger = sign_up(), sign_up()
    analysis_id = owner.submit_file(pictures / "coffee.png")["id"]
    unknown = analysis_id[:-4] + "0000"
    for method, tail in [
        ("GET", ""),
        ("GET", "/result"),
        ("GET", "/preview"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("DELETE", ""),
    ]:
        answers = [
            stranger.request(method, f"/v1/analyses/{one}{tail}") for one in (analysis_id, unknown)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        bodies = [{**one.json(), "instance": "", "request_id": ""} for one in answers]
        assert bodies[0] == bodies[1]
    assert owner.ended(analysis_id)["status"] == "succeeded"


def test_tokens_are_checked_by_the_published_keys(user: User) -> None:
    header = json.loads(base64.urlsafe_b64decode(_padded(user.headers["Authorization"].split()[1])))
    keys = user.http.get("/.well-known/jwks.json").json()["keys"]
    assert header["kid"] in [key["kid"] for key in keys]


def _padded(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    return head + "=" * (-len(head) % 4)
