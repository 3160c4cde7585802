"""What the OpenAPI document tells whoever writes a client: words, examples and types of problems."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from sightline_contracts import loader

from gateway.problem_types.answers import EXTENSION
from gateway.problem_types.catalogue import CATALOGUE

DOCUMENT = loader.openapi("gateway")
OF_VENDORS = "/compat/"
"""In the words of Clarifai's and Amazon's own documents, to which they belong."""
FROM_HERE = "/v1/"
OPERATIONS = {
    operation["operationId"]: (path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for operation in operations.values()
    if not path.startswith(OF_VENDORS)
}
SUCCESS = ("200", "201", "202")
of_each = pytest.mark.parametrize("name", OPERATIONS)


def bodies(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Media types and what the document says of them, of the request and of answers that are a success."""
    operation = OPERATIONS[name][1]
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for status in SUCCESS:
        yield from operation["responses"].get(status, {}).get("content", {}).items()


def examples(content: dict[str, Any]) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    schema = content["schema"]
    alternatives = [
        one for one in schema.get("oneOf", schema.get("anyOf", [schema])) if "$ref" in one
    ]
    names = [one["$ref"].rpartition("/")[2] for one in alternatives]
    return [
        example
        for name in names
        for example in DOCUMENT["components"]["schemas"][name].get("examples", [])
    ]


@of_each
def test_an_operation_says_what_it_does_and_when_to_use_it(name: str) -> None:
    operation = OPERATIONS[name][1]
    from_the_name = operation["operationId"].replace("_", " ").title()
    assert operation["summary"][0].isupper()
    assert operation["summary"] != from_the_name
    assert operation["description"].endswith(".")


@of_each
def test_its_bodies_have_examples_that_are_right(name: str) -> None:
    for media_type, content in bodies(name):
        if media_type != "application/json" or name in ("jwks", "livez", "delete_me"):
            continue  # a standard's own shape, and answers without a word in them
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        validator = jsonschema_rs.validator_for(schema)
        assert examples(content), content["schema"]
        for example in examples(content):
            assert [error.message for error in validator.iter_errors(example)] == []


@of_each
def test_its_files_are_said_to_be_binary(name: str) -> None:
    for media_type, content in bodies(name):
        if media_type in ("image/jpeg", "application/zip"):
            assert content["schema"]["format"] == "binary"
            assert content["schema"]["contentMediaType"] == media_type
        if media_type == "multipart/form-data":
            name = content["schema"]["$ref"].rpartition("/")[2]
            image = DOCUMENT["components"]["schemas"][name]["properties"]["image"]
            assert (image["format"], image["type"]) == ("binary", "string")


@of_each
def test_its_errors_are_named_by_their_types(name: str) -> None:
    path, operation = OPERATIONS[name]
    for status, answer in operation["responses"].items():
        if not path.startswith(FROM_HERE) or int(status) < 400:
            continue
        named = answer[EXTENSION]
        assert named
        for address in named:
            kind = CATALOGUE[address.removeprefix("/problems/")]
            assert kind.status == int(status)
            assert kind.title in answer["description"]
        shown = answer["content"]["application/problem+json"]["examples"]
        assert {f"/problems/{slug}" for slug in shown} == set(named)


def test_examples_of_problems_are_right() -> None:
    schema = {"$ref": "#/components/schemas/ProblemDetails", "components": DOCUMENT["components"]}
    validator = jsonschema_rs.validator_for(schema)
    for slug, example in DOCUMENT["components"]["examples"].items():
        assert validator.is_valid(example["value"]), slug
