"""All labels of a picture: derived ones, those of the delivered models, and those of models that an operator
brings.

`python -m image_service.local_engine.labelling MODELS_DIR` prints, as JSON, why models are off by name.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from image_service.label_models import delivered, folders, naming, vocabulary, weighing
from image_service.label_models.delivered import CLASSIFIER, DETECTOR
from image_service.label_models.folders import Kin, LabelModel, UnusableModel
from image_service.operations import labels
from image_service.picture.decode import Pixels

if TYPE_CHECKING:
    from image_service.label_models.classes import Classes
    from image_service.label_models.classifiers import Classifier
    from image_service.label_models.detectors import Detector

DOCUMENT_AT_LEAST = 0.5
"""A page is no scene: where a picture is one, the classifier's guesses are not said."""


@dataclass(frozen=True)
class Seen:
    """`labels`, most certain first. `embedding`: of the delivered classifier, with the `model`'s name; None where
    it is off."""

    labels: list[dict[str, Any]]
    embedding: dict[str, str] | None


NOTHING_SEEN = Seen([], None)


class Labelling:
    """Made in the fork server, where files are read and their sums checked; sessions are made by
    `prepare`, in a child. `faults`: why a model is off, by its name. A model that is off costs the
    others nothing."""

    def __init__(self, models_dir: Path | None) -> None:
        self.faults: dict[str, str] = {}
        self._vocabulary = vocabulary.load()
        self._described: list[LabelModel] = []
        self._models: dict[str, Classifier | Detector] | None = None
        self._classes: Classes | None = None
        self._names = [DETECTOR.name, CLASSIFIER.name]
        for one in (DETECTOR, CLASSIFIER):
            try:
                self._described.append(delivered.describe(one, models_dir, self._vocabulary))
            except (UnusableModel, OSError) as error:
                self.faults[one.name] = str(error)
        for folder in folders.list_folders(models_dir):
            self._names.append(folder.name)
            try:
                self._described.append(folders.read_model(folder))
            except (UnusableModel, OSError) as error:
                self.faults[folder.name] = str(error)
        self._taxonomy: dict[str, Kin] = {}
        for model in self._described:
            self._taxonomy |= model.taxonomy

    def prepare(self) -> None:
        """Once in a child, before it holds a picture: so a model that is too large for an instance
        is off in each of them."""
        if self._models is not None:
            return
        self._models = {}
        if not self._described:
            return
        # See onnx_runtime.py.
        from image_service.label_models.classes import Classes  # noqa: PLC0415
        from image_service.label_models.classifiers import Classifier  # noqa: PLC0415
        from image_service.label_models.detectors import Detector  # noqa: PLC0415

        for described in self._described:
            try:
                if described.name == CLASSIFIER.name:
                    self._classes = Classes(described, self._vocabulary)
                else:
                    kind = Classifier if described.detection is None else Detector
                    self._models[described.name] = kind(described)
            except UnusableModel as error:
                self.faults[described.name] = str(error)

    def labels(
        self,
        work: Pixels,
        preview: Pixels,
        faces: list[dict[str, Any]],
        quality: dict[str, Any],
    ) -> Seen:
        """`work` is the smaller copy of `preview`; what is looked for in a picture is looked for in the
        larger one. Raises MemoryError."""
        assert self._models is not None, "prepare comes first"
        found = labels.derived(work, faces, quality)
        look = None if self._classes is None else self._classes.look(work)
        for name, model in self._models.items():
            said = model.labels(work, preview)
            found += weighing.weighed(said, look) if look and name == DETECTOR.name else said
        if look is not None and not _is_document(found):
            found += look.labels
        merged = naming.together(found, self._vocabulary, self._taxonomy)
        if look is None:
            return Seen(merged, None)
        return Seen(merged, {"model": CLASSIFIER.name, "vector": look.embedding})

    @property
    def models(self) -> list[tuple[str, str | None, bool]]:
        """Name, version (None where it cannot be read) and whether it is off, by name."""
        versions = {DETECTOR.name: DETECTOR.version, CLASSIFIER.name: CLASSIFIER.version}
        versions |= {model.name: model.version for model in self._described}
        return [(name, versions.get(name), name in self.faults) for name in self._names]


def _is_document(found: list[dict[str, Any]]) -> bool:
    return any(
        one["name"] == "document" and one["confidence"] >= DOCUMENT_AT_LEAST for one in found
    )


def main(models_dir: str) -> None:
    labelling = Labelling(Path(models_dir) if models_dir else None)
    labelling.prepare()
    print(json.dumps(labelling.faults))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
