"""Makes the shapes of the API out of the gateway's OpenAPI document: `python generate.py DOCUMENT TARGET`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent
FOREIGN = ("Clarifai", "Rekognition")
"""Shapes of vendors' APIs, which have clients of their own."""
HEAD = '"""The shapes of the API, made from its OpenAPI document by generate.py: not to be edited."""\n'
OPTIONS = (
    *("--input-file-type", "openapi", "--openapi-scopes", "schemas"),
    *("--output-model-type", "typing.TypedDict", "--target-python-version", "3.11"),
    *("--enum-field-as-literal", "all", "--use-standard-collections", "--use-union-operator"),
    *("--use-schema-description", "--use-field-description", "--disable-timestamp"),
    *("--formatters", "ruff-format"),
)


def generate(document: Path, target: Path) -> None:
    """Raises CalledProcessError where the document cannot be read."""
    described = json.loads(document.read_text())
    schemas = described["components"]["schemas"]
    own = {name: schema for name, schema in schemas.items() if not name.startswith(FOREIGN)}
    for schema in own.values():
        schema.pop("additionalProperties", None)  # what is sent may be more than this version knows
    described = {**described, "paths": {}, "components": {"schemas": own}}
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "api.json", Path(folder) / "models.py"
        source.write_text(json.dumps(described))
        command = [sys.executable, "-m", "datamodel_code_generator", "--input", str(source)]
        subprocess.run([*command, "--output", str(made), *OPTIONS], check=True)  # noqa: S603  # our own
        body = made.read_text().partition("from __future__")[2]
        target.write_text(f"{HEAD}\nfrom __future__{body}")
    ruff = [sys.executable, "-m", "ruff", "--config", str(HOME / "pyproject.toml")]
    for command in (["check", "--fix"], ["format"]):
        subprocess.run([*ruff, *command, "--quiet", str(target)], check=True)  # noqa: S603  # our own


if __name__ == "__main__":
    generate(Path(sys.argv[1]), Path(sys.argv[2]))
