"""`sightline ls`, `get`, `search`, `similar` and `rm`."""

import itertools
from typing import Annotated, Any

import typer

from sightline.commands import session, show

Form = Annotated[show.Format, typer.Option("--format")]
Limit = Annotated[int, typer.Option(min=1, help="So many at the most.")]


def ls(
    status: Annotated[
        str | None, typer.Option(help="queued, running, succeeded, failed or canceled.")
    ] = None,
    limit: Limit = 20,
    form: Form = show.Format.table,
) -> None:
    """List analyses, newest first."""
    _list(limit, form, status=status)


def search(
    words: Annotated[
        str | None, typer.Argument(help="In labels, text, codes and metadata.")
    ] = None,
    label: Annotated[str | None, typer.Option()] = None,
    text: Annotated[str | None, typer.Option(help="All of these words in the text.")] = None,
    faces: Annotated[str | None, typer.Option(help="How many: 2, 1.. or ..3.")] = None,
    code: Annotated[
        bool | None, typer.Option("--code/--no-code", help="With a code, or without.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339.")] = None,
    limit: Limit = 20,
    form: Form = show.Format.table,
) -> None:
    """Find analyses by what was seen."""
    filters = {
        "q": words,
        "label": label,
        "text": text,
        "face_count": faces,
        "has_code": code,
        "from_": since,
        "to": until,
    }
    _list(limit, form, **filters)


def _list(limit: int, form: show.Format, **filters: Any) -> None:
    with session.client() as client:
        found = client.analyses(limit=min(limit, 100), **filters)
        show.analyses(form, list(itertools.islice(found, limit)))


def get(analysis_id: str) -> None:
    """Print an analysis as JSON."""
    with session.client() as client:
        show.as_json(client.get(analysis_id))


def similar(analysis_id: str, limit: Limit = 20, form: Form = show.Format.table) -> None:
    """Find pictures that look alike."""
    with session.client() as client:
        found = client.similar(analysis_id, limit=min(limit, 100))
    lines = [
        (
            one["analysis"]["id"],
            f"{one['similarity']:.2f}",
            "yes" if one["near_duplicate"] else "",
            show.what(one["analysis"]),
        )
        for one in found
    ]
    show.rows(form, ("id", "similarity", "duplicate", "found"), lines, found)


def rm(
    analysis_ids: Annotated[list[str], typer.Argument(metavar="ANALYSIS_ID...")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete analyses with their images and results."""
    if not yes:
        typer.confirm(f"Delete {len(analysis_ids)} for ever?", abort=True)
    with session.client() as client:
        for one in analysis_ids:
            client.delete(one)
