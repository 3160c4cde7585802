"""How an operation declares the problems that it may answer, by their types."""

from typing import Any

from sightline_contracts import answers

from gateway.problem_types.catalogue import CATALOGUE

EXTENSION = "x-problem-types"
_EXAMPLES = "#/components/examples/"
_REQUEST_ID = "01k9zt5w000000000000000000"
_USUAL = {
    400: ("bad-request",),
    401: ("unauthorized",),
    403: ("insufficient-scope", "suspended"),
    404: ("not-found",),
    409: ("request-in-flight",),
    413: ("body-too-large",),
    415: ("unsupported-media-type",),
    416: ("range-not-satisfiable",),
    422: ("invalid-request",),
    429: ("rate-limited",),
    502: ("upstream-failed", "contract-violation"),
    503: ("unavailable", "overloaded"),
    504: ("deadline-exceeded", "upstream-timeout"),
}


def problems(*kinds: int | str) -> dict[int | str, dict[str, Any]]:
    """Entries for FastAPI's `responses`. A status stands for its usual types, a slug for one more.

    Raises KeyError for a slug that the catalogue does not have.
    """
    statuses = {kind for kind in kinds if isinstance(kind, int)} | {400, 413}
    slugs = {status: list(_USUAL[status]) for status in statuses}
    for kind in kinds:
        if isinstance(kind, str):
            of_its_status = slugs.setdefault(CATALOGUE[kind].status, [])
            of_its_status += [kind] * (kind not in of_its_status)
    declared = answers.problems(*slugs)
    for status, named in slugs.items():
        entry = declared[status]
        entry["description"] = " ".join(_sentence(slug) for slug in named)
        entry[EXTENSION] = [CATALOGUE[slug].address for slug in named]
        for content in entry["content"].values():
            content["examples"] = {slug: {"$ref": f"{_EXAMPLES}{slug}"} for slug in named}
    return declared


def examples() -> dict[str, Any]:
    """The OpenAPI document's examples of problems, by slug."""
    return {slug: {"value": _example(slug)} for slug in CATALOGUE}


def _sentence(slug: str) -> str:
    return f"`{CATALOGUE[slug].address}`: {CATALOGUE[slug].title}."


def _example(slug: str) -> dict[str, Any]:
    kind = CATALOGUE[slug]
    example = {
        "type": kind.address,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title,
        "instance": "/v1/analyses",
        "request_id": _REQUEST_ID,
    }
    if slug == "invalid-request":
        example["errors"] = [
            {"pointer": "/image_url", "detail": "must be an http or https address"}
        ]
    return example
