"""Completes the OpenAPI document: shapes that endpoints read by hand, and an example of each shape."""

from typing import Any

from sightline_contracts.answers import DescribedApp

from gateway.models import examples
from gateway.problem_types import answers
from gateway.routes import analyses, batches
from gateway.routes.vendor_apis import clarifai, rekognition


class DocumentedApp(DescribedApp):
    """An app whose OpenAPI document is complete. The first call of `openapi()` makes it."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            components = super().openapi()["components"]
            for part in (analyses, batches, clarifai, rekognition):
                components["schemas"] |= part.SCHEMAS
            components["schemas"] = dict(sorted(components["schemas"].items()))
            components["examples"] = answers.examples()
            for name, example in examples.EXAMPLES.items():
                components["schemas"][name]["examples"] = [example]
        return super().openapi()
