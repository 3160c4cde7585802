"""moto's application as a store for many: what of moto gets in the way is mended here.

A transaction copies the whole table deeply, once for each of its members, so that it can take them
back; and every object that was ever made is kept in a list. With a thousand items a bill of ten lines
took seconds, and the process gigabytes. Here a copy of the table shares its items, an update makes a
new item in the place of changing the old one, and nothing is kept.
"""

import copy
from collections import defaultdict
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

_update_in_place = DynamoDBBackend.update_item


def application() -> Any:
    """DynamoDB and S3 in memory, as WSGI. Its conditional writes and its transactions are not
    atomic: hand it one request at a time."""
    BaseModel.__new__ = _untracked  # type: ignore[method-assign]
    Table.__deepcopy__ = _sharing_its_items  # type: ignore[attr-defined]
    DynamoDBBackend.update_item = _update_a_copy  # type: ignore[method-assign]
    return DomainDispatcherApplication(create_backend_app)


def _untracked(cls: type[Any], *_: Any, **__: Any) -> Any:
    return object.__new__(cls)


def _sharing_its_items(self: Table, _memo: dict[int, Any]) -> Table:
    copied = copy.copy(self)
    copied.items = defaultdict(dict, {key: dict(items) for key, items in self.items.items()})
    return copied


def _update_a_copy(
    self: DynamoDBBackend, table_name: str, key: dict[str, Any], *given: Any, **named: Any
) -> Any:
    table = self.get_table(table_name)
    place, name = (
        DynamoType(key[str(part)]) for part in (table.hash_key_attr, table.range_key_attr)
    )
    item = table.get_item(place, name)
    if item is not None:
        table.items[place][name] = copy.deepcopy(item)
    return _update_in_place(self, table_name, key, *given, **named)
