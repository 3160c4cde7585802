"""DetectLabels. Source: Amazon Rekognition API reference, DetectLabels, DetectLabelsSettings and
DominantColor."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.vendor_apis.rekognition.shapes import (
    Call,
    Json,
    Result,
    Shape,
    box,
    model_version,
    percent,
    sharpness,
)

Names = Annotated[list[str], Field(max_length=100)]


class GeneralLabelsSettings(Shape):
    label_inclusion_filters: Names = Field(default=[])
    label_exclusion_filters: Names = Field(default=[])
    label_category_inclusion_filters: Names = Field(default=[])
    label_category_exclusion_filters: Names = Field(default=[])

    def admits(self, label: Json) -> bool:
        """Whether the filters let a label pass, by its name and its categories. A label passes the inclusion
        filters where one of them names it; the exclusion filters come after."""
        names, categories = {label["Name"]}, {one["Name"] for one in label["Categories"]}
        included = names.intersection(self.label_inclusion_filters) or categories.intersection(
            self.label_category_inclusion_filters
        )
        filtered = self.label_inclusion_filters or self.label_category_inclusion_filters
        excluded = names.intersection(self.label_exclusion_filters) or categories.intersection(
            self.label_category_exclusion_filters
        )
        return bool(included or not filtered) and not excluded


class ImagePropertiesSettings(Shape):
    max_dominant_colors: int = Field(default=10, ge=0, le=20)


class Settings(Shape):
    general_labels: GeneralLabelsSettings = GeneralLabelsSettings()
    image_properties: ImagePropertiesSettings = ImagePropertiesSettings()


class DetectLabels(Call):
    max_labels: int = Field(default=1000, ge=0)
    min_confidence: float = Field(default=55, ge=0, le=100)
    features: list[Literal["GENERAL_LABELS", "IMAGE_PROPERTIES"]] = Field(
        default=["GENERAL_LABELS"], max_length=2
    )
    settings: Settings = Settings()

    def operations(self) -> tuple[str, ...]:
        labels = ("labels",) if self._wants_labels() else ()
        return (*labels, "colors", "quality") if self._wants_properties() else labels

    def options(self) -> Json:
        least = {"min_confidence": self.min_confidence / 100} if self._wants_labels() else {}
        return {**super().options(), **least}

    def answer(self, result: Result) -> Json:
        answer: Json = {}
        if self._wants_labels():
            answer["Labels"] = self._labels(result)
            answer["LabelModelVersion"] = model_version(result, "labels")
        if self._wants_properties():
            answer["ImageProperties"] = self._properties(result)
        return answer

    def _wants_labels(self) -> bool:
        return "GENERAL_LABELS" in self.features or not self.features

    def _wants_properties(self) -> bool:
        return "IMAGE_PROPERTIES" in self.features

    def _labels(self, result: Result) -> list[Json]:
        found = sorted(result["labels"], key=lambda one: one["confidence"], reverse=True)
        labels = [_label(one) for one in found]
        wanted = self.settings.general_labels
        return [
            one for one in labels if one["Confidence"] >= self.min_confidence and wanted.admits(one)
        ][: self.max_labels]

    def _properties(self, result: Result) -> Json:
        quality = result["quality"]
        at_most = self.settings.image_properties.max_dominant_colors
        return {
            "Quality": {
                "Brightness": percent(quality["brightness"]),
                "Sharpness": sharpness(quality["sharpness"]),
                "Contrast": percent(quality["contrast"]),
            },
            "DominantColors": [_color(one) for one in result["colors"][:at_most]],
        }


def _label(ours: Json) -> Json:
    return {
        "Name": title(ours["name"]),
        "Confidence": percent(ours["confidence"]),
        "Instances": [
            {"BoundingBox": box(one["box"]), "Confidence": percent(one["confidence"])}
            for one in ours.get("instances", ())
        ],
        "Parents": [{"Name": title(name)} for name in ours.get("parents", ())],
        "Aliases": [{"Name": title(name)} for name in ours.get("aliases", ())],
        "Categories": [{"Name": name} for name in ours.get("categories", ())],
    }


def title(name: str) -> str:
    """As Rekognition writes names: "Traffic Light"."""
    return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").split())


def _color(ours: Json) -> Json:
    red, green, blue = bytes.fromhex(ours["hex"].removeprefix("#"))
    return {
        "Red": red,
        "Green": green,
        "Blue": blue,
        "HexCode": ours["hex"],
        "CSSColor": ours["name"],
        "PixelPercent": percent(ours["fraction"]),
    }
