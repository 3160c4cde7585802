"""Lists narrowed down to what was seen."""

from typing import Any

import pytest
from conftest import Service
from searching import found, labels, lines, page_of, seen
from sightline_contracts import ids

from result_service.store import keys


async def test_a_label_is_found_newest_first_and_in_pages(service: Service) -> None:
    dogs = [await seen(service, labels=labels("dog", "animal")) for _ in range(5)]
    await seen(service, labels=labels("cat", "animal"))
    wanted = sorted(dogs, key=keys.newest_first)
    first, cursor = await page_of(service, label="dog", limit=2)
    assert (first, cursor is None) == (wanted[:2], False)
    assert await found(service, label="dog", limit=2) == wanted
    assert await found(service, label="dog", limit=5) == wanted
    assert await found(service, label="bird") == []


async def test_what_is_found_is_shown_as_lists_show_it(service: Service) -> None:
    await seen(service, labels=labels("dog"))
    path = f"/v1/users/{service.user_id}/analyses"
    listed = (await service.client.get(path)).json()
    assert (await service.client.get(path, params={"label": "dog"})).json() == listed
    assert listed["items"][0]["result"] is None


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ({"label": "Hot Dog"}, True),
        ({"label": "dog"}, False),
        ({"label": "café"}, True),
        ({"label": "CAFE"}, True),
        ({"label": "frankfurter"}, True),
        ({"label": '"'}, False),
        ({"text": "invoice"}, True),
        ({"text": "ÉTÉ Invoice"}, True),
        ({"text": "invoice winter"}, False),
        ({"text": "invo"}, False),
        ({"text": "hot"}, False),
        ({"text": "invoice OR winter"}, False),
        ({"text": "2026-11"}, True),
        ({"text": "日本"}, True),
        ({"text": "本社"}, True),
        ({"text": "社本"}, False),
        ({"q": "invo"}, True),
        ({"q": "invoice hot"}, True),
        ({"q": "hot invoice sightline.ex"}, True),
        ({"q": "holiday"}, True),
        ({"q": "album"}, False),
        ({"q": "text:invoice"}, False),
        ({"q": 'NEAR("a" b) *'}, False),
        ({"q": "***"}, False),
        ({"face_count": "2"}, True),
        ({"face_count": "1.."}, True),
        ({"face_count": "..3"}, True),
        ({"face_count": "2..2"}, True),
        ({"face_count": "3.."}, False),
        ({"face_count": "..1"}, False),
        ({"face_count": "0"}, False),
        ({"has_code": "true"}, True),
        ({"has_code": "false"}, False),
        ({"label": "hot dog", "text": "invoice", "face_count": "2", "has_code": "true"}, True),
        ({"label": "hot dog", "text": "winter"}, False),
        ({"label": "hot dog", "status": "succeeded"}, True),
        ({"label": "hot dog", "status": "failed"}, False),
        ({"label": "hot dog", "status": "running"}, False),
    ],
)
async def test_each_filter_finds_what_it_names(
    service: Service, query: dict[str, str], finds: bool
) -> None:
    analysis_id = await seen(
        service,
        metadata={"album": "Holiday 7", "more": [{"deep": True}, None]},
        labels=labels("hot dog", "Café", aliases=("Frankfurter",)),
        text=lines("Invoice of the été", "2026-11-01", "日本社"),
        faces=[{}, {}],
        codes=[{"kind": "qr", "text": "https://sightline.example/7"}, {"kind": "qr", "text": None}],
    )
    assert await found(service, **query) == ([analysis_id] if finds else [])


async def test_no_face_and_no_code_are_findings_too(service: Service) -> None:
    plain = await seen(service, faces=[])
    assert await found(service, face_count="0") == [plain]
    assert await found(service, face_count="..3", has_code="false") == [plain]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"face_count": "3..1"}, "face_count"),
        ({"face_count": "many"}, "face_count"),
        ({"face_count": ".."}, "face_count"),
        ({"has_code": "yes"}, "has_code"),
        ({"from": "2026-11-28"}, "from"),
        ({"from": "1700000000"}, "from"),
        ({"to": "2026-11-28T12:00:00"}, "to"),
        ({"to": "2026-13-28T12:00:00Z"}, "to"),
        ({"label": ""}, "label"),
        ({"q": "x" * 201}, "q"),
        ({"label": "dog", "cursor": "x"}, "cursor"),
        ({"label": "dog", "limit": "0"}, "limit"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    service: Service, query: dict[str, str], pointer: str
) -> None:
    answer = await service.client.get(f"/v1/users/{service.user_id}/analyses", params=query)
    assert answer.status_code == 422
    assert [error["pointer"].rpartition("/")[2] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("filters", [{}, {"label": "dog"}, {"status": "succeeded"}])
async def test_times_cut_a_list_to_the_millisecond(
    service: Service, filters: dict[str, Any]
) -> None:
    made = [f"{ids.prefix_of('an', 1_700_000_000_000 + n)}{n:016d}" for n in (0, 1, 1, 2, 5)]
    made[2] = made[2][:-1] + "7"
    for analysis_id in made:
        await service.client.put(service.url(analysis_id), json=_submission())
        await service.finish(analysis_id, result={"labels": labels("dog")})

    def at(n: int) -> str:
        return f"2023-11-14T22:13:20.{n:03d}Z"

    newest = sorted(made, key=keys.newest_first)
    assert await found(service, **filters) == newest
    assert await found(service, **filters, **{"from": at(1)}) == newest[:4]
    assert await found(service, **filters, to=at(2)) == newest[2:]
    assert await found(service, **filters, **{"from": at(1), "to": at(2)}) == newest[2:4]
    assert await found(service, **filters, **{"from": at(1), "to": at(3)}, limit=1) == newest[1:4]
    assert await found(service, **filters, to="2023-11-14T23:13:20.001+01:00") == newest[4:]
    assert await found(service, **filters, **{"from": at(6)}) == []
    ever = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59.999Z"}
    assert await found(service, **filters, **ever) == newest
    assert await found(service, **filters, to=ever["from"]) == []
    assert await found(service, **filters, **{"from": ever["to"]}) == []


def _submission() -> dict[str, object]:
    given = {
        "kind": "url",
        "image_url": "http://a.test/",
        "operations": ["faces"],
        "engine": "auto",
    }
    return {"input": given, "request_id": "r"}
