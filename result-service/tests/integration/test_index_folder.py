"""The folder of the indexes: what is deleted leaves nothing there, and it stays within its size."""

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import pytest
from conftest import Service
from searching import found, labels, lines, seen
from sightline_contracts.problems import Unavailable

from result_service.index.folder import SUFFIX, TENDED, IndexFolder
from result_service.index.progress import Remade
from result_service.search.tidying import UNTENDED_S, Tidying
from result_service.store import keys

SECRET = "xylophone"


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """Where the service keeps its indexes."""
    service.wiring.index._given = tmp_path
    return tmp_path


def held(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def used(folder: Path, user_id: str, when: float) -> None:
    for file in folder.glob(f"{user_id}*"):
        os.utime(file, (when, when))


def names(folder: Path) -> str:
    return " ".join(file.name for file in folder.iterdir())


async def secret(service: Service) -> str:
    analysis_id = await seen(service, text=lines(f"A {SECRET} here"), labels=labels("dog"))
    for number in range(20):
        await seen(service, text=lines(f"Page {number}"), labels=labels("dog"))
    assert await found(service, text=SECRET) == [analysis_id]
    return analysis_id


async def test_a_deleted_analysis_leaves_no_word(service: Service, folder: Path) -> None:
    analysis_id = await secret(service)
    assert SECRET.encode() in held(folder)
    await service.client.delete(service.url(analysis_id))
    assert SECRET.encode() not in held(folder)
    assert analysis_id.encode() not in held(folder)
    assert len(await found(service, label="dog")) == 20


async def test_a_deleted_account_leaves_no_word(service: Service, folder: Path) -> None:
    await secret(service)
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert SECRET.encode() not in held(folder)
    assert await service.wiring.index.users() == []


async def test_an_index_in_use_is_emptied_where_its_file_cannot_go(
    service: Service, folder: Path
) -> None:
    await secret(service)
    await service.wiring.index.use(
        service.user_id, lambda _: service.wiring.index._forget(service.user_id)
    )
    assert SECRET.encode() not in held(folder)
    assert await service.wiring.index.users() == [service.user_id]
    assert len(await found(service, label="dog")) == 21


async def test_what_was_deleted_at_another_replica_is_taken_out(
    service: Service, folder: Path
) -> None:
    analysis_id = await secret(service)
    await service.wiring.removals.bury(service.user_id, analysis_id)
    await service.wiring.tidying.tidy()
    assert SECRET.encode() not in held(folder)
    for key in [key for key in service.bucket.objects if key.startswith("analyses/")]:
        del service.bucket.objects[key]
    await service.wiring.tidying.tidy()
    assert await service.wiring.index.users() == []


async def test_an_index_that_nobody_has_tended_is_forgotten(service: Service, folder: Path) -> None:
    await secret(service)
    await service.wiring.tidying.tidy()
    assert SECRET.encode() in held(folder)
    long_ago = time.time() - UNTENDED_S - 1
    os.utime(folder / TENDED, (long_ago, long_ago))
    await service.wiring.tidying.tidy()
    assert await service.wiring.index.users() == []
    assert len(await found(service, label="dog")) == 21


async def test_beyond_its_size_who_searched_longest_ago_is_forgotten(
    service: Service, folder: Path
) -> None:
    owners = []
    for number in range(3):
        service.user_id = f"{service.user_id[:-1]}{number}"
        owners.append(service.user_id)
        await secret(service)
    for age, user_id in zip((30, 20, 10), (owners[1], owners[0], owners[2]), strict=True):
        used(folder, user_id, time.time() - age)
    size = await service.wiring.index.size()
    await Tidying(service.bucket, service.wiring.index, size - 1).tidy()
    assert await service.wiring.index.users() == [owners[0], owners[2]]


async def test_a_damaged_index_is_made_anew(service: Service, folder: Path) -> None:
    analysis_id = await secret(service)
    (folder / f"{service.user_id}{SUFFIX}").write_bytes(b"no database" * 1000)
    assert await found(service, text=SECRET) == [analysis_id]


async def test_what_is_read_for_an_index_that_is_emptied_meanwhile_is_not_put_there(
    service: Service,
) -> None:
    index, user_id = service.wiring.index, service.user_id
    before = await index.use(user_id, lambda one: one.progress())
    await index.forget(user_id)
    for change in (
        lambda one: one.add(before.made, []),
        lambda one: one.set_progress(before.made, 7, frozenset(), None),
    ):
        with pytest.raises(Remade):
            await index.use(user_id, change)


async def test_two_processes_may_share_a_folder(service: Service, folder: Path) -> None:
    wanted = await secret(service)
    other = IndexFolder(folder)
    results = await asyncio.gather(
        *(each.use(service.user_id, lambda one: one.has([wanted])) for each in [other] * 8),
        *(found(service, text=SECRET) for _ in range(8)),
    )
    assert results == [{wanted}] * 8 + [[wanted]] * 8
    other.close()
    assert SECRET.encode() in held(folder)


async def test_a_disk_that_does_not_serve_is_trouble_and_no_empty_list(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await secret(service)

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("result_service.index.folder.UserIndex", full)
    with pytest.raises(Unavailable):
        await service.wiring.index.use(service.user_id, lambda index: index.gap())
    path = f"/v1/users/{service.user_id}/analyses"
    assert (await service.client.get(path, params={"label": "dog"})).status_code == 503


async def test_a_temporary_folder_goes_with_the_process() -> None:
    folder = IndexFolder(None)
    await folder.use("us_1", lambda index: index.gap())
    made = folder._made
    assert made is not None
    assert SUFFIX in names(made)
    folder.close()
    with pytest.raises(FileNotFoundError):
        names(made)
    assert keys.user_id_in("analyses/us_1/x.json") == "us_1"
