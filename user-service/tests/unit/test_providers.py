"""What an operator may set of identity providers."""

import json
from pathlib import Path
from typing import Any

import pytest

from user_service.providers.configuration import read_providers

ONE = {
    "id": "one",
    "name": "One",
    "issuer": "https://one.example.test",
    "client_id": "sightline",
    "client_secret": "s3cret",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "One!"}, "0.id"),
        ({"issuer": "http://one.example.test"}, "0.issuer"),
        ({"issuer": "https://one.example.test/?a=b"}, "0.issuer"),
        ({"issuer": "https://user@one.example.test"}, "0.issuer"),
        ({"issuer": "s3cret"}, "0.issuer"),
        ({"client_id": ""}, "0.client_id"),
        ({"colour": "s3cret"}, "0.colour"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_quoted(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    file = tmp_path / "providers"
    file.write_text(json.dumps([{**ONE, **changes}]))
    with pytest.raises(ValueError, match=said) as refused:
        read_providers(file)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("changes", [{"id": "two"}, {"issuer": "https://two.example.test"}])
def test_ids_and_issuers_are_there_once(tmp_path: Path, changes: dict[str, str]) -> None:
    file = tmp_path / "providers"
    file.write_text(json.dumps([ONE, {**ONE, **changes}]))
    with pytest.raises(ValueError, match="twice"):
        read_providers(file)


def test_providers_are_read_and_an_empty_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "providers"
    file.write_text(json.dumps([ONE, {**ONE, "id": "two", "issuer": "http://127.0.0.1:4000"}]))
    assert list(read_providers(file)) == ["one", "two"]
    assert "s3cret" not in repr(read_providers(file))
    file.write_text("\n")
    assert read_providers(file) == read_providers(None) == {}
    file.write_text("{")
    with pytest.raises(ValueError, match="OIDC_PROVIDERS_FILE"):
        read_providers(file)
