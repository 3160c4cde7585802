"""Each type of problem is told where a problem says that it is."""

import httpx2
import pytest
from conftest import Gateway
from sightline_contracts import problems

from gateway import errors
from gateway.problem_types.catalogue import CATALOGUE

FOR_BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RAISED = [
    kind
    for module in (problems, errors)
    for kind in vars(module).values()
    if isinstance(kind, type)
    and issubclass(kind, problems.Problem)
    and kind is not errors.UpstreamProblem
]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_what_is_raised_is_in_the_catalogue(kind: type[problems.Problem]) -> None:
    assert CATALOGUE[kind.slug].status == kind.status


async def described(gateway: Gateway, slug: str, accept: str | None = None) -> httpx2.Response:
    headers = {} if accept is None else {"Accept": accept}
    return await gateway.client.get(f"/problems/{slug}", headers=headers)


async def test_a_program_reads_what_each_type_means(gateway: Gateway) -> None:
    for slug, kind in CATALOGUE.items():
        answer = await described(gateway, slug)
        assert answer.headers["Content-Type"] == "application/json"
        body = answer.json()
        assert (body["type"], body["status"]) == (f"/problems/{slug}", kind.status)
        assert body["meaning"]
        assert body["remedy"]


async def test_it_is_told_which_operations_answer_it(gateway: Gateway) -> None:
    operations = (await described(gateway, "already-finished")).json()["operations"]
    path = "/v1/analyses/{analysis_id}/cancel"
    assert operations == [{"method": "POST", "path": path, "operation_id": "cancel_analysis"}]


async def test_a_browser_gets_a_page(gateway: Gateway) -> None:
    answer = await described(gateway, "quota-exceeded", FOR_BROWSERS)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Vary"] == "Accept"
    assert "<h1>The quota is used up</h1>" in answer.text
    assert "<code>POST /v1/analyses</code>" in answer.text
    styles = await gateway.client.get("/problems/page.css")
    assert styles.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html;q=0.4, application/json;q=0.5", "application/json"),
        ("application/json;q=0.5, text/html", "text/html; charset=utf-8"),
        ("TEXT/HTML; q=0.1", "text/html; charset=utf-8"),
        ("text/html;q=0", "application/json"),
        ("text/html;q=zero", "text/html; charset=utf-8"),
    ],
)
async def test_the_media_type_goes_by_accept(
    gateway: Gateway, accept: str, media_type: str
) -> None:
    answer = await described(gateway, "not-found", accept)
    assert answer.headers["Content-Type"] == media_type


async def test_what_is_no_type_is_not_found(gateway: Gateway) -> None:
    answer = await described(gateway, "nothing", FOR_BROWSERS)
    assert (answer.status_code, answer.json()["instance"]) == (404, "/problems/nothing")
    assert (await described(gateway, "NOTHING")).status_code == 422
