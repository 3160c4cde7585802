"""As how many requests more than one a submission counts."""

import json

import pytest

from gateway.analyses.submission import SubmissionReader, surcharge
from gateway.sla import read_sla

ADDRESS = "http://pictures.test/a.png"


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, 0),
        ({"operations": ["faces", "codes", "moderation"]}, 0),
        ({"operations": ["text"]}, 4),
        ({"operations": ["faces", "hash"], "engine": "local"}, 0),
        ({"operations": ["faces", "labels"], "engine": "clarifai"}, 2),
        ({"operations": ["text"], "engine": "rekognition"}, 5),
    ],
    ids=json.dumps,
)
def test_text_and_vendors_count_as_more(options: dict[str, object], more: int) -> None:
    sla = read_sla()
    submission = SubmissionReader(sla.operations).of_value({"image_url": ADDRESS, **options})
    assert surcharge(submission.intent(), sla.weights) == more
