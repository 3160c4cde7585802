"""The one DynamoDB table: its keys, and a port of reads and conditional transactions.

pk               sk                        holds
USER#us_…        PROFILE                   the user
USER#us_…        APIKEY#ak_…               an API key (nothing secret)
USER#us_…        SESSION#family            a session: when it began and was used, by what
USER#us_…        REFRESH#family#sha256     a refresh token, by its digest
USER#us_…        EVENT#ev_…                something that matters to the account's security
USER#us_…        QUOTA#2026-11             counters and totals of a month
USER#us_…        RESERVATION#an_…          a unit held for an analysis under way
USER#us_…        USAGE#2026-11#an_…        a line of the bill
USER#us_…        LINK#kind                 a link that was mailed, by its digest
USER#us_…        IDENTITY#sha256           an identity of a provider that signs in to it
EMAIL#…          EMAIL                     whose address it is
IDENTITY#sha256  IDENTITY                  whose identity it is
SIGNIN#sha256    SIGNIN                    a sign-in that has begun at a provider
APIKEY#ak_…      APIKEY                    whose key it is
USERS            us_…                      that there is such a user
SIGNINGKEYS      kid                       when a signing key signs (nothing secret)
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import anyio
import boto3
import structlog
from anyio.to_thread import run_sync
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sightline_contracts import tracing
from sightline_contracts.problems import Unavailable

PROFILE = "PROFILE"
CONNECTIONS = 32
CONFLICT_TRIES = 5
TRANSACTION_LIMIT = 100  # DynamoDB's own limit of TransactWriteItems
Item = dict[str, Any]
T = TypeVar("T")
_log = structlog.get_logger()
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def user_pk(user_id: str) -> str:
    return f"USER#{user_id}"


class ConditionFailed(Exception):
    """A transaction was refused; `failed` are the positions of the conditions that did not hold."""

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions {sorted(failed)} did not hold")
        self.failed = failed


@dataclass(frozen=True)
class Write:
    """One member of a transaction. Make it with put, update, remove, require or absent."""

    kind: str
    arguments: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def request(self, table: str) -> dict[str, Any]:
        arguments: dict[str, Any] = {"TableName": table, **self.arguments}
        if self.names:
            arguments["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            arguments["ExpressionAttributeValues"] = _encode(self.values)
        return {self.kind: arguments}


def put(item: Item) -> Write:
    """Write an item that must not be there yet."""
    arguments = {"Item": _encode(item), "ConditionExpression": "attribute_not_exists(pk)"}
    return Write("Put", arguments)


def update(
    pk: str,
    sk: str,
    expression: str,
    values: Mapping[str, Any],
    condition: str = "",
    names: Mapping[str, str] | None = None,
) -> Write:
    """Change an item, made when it is not there unless the condition says otherwise."""
    arguments: dict[str, Any] = {
        "Key": _encode({"pk": pk, "sk": sk}),
        "UpdateExpression": expression,
    }
    if condition:
        arguments["ConditionExpression"] = condition
    return Write("Update", arguments, names or {}, values)


def remove(pk: str, sk: str, *, must_exist: bool = False) -> Write:
    arguments: dict[str, Any] = {"Key": _encode({"pk": pk, "sk": sk})}
    if must_exist:
        arguments["ConditionExpression"] = "attribute_exists(pk)"
    return Write("Delete", arguments)


def require(
    pk: str, sk: str, condition: str = "", values: Mapping[str, Any] | None = None
) -> Write:
    """The item must be there, and the condition hold of it."""
    there = "attribute_exists(pk)"
    arguments = {
        "Key": _encode({"pk": pk, "sk": sk}),
        "ConditionExpression": f"{there} AND {condition}" if condition else there,
    }
    return Write("ConditionCheck", arguments, values=values or {})


def absent(pk: str, sk: str) -> Write:
    """The item must not be there."""
    arguments = {
        "Key": _encode({"pk": pk, "sk": sk}),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    return Write("ConditionCheck", arguments)


class Table:
    """boto3 in threads of its own, as many as it keeps connections. Every method raises
    Unavailable when the table does not answer or refuses."""

    def __init__(self, name: str, region: str) -> None:
        self._name = name
        self._threads = anyio.CapacityLimiter(CONNECTIONS)
        self._client = boto3.client(
            "dynamodb",
            region_name=region,
            config=Config(
                connect_timeout=1,
                read_timeout=2,
                retries={"total_max_attempts": 2, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
            ),
        )

    async def get(self, pk: str, sk: str) -> Item | None:
        """A strongly consistent read."""
        answer = await self._call(
            partial(
                self._client.get_item,
                TableName=self._name,
                Key=_encode({"pk": pk, "sk": sk}),
                ConsistentRead=True,
            )
        )
        return _decode(answer["Item"]) if "Item" in answer else None

    async def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        limit: int | None = None,
        newest_first: bool = False,
        after: str | None = None,
    ) -> list[Item]:
        """Items of a partition whose sort key begins with `prefix`, after the sort key `after`."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :sk)" if prefix else ""),
            "ExpressionAttributeValues": _encode(
                {":pk": pk, **({":sk": prefix} if prefix else {})}
            ),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        if limit is not None:
            arguments["Limit"] = limit
        if after is not None:
            arguments["ExclusiveStartKey"] = _encode({"pk": pk, "sk": after})
        found: list[Item] = []
        while True:
            answer = await self._call(partial(self._client.query, **arguments))
            found += [_decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer or (limit is not None and len(found) >= limit):
                return found[:limit]
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def write(self, *writes: Write) -> None:
        """All of them or none. Raises ConditionFailed."""
        request = [write.request(self._name) for write in writes]
        send = partial(self._client.transact_write_items, TransactItems=request)
        for left in reversed(range(CONFLICT_TRIES)):
            try:
                await self._call(send)
            except _Canceled as canceled:
                failed = canceled.positions("ConditionalCheckFailed")
                if failed:
                    raise ConditionFailed(failed) from canceled
                if not left:
                    raise Unavailable("Too many changes of the same item at once.") from canceled
                # Real DynamoDB refuses one of two transactions on an item; it may try again.
                await anyio.sleep(random.uniform(0.01, 0.05) * (CONFLICT_TRIES - left))  # noqa: S311
            else:
                return

    async def remove_all(self, keys: Sequence[tuple[str, str]]) -> None:
        """Delete items whether they are there or not; not atomic, can be repeated."""
        for start in range(0, len(keys), TRANSACTION_LIMIT):
            batch = keys[start : start + TRANSACTION_LIMIT]
            await self.write(*(remove(pk, sk) for pk, sk in batch))

    async def scan(self, sk: str) -> list[Item]:
        """The items of all partitions with that sort key. It reads the whole table: for setup."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "FilterExpression": "sk = :sk",
            "ExpressionAttributeValues": _encode({":sk": sk}),
        }
        found: list[Item] = []
        while True:
            answer = await self._call(partial(self._client.scan, **arguments))
            found += [_decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def check(self) -> None:
        await self.get("PROBE", "PROBE")

    async def create(self) -> None:
        """Make the table with its TTL attribute; it may exist already."""
        await run_sync(self._create, limiter=self._threads)

    def _create(self) -> None:
        names = ("pk", "sk")
        try:
            self._client.create_table(
                TableName=self._name,
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
                BillingMode="PAY_PER_REQUEST",
            )
        except self._client.exceptions.ResourceInUseException:
            return
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("The table cannot be made.") from error
        self._client.get_waiter("table_exists").wait(
            TableName=self._name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
        self._client.update_time_to_live(
            TableName=self._name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
        )

    def close(self) -> None:
        self._client.close()

    async def _call(self, function: Callable[[], T]) -> T:
        try:
            with tracing.step("dynamodb", "client", {"db.system.name": "aws.dynamodb"}):
                return await run_sync(function, limiter=self._threads)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "TransactionCanceledException":
                raise _Canceled(error.response.get("CancellationReasons", [])) from error
            _log.warning("store_refused", store="dynamodb", code=code)
            raise Unavailable("The table refused.") from error
        except (BotoCoreError, OSError) as error:
            _log.warning("store_unreachable", store="dynamodb", error=type(error).__name__)
            raise Unavailable("The table does not answer.") from error


class _Canceled(Exception):
    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("transaction canceled")
        self._reasons = reasons

    def positions(self, code: str) -> frozenset[int]:
        return frozenset(at for at, one in enumerate(self._reasons) if one.get("Code") == code)


def expired(item: Item) -> bool:
    """DynamoDB removes an expired item some time later; readers look at the time themselves."""
    return int(item["expires_at"]) <= time.time()


def _encode(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in item.items()}


def _decode(item: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in item.items()}
