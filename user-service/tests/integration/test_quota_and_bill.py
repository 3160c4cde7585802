"""What is held, what is used, and what it costs."""

import asyncio
import time
from datetime import datetime
from typing import Any

import pytest
from conftest import QUOTA, Service, ended
from sightline_contracts import cursors, ids


async def test_typical_journey(service: Service) -> None:
    user = await service.sign_up()
    analyses = [ids.new_id("an") for _ in range(2)]
    for analysis_id in analyses:
        assert (await service.reserve(user, analysis_id)).status_code == 201
    quota = (await service.usage(user))["quota"]
    assert (quota["used"], quota["reserved"], quota["left"]) == (0, 2, QUOTA - 2)
    answer = await service.settle(user, analyses[0])
    assert answer.json() == {"settled": [analyses[0]], "unknown": []}
    usage = await service.usage(user)
    assert usage["totals"] == {
        "analyses": 1,
        "billed_ms": 61,
        "gb_seconds": 0.0305,
        "engine_calls": 0,
        "amount": "0.0001",
        "currency": "USD",
    }
    lines = [(one["analysis_id"], one["amount"]) for one in usage["line_items"]]
    assert lines == [(analyses[0], "0.0001")]
    assert (usage["quota"]["used"], usage["quota"]["reserved"]) == (1, 1)


async def test_the_quota_holds_under_parallel_reservations(service: Service) -> None:
    user = await service.sign_up()
    answers = await asyncio.gather(*(service.reserve(user) for _ in range(10)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == QUOTA
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["type"] == "/problems/quota-exceeded"
    assert refused.json()["quota"]["left"] == 0
    assert int(refused.headers["Retry-After"]) >= 1


async def test_reserving_twice_holds_one_unit(service: Service) -> None:
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    answers = [await service.reserve(user, analysis_id) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert (await service.usage(user))["quota"]["reserved"] == 1


async def test_nothing_is_held_for_what_is_billed(service: Service) -> None:
    """Whoever repeats a request for an analysis that has ended, and may be deleted, holds no unit that
    nobody would ever settle."""
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis_id)
    await service.settle(user, analysis_id)
    assert (await service.reserve(user, analysis_id)).status_code == 200
    quota = (await service.usage(user))["quota"]
    assert (quota["used"], quota["reserved"], quota["left"]) == (1, 0, QUOTA - 1)


async def test_an_expired_reservation_gives_its_unit_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    lost = ids.new_id("an")
    await service.reserve(user, lost)
    for _ in range(QUOTA - 1):
        await service.reserve(user)
    assert (await service.reserve(user)).status_code == 429
    later = time.time() + 90_000
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr("user_service.table.time.time", lambda: later)
        assert (await service.reserve(user)).status_code == 201
    # The analysis ends after all: it is billed, and counts.
    assert (await service.settle(user, lost)).json()["settled"] == [lost]
    assert (await service.usage(user))["quota"]["used"] == 1


async def test_a_refusal_leaves_what_is_held_as_it_was(service: Service) -> None:
    """It counts what is really held, and removes what has expired: nothing else."""
    user = await service.sign_up()
    held = [ids.new_id("an") for _ in range(QUOTA)]
    for analysis_id in held:
        await service.reserve(user, analysis_id)
    assert (await service.reserve(user)).status_code == 429
    await service.settle(user, held[0])
    quota = (await service.usage(user))["quota"]
    assert (quota["used"], quota["reserved"], quota["left"]) == (1, QUOTA - 1, 0)


async def test_what_is_left_is_not_more_while_an_analysis_is_settled(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis_id)
    table = service.wiring.table
    query = table.query

    async def settled_meanwhile(pk: str, prefix: str, **options: Any) -> Any:
        if prefix.startswith("RESERVATION"):
            await service.settle(user, analysis_id)
        return await query(pk, prefix, **options)

    monkeypatch.setattr(table, "query", settled_meanwhile)
    quota = (await service.usage(user))["quota"]
    assert quota["left"] == QUOTA - 1
    assert quota["used"] + quota["reserved"] == 1


async def test_a_released_unit_can_be_taken_again(service: Service) -> None:
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis_id)
    url = f"/v1/users/{user['id']}/reservations/{analysis_id}"
    assert [(await service.client.delete(url)).status_code for _ in range(2)] == [204, 204]
    assert (await service.usage(user))["quota"]["left"] == QUOTA


async def test_a_unit_that_is_released_twice_is_given_back_once(service: Service) -> None:
    user = await service.sign_up()
    analysis_ids = [ids.new_id("an") for _ in range(QUOTA)]
    for analysis_id in analysis_ids:
        assert (await service.reserve(user, analysis_id)).status_code < 300
    url = f"/v1/users/{user['id']}/reservations/{analysis_ids[0]}"
    assert [(await service.client.delete(url)).status_code for _ in range(2)] == [204, 204]
    assert (await service.reserve(user)).status_code < 300
    assert (await service.reserve(user)).status_code == 429


async def test_an_analysis_is_billed_once_whatever_is_said_the_second_time(
    service: Service,
) -> None:
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis_id)
    answers = await asyncio.gather(
        *(service.settle(user, analysis_id, billed_ms=n, gb_seconds=n / 2000) for n in (10, 20, 30))
    )
    assert [answer.json()["settled"] for answer in answers] == [[analysis_id]] * 3
    usage = await service.usage(user)
    assert (usage["totals"]["analyses"], usage["quota"]["used"]) == (1, 1)
    assert [usage["totals"]["billed_ms"]] == [one["billed_ms"] for one in usage["line_items"]]


async def test_many_that_ended_together_are_settled_whatever_each_is_like(
    service: Service,
) -> None:
    user, other, nobody = await service.sign_up(), await service.sign_up(), {"id": ids.new_id("us")}
    held, billed, unheld, theirs, lost = (ids.new_id("an") for _ in range(5))
    await service.reserve(user, held)
    await service.reserve(user, billed)
    await service.settle(user, billed)
    everything = [(user, held), (user, billed), (user, unheld), (user, held), (other, theirs)]
    answer = await service.settle_all(
        *(ended(owner, one) for owner, one in [*everything, (nobody, lost)])
    )
    assert set(answer.json()["settled"]) == {held, billed, unheld, theirs}
    assert answer.json()["unknown"] == [lost]
    usage = await service.usage(user)
    assert {one["analysis_id"] for one in usage["line_items"]} == {held, billed, unheld}
    assert (usage["totals"]["analyses"], usage["totals"]["billed_ms"]) == (3, 3 * 61)
    assert (usage["quota"]["used"], usage["quota"]["reserved"]) == (3, 0)
    assert (await service.usage(other))["totals"]["analyses"] == 1


async def test_as_many_as_fit_into_a_call_are_settled(service: Service) -> None:
    user, made = await service.sign_up(), [ids.new_id("an") for _ in range(100)]
    for analysis_id in made[:QUOTA]:
        await service.reserve(user, analysis_id)
    answer = await service.settle_all(*(ended(user, one) for one in made))
    assert set(answer.json()["settled"]) == set(made)
    assert (await service.usage(user))["totals"]["analyses"] == 100
    too_many = [ended(user, ids.new_id("an")) for _ in range(101)]
    assert (await service.settle_all(*too_many)).status_code == 422


async def test_a_cancel_before_any_attempt_costs_nothing_and_gives_the_unit_back(
    service: Service,
) -> None:
    user, analysis_id = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis_id)
    await service.settle(user, analysis_id, status="canceled", billed_ms=0, gb_seconds=0.0)
    usage = await service.usage(user)
    quota = usage["quota"]
    assert [one["amount"] for one in usage["line_items"]] == ["0.0000"]
    assert (quota["used"], quota["reserved"], quota["left"]) == (0, 0, QUOTA)


async def test_totals_are_rounded_once_from_the_exact_sum(service: Service) -> None:
    user = await service.sign_up()
    for _ in range(3):
        await service.settle(user, ids.new_id("an"))
    usage = await service.usage(user)
    # 3 * 0.0305 GB-s * 0.004 = 0.000366, while three rounded lines would give 0.0003
    assert usage["totals"]["amount"] == "0.0004"


async def test_the_lines_come_page_by_page_newest_first(service: Service) -> None:
    user = await service.sign_up()
    made = [ids.new_id("an") for _ in range(5)]
    for analysis_id in made:
        await service.settle(user, analysis_id)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await service.usage(user, limit=2, **cursor)
        seen += [line["analysis_id"] for line in page["line_items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        {"month": "2026-13"},
        {"month": "0000-01"},
        {"month": "9999-12"},
        {"cursor": "x"},
        {"limit": 0},
    ],
)
async def test_a_bad_query_is_422(service: Service, query: dict[str, object]) -> None:
    user = await service.sign_up()
    answer = await service.client.get(f"/v1/users/{user['id']}/usage", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(query))}"


async def test_a_cursor_of_another_months_bill_is_422(service: Service) -> None:
    user = await service.sign_up()
    cursor = cursors.encode(ids.new_id("an"))
    url = f"/v1/users/{user['id']}/usage"
    for month in ("2025-01", "2000-01", "2999-12"):
        answer = await service.client.get(url, params={"month": month, "cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")
    assert (await service.client.get(url, params={"cursor": cursor})).status_code == 200


LISTS = {"usage": "an", "sessions": "se", "events": "ev", "api-keys": "ak"}


@pytest.mark.parametrize("ulid", ["0" * 26, "7" + "z" * 25], ids=["first", "last"])
@pytest.mark.parametrize("name", LISTS)
async def test_the_first_and_the_last_id_that_there_can_be_are_cursors_or_none(
    service: Service, name: str, ulid: str
) -> None:
    user = await service.sign_up()
    params = {"cursor": cursors.encode(f"{LISTS[name]}_{ulid}")}
    answer = await service.client.get(f"/v1/users/{user['id']}/{name}", params=params)
    assert answer.status_code == (422 if name == "usage" else 200)


async def test_nothing_is_held_or_billed_for_a_user_who_is_not_there(service: Service) -> None:
    nobody = {"id": ids.new_id("us")}
    assert (await service.reserve(nobody)).status_code == 404
    lost = ids.new_id("an")
    assert (await service.settle(nobody, lost)).json() == {"settled": [], "unknown": [lost]}
    items = service.wiring.table._client.scan(TableName=service.wiring.table._name)["Items"]
    assert [item["pk"]["S"] for item in items] == ["SIGNINGKEYS"]


@pytest.mark.parametrize("change", [{"billed_ms": -1}, {"billed_ms": "61"}, {"surprise": 1}])
async def test_a_report_outside_the_contract_is_422(
    service: Service, change: dict[str, object]
) -> None:
    user = await service.sign_up()
    answer = await service.settle(user, ids.new_id("an"), **change)
    assert answer.status_code == 422
    assert (await service.usage(user))["line_items"] == []


async def limit_spending(service: Service, user: dict[str, Any], budget: str | None) -> None:
    body = {"monthly_budget": budget}
    answer = await service.client.patch(f"/v1/users/{user['id']}", json=body)
    assert (answer.status_code, answer.json()["monthly_budget"]) == (200, budget)


async def test_a_spent_budget_stops_what_comes_after(service: Service) -> None:
    user = await service.sign_up()
    await limit_spending(service, user, "0.01")
    first, under_way = ids.new_id("an"), ids.new_id("an")
    await service.reserve(user, first)
    await service.reserve(user, under_way)
    await service.settle(user, first, engine_calls=10)
    refused = await service.reserve(user)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/budget-exceeded")
    assert refused.json()["budget"]["limit"] == "0.01"
    assert refused.json()["budget"]["spent"] == "0.0101"
    end = datetime.fromisoformat(refused.json()["budget"]["resets_at"]).timestamp()
    assert int(refused.headers["Retry-After"]) == pytest.approx(end - time.time(), abs=5)
    assert (await service.settle(user, under_way)).json()["settled"] == [under_way]
    await limit_spending(service, user, "1.00")
    assert (await service.reserve(user)).status_code == 201
    await limit_spending(service, user, None)
    assert (await service.usage(user))["quota"]["used"] == 2


async def test_a_budget_of_nothing_lets_nothing_begin(service: Service) -> None:
    user = await service.sign_up()
    await limit_spending(service, user, "0.00")
    refused = await service.reserve(user)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/budget-exceeded")
    assert (await service.usage(user))["quota"]["left"] == QUOTA


async def test_a_quota_is_told_apart_from_a_budget(service: Service) -> None:
    user = await service.sign_up()
    await limit_spending(service, user, "5.00")
    answers = [await service.reserve(user) for _ in range(QUOTA + 1)]
    assert [one.status_code for one in answers] == [201] * QUOTA + [429]
    assert answers[-1].json()["type"] == "/problems/quota-exceeded"


@pytest.mark.parametrize("budget", ["-1", "1.234", "1,5", "", "1e3", 5, "99999999"])
async def test_a_budget_is_an_amount_with_cents(service: Service, budget: object) -> None:
    user = await service.sign_up()
    body = {"monthly_budget": budget}
    answer = await service.client.patch(f"/v1/users/{user['id']}", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/monthly_budget")
