"""Shares through the gateway: signed for the host that was asked, open without credentials."""

from urllib.parse import urlsplit

import httpx2
import pytest
from conftest import Gateway


async def share(gateway: Gateway, **wanted: object) -> httpx2.Response:
    analysis_id = (await gateway.submit()).json()["id"]
    path = f"/v1/analyses/{analysis_id}/share"
    return await gateway.client.post(path, json=wanted, headers=gateway.auth())


async def test_a_page_opens_with_preview_and_result(gateway: Gateway) -> None:
    made = (await share(gateway)).json()
    assert made["url"] == made["urls"]["page"]
    assert made["url"].startswith(f"http://gateway/shared/{gateway.user_id}/")
    page = await gateway.client.get(made["url"])
    assert (page.status_code, page.headers["X-Accel-Redirect"]) == (200, "/index.html")
    for part, media_type in (("preview", "image/jpeg"), ("result", "application/json")):
        answer = await gateway.client.get(made["urls"][part])
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert answer.headers["X-Accel-Expires"] == "@1"
        tag = {"If-None-Match": answer.headers["ETag"]}
        assert (await gateway.client.get(made["urls"][part], headers=tag)).status_code == 304


async def test_a_part_alone_has_its_own_address(gateway: Gateway) -> None:
    made = (await share(gateway, expires_in=60, parts=["preview"])).json()
    assert made["urls"] == {"preview": made["url"]}
    assert urlsplit(made["url"]).path.endswith("/preview")
    assert (await gateway.client.get(made["url"])).status_code == 200


async def test_what_is_changed_or_withdrawn_opens_nothing(gateway: Gateway) -> None:
    made = (await share(gateway)).json()
    for url in made["urls"].values():
        for other in (
            url[:-1],
            url.replace("gateway", "other"),
            url.partition("?")[0],
            f"{url}&a=b",
        ):
            answer = await gateway.client.get(other)
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    analysis_id = made["url"].split("/")[5]
    path = f"/v1/analyses/{analysis_id}/share"
    listed = (await gateway.client.get(path, headers=gateway.auth())).json()
    assert listed == {"items": [made], "next_cursor": None}
    one = f"{path}/{made['share_id']}"
    assert (await gateway.client.delete(one, headers=gateway.auth())).status_code == 204
    assert (await gateway.client.delete(one, headers=gateway.auth())).status_code == 404
    for url in made["urls"].values():
        assert (await gateway.client.get(url)).status_code == 404


async def test_the_same_key_gives_the_same_share(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    path, headers = f"/v1/analyses/{analysis_id}/share", {**gateway.auth(), "Idempotency-Key": "k"}
    ids = set()
    for wanted, status in (({}, 201), ({}, 201), ({"expires_in": 60}, 422)):
        answer = await gateway.client.post(path, json=wanted, headers=headers)
        assert answer.status_code == status
        ids.add(answer.json().get("share_id"))
    assert ids == {*gateway.results.shares.kept, None}
    assert len(ids) == 2


async def test_it_takes_the_right_to_write_and_to_read(gateway: Gateway) -> None:
    made = (await share(gateway)).json()
    path = f"/v1/analyses/{made['url'].split('/')[5]}/share"
    reads, writes = (gateway.auth(scope=f"analyses:{what}") for what in ("read", "write"))
    assert (await gateway.client.post(path, json={}, headers=reads)).status_code == 403
    one = f"{path}/{made['share_id']}"
    assert (await gateway.client.delete(one, headers=reads)).status_code == 403
    assert (await gateway.client.get(path, headers=writes)).status_code == 403
    assert (await gateway.client.post(path, json={})).status_code == 401


@pytest.mark.parametrize("host", ["a/b", "a@b", "a b"])
async def test_a_host_that_no_address_can_have_is_refused(gateway: Gateway, host: str) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    path, headers = f"/v1/analyses/{analysis_id}/share", {**gateway.auth(), "Host": host}
    answer = await gateway.client.post(path, json={}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert gateway.results.shares.kept == {}


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"expires_in": 59}, "/expires_in"),
        ({"expires_in": 30 * 86_400 + 1}, "/expires_in"),
        ({"expires_in": "60"}, "/expires_in"),
        ({"parts": []}, "/parts"),
        ({"parts": ["upload"]}, "/parts/0"),
        ({"until": "tomorrow"}, "/until"),
    ],
)
async def test_what_cannot_be_shared_is_refused(
    gateway: Gateway, wanted: dict[str, object], pointer: str
) -> None:
    answer = await share(gateway, **wanted)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
