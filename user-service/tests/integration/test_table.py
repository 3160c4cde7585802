"""The adapter translates whatever the library raises."""

import botocore.exceptions
import httpx2
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import SERVER_KEY, Service
from sightline_contracts.problems import Unavailable

from user_service.app import create_app
from user_service.settings import Settings
from user_service.table import ConditionFailed, Table, put
from user_service.wiring import real


def _library_errors() -> list[type[Exception]]:
    found = vars(botocore.exceptions).values()
    return [one for one in found if isinstance(one, type) and issubclass(one, BotoCoreError)]


@pytest.fixture(scope="module")
def idle_table() -> Table:
    return Table("nobody-asks-it", "us-east-1")


@pytest.mark.parametrize("kind", _library_errors(), ids=lambda kind: kind.__name__)
async def test_every_error_of_the_library_is_translated(
    kind: type[Exception], idle_table: Table
) -> None:
    def fail() -> None:
        raise kind.__new__(kind)

    with pytest.raises(Unavailable):
        await idle_table._call(fail)


async def test_throttling_is_unavailable(service: Service) -> None:
    def fail() -> None:
        code = "ProvisionedThroughputExceededException"
        raise ClientError({"Error": {"Code": code}}, "PutItem")

    with pytest.raises(Unavailable):
        await service.wiring.table._call(fail)


async def test_a_conflict_of_transactions_is_tried_again_within_a_budget(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def conflict(**_: object) -> None:
        nonlocal tries
        tries += 1
        reasons = [{"Code": "TransactionConflict"}]
        error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactWriteItems")  # type: ignore[arg-type]

    monkeypatch.setattr(service.wiring.table._client, "transact_write_items", conflict)
    with pytest.raises(Unavailable):
        await service.wiring.table.write(put({"pk": "a", "sk": "b"}))
    assert tries == 5


async def test_a_failed_condition_says_which_one(service: Service) -> None:
    table = service.wiring.table
    await table.write(put({"pk": "a", "sk": "b"}))
    with pytest.raises(ConditionFailed) as refused:
        await table.write(put({"pk": "a", "sk": "c"}), put({"pk": "a", "sk": "b"}))
    assert refused.value.failed == {1}
    assert await table.get("a", "c") is None


async def test_a_table_that_is_down_is_503_with_retry_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    wiring = real(Settings(), SERVER_KEY)
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://users") as client:
        body = {"email": "a@b.test", "password": "some password"}
        answer = await client.post("/v1/users", json=body)
        ready = await client.get("/readyz")
    wiring.table.close()
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert (ready.status_code, ready.json()["checks"]) == (503, {"table": "Unavailable"})


def test_a_short_server_key_refuses_to_start(tmp_path: object) -> None:
    with pytest.raises(ValueError, match="SERVER_KEY_FILE"):
        Settings(server_key_file=None).server_key()
    key = tmp_path / "key"  # type: ignore[operator]
    key.write_bytes(b"short")
    with pytest.raises(ValueError, match="less than 32"):
        Settings(server_key_file=key).server_key()
