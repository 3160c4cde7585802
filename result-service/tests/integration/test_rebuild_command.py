"""`python -m result_service rebuild-index` makes the index anew from the bucket."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import report
from sightline_contracts import ids, logs
from sightline_testing.stores import AwsStore

from result_service.__main__ import main
from result_service.index.filters import Filters
from result_service.index.folder import IndexFolder
from result_service.models.analyses import Input, Intent, Report
from result_service.outcomes.outcome import Outcome
from result_service.store import keys
from result_service.store.s3 import S3Bucket


def test_it_makes_all_of_it_anew(
    s3: AwsStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    name = f"bucket-{uuid.uuid4().hex}"
    monkeypatch.setattr(logs, "configure", lambda _: None)  # it would be for all tests
    monkeypatch.setenv("BUCKET_NAME", name)
    monkeypatch.setenv("INDEX_DIR", str(tmp_path))
    assert main("setup") == 0
    user_id, wanted = asyncio.run(_filled(name))
    assert main("rebuild-index") == 0
    assert f"{user_id}: made anew\n" in capsys.readouterr().out
    assert asyncio.run(_found(tmp_path, user_id)) == wanted
    assert main("rebuild-index", user_id) == 0
    assert asyncio.run(_found(tmp_path, user_id)) == wanted


async def _filled(name: str) -> tuple[str, list[str]]:
    """A user with twelve analyses in which a dog was seen, newest first."""
    bucket, user_id = S3Bucket(name, "us-east-1"), ids.new_id("us")
    given = Input(kind="url", image_url="http://a.test/", operations=["labels"], engine="auto")
    wanted = [ids.new_id("an") for _ in range(12)]
    for analysis_id in wanted:
        result = {"analysis_id": analysis_id, "labels": [{"name": "dog"}]}
        end = Outcome.of_report(
            analysis_id, Report.model_validate(report(analysis_id, result=result))
        )
        intent = Intent(
            analysis_id=analysis_id, user_id=user_id, created_at="t", request_id="r", input=given
        )
        body, metadata = end.encode(intent)
        await bucket.put(keys.outcome(user_id, analysis_id), body, metadata=metadata)
    bucket.close()
    return user_id, sorted(wanted, key=keys.newest_first)


async def _found(folder: Path, user_id: str) -> list[str]:
    index = IndexFolder(folder)
    found, gap = await index.use(
        user_id, lambda one: one.find(Filters(label="dog"), before=None, limit=100)
    )
    assert gap is None
    return found
