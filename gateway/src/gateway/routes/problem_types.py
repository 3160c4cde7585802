"""What each type of problem means, at the address that a problem names as its type (RFC 9457 §3.1.1)."""

import html
import re
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Path, Request, Response
from fastapi.responses import HTMLResponse
from sightline_contracts.problems import NotFound

from gateway.models.operations import ProblemOperation, ProblemTypeDescription
from gateway.problem_types.answers import EXTENSION, problems
from gateway.problem_types.catalogue import CATALOGUE

_DAY = {"Cache-Control": "public, max-age=86400", "Vary": "Accept"}
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} · Sightline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/problems/page.css"></head>
<body><main>
<p><code>{status}</code> <code>{address}</code></p>
<h1>{title}</h1>
<h2>What it means</h2>
<p>{meaning}</p>
<h2>What to do</h2>
<p>{remedy}</p>
<h2>Operations that answer it</h2>
{operations}
<p><a href="/docs">The API's reference</a></p>
</main></body>
</html>
"""
_CSS = """:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, monospace; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.1rem; margin-top: 1.5rem; }
"""

Slug = Annotated[str, Path(pattern="^[a-z-]{1,64}$")]

router = APIRouter(tags=["operations"])


@router.get("/problems/page.css", include_in_schema=False)
async def problem_page_css() -> Response:
    return Response(_CSS, media_type="text/css", headers=_DAY)


@router.get(
    "/problems/{slug}",
    operation_id="get_problem_type",
    summary="Read what a type of problem means",
    response_model=ProblemTypeDescription,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **problems(404, 422, 503, 504),
    },
)
async def get_problem_type(
    request: Request, slug: Slug, accept: Annotated[str, Header(max_length=1000)] = ""
) -> Response:
    """What it means, what to do, and which operations answer it: a page for browsers, JSON for programs."""
    if slug not in CATALOGUE:
        raise NotFound
    described = _described(request.app, slug)
    if prefers_html(accept):
        return HTMLResponse(_page(described), headers=_DAY)
    return Response(described.model_dump_json(), media_type="application/json", headers=_DAY)


def prefers_html(accept: str) -> bool:
    """Whether HTML comes before JSON by its quality, else by its place (RFC 9110 §12.5.1)."""
    wanted = {"text/html": 0.0, "application/json": 0.0}
    for part in accept.split(","):
        media_type, _, parameters = part.strip().partition(";")
        quality = re.search(r"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)", parameters)
        if media_type.strip().lower() in wanted:
            wanted[media_type.strip().lower()] = float(quality[1]) if quality else 1.0
    return wanted["text/html"] > wanted["application/json"]


def _described(app: FastAPI, slug: str) -> ProblemTypeDescription:
    kind = CATALOGUE[slug]
    operations = [
        ProblemOperation(method=method.upper(), path=path, operation_id=operation["operationId"])
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if _names(operation, kind.address)
    ]
    return ProblemTypeDescription(
        type=kind.address,
        title=kind.title,
        status=kind.status,
        meaning=kind.meaning,
        remedy=kind.remedy,
        operations=operations,
    )


def _names(operation: dict[str, Any], address: str) -> bool:
    return any(address in answer.get(EXTENSION, ()) for answer in operation["responses"].values())


def _page(described: ProblemTypeDescription) -> str:
    lines = [f"<li><code>{one.method} {one.path}</code></li>" for one in described.operations]
    texts = {
        "title": html.escape(described.title),
        "meaning": _code(described.meaning),
        "remedy": _code(described.remedy),
    }
    operations = f"<ul>{''.join(lines)}</ul>" if lines else "<p>Any, where it happens.</p>"
    return _PAGE.format(
        status=described.status, address=described.type, operations=operations, **texts
    )


def _code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
