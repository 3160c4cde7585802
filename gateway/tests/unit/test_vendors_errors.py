"""Each refusal of an account has a name with each vendor: none of them is told as our own fault."""

import pytest

from gateway.vendor_apis.clarifai import errors as clarifai
from gateway.vendor_apis.rekognition import errors as rekognition

SLUGS = (
    "suspended",
    "budget-exceeded",
    "quota-exceeded",
    "rate-limited",
    "insufficient-scope",
    "unauthorized",
    "overloaded",
)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_refusal_is_no_fault_of_ours(slug: str) -> None:
    assert clarifai.of(slug) != clarifai.INTERNAL
    assert slug in rekognition.ERRORS
