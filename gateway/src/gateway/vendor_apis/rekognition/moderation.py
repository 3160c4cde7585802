"""DetectModerationLabels. Source: Amazon Rekognition API reference, DetectModerationLabels."""

from typing import Any

from pydantic import Field, field_validator

from gateway.vendor_apis.rekognition.labels import title
from gateway.vendor_apis.rekognition.shapes import Call, Json, Result, model_version, percent


class DetectModerationLabels(Call):
    min_confidence: float = Field(default=50, ge=0, le=100)
    human_loop_config: Any = None
    project_version: Any = None

    @field_validator("human_loop_config", "project_version")
    @classmethod
    def _none_here(cls, given: Any) -> Any:
        if given is not None:
            raise ValueError("there are neither human loops nor custom models here")
        return given

    def operations(self) -> tuple[str, ...]:
        return ("moderation",)

    def answer(self, result: Result) -> Json:
        """Ours are categories of the top level."""
        found = sorted(result["moderation"], key=lambda one: one["confidence"], reverse=True)
        return {
            "ModerationLabels": [
                {
                    "Name": title(one["name"]),
                    "ParentName": "",
                    "TaxonomyLevel": 1,
                    "Confidence": percent(one["confidence"]),
                }
                for one in found
                if percent(one["confidence"]) >= self.min_confidence
            ],
            "ModerationModelVersion": model_version(result, "moderation"),
            "ContentTypes": [],
        }
