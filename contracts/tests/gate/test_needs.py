"""SLAs and what consumers say they need of them are well-formed, and the needs are given."""

import json
from pathlib import Path

import pytest

from gate import documents, facts, sla_rules
from sightline_contracts import loader

CONTRACTS = Path(__file__).parents[2]
NEEDS = [json.loads(path.read_text()) for path in sorted((CONTRACTS / "needs").glob("*.json"))]
PAIRS = [(one["consumer"], provider) for one in NEEDS for provider in one["providers"]]


@pytest.mark.parametrize("document", NEEDS, ids=lambda document: document["consumer"])
def test_needs_are_by_their_schema(document):
    documents.schema("needs").validate(document)
    assert (CONTRACTS / "needs" / f"{document['consumer']}.json").is_file()
    assert {document["consumer"], *document["providers"]} <= set(facts.PARTIES)


@pytest.mark.parametrize("service", facts.SERVICES)
def test_an_sla_is_by_its_schema_and_its_objectives_have_names_of_their_own(real, service):
    document = real[f"sla/{service}.json"]
    documents.schema("sla").validate(document)
    slos = [one for one in document["objects"] if one["kind"] == "SLO"]
    assert (
        {one["spec"]["service"] for one in slos}
        == {loader.parse_sla(document).service}
        == {service}
    )
    names = [one.name for one in loader.parse_sla(document).objectives]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("consumer", "provider"), PAIRS)
def test_what_is_needed_is_promised(real, consumer, provider):
    needs = next(one for one in NEEDS if one["consumer"] == consumer)["providers"][provider]
    assert sla_rules.unmet(needs, real[f"sla/{provider}.json"]) == []


@pytest.mark.parametrize(("consumer", "provider"), PAIRS)
def test_operations_that_are_needed_are_there(real, consumer, provider):
    needs = next(one for one in NEEDS if one["consumer"] == consumer)["providers"][provider]
    for operation in needs.get("operations", {}):
        method, _, path = operation.partition(" ")
        assert not path or method.lower() in real[f"openapi/{provider}.json"]["paths"][path]
