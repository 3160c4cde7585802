"""As how many requests a submission counts."""

import json

import pytest

from gateway import submissions

ADDRESS = "http://pictures.test/a.png"


@pytest.mark.parametrize(
    ("options", "weight"),
    [
        ({}, 1),
        ({"operations": ["faces", "codes", "moderation"]}, 1),
        ({"operations": ["text"]}, 5),
        ({"operations": ["faces", "hash"], "engine": "local"}, 1),
        ({"operations": ["faces", "labels"], "engine": "clarifai"}, 3),
        ({"operations": ["text"], "engine": "rekognition"}, 6),
    ],
    ids=json.dumps,
)
def test_text_and_vendors_count_as_more(options: dict[str, object], weight: int) -> None:
    assert submissions.of_value({"image_url": ADDRESS, **options}).weight == weight
