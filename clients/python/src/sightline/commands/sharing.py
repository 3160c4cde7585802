"""`sightline share` and `unshare`."""

from typing import Annotated

import typer

from sightline.commands import session, show
from sightline.models import Share

HOUR_S = 3600
HEAD = ("share", "parts", "ends", "address")
Form = Annotated[show.Format, typer.Option("--format")]


def share(
    analysis_id: str,
    hours: Annotated[float, typer.Option(help="It ends so many hours from now.")] = 168,
    parts: Annotated[str, typer.Option(help="With commas: preview, result, page.")] = "page",
    shown: Annotated[bool, typer.Option("--list", help="Only list what is shared of it.")] = False,
    form: Form = show.Format.table,
) -> None:
    """Make an address that shows an analysis to whoever has it."""
    with session.client() as client:
        if shown:
            found = client.shares(analysis_id)
            show.rows(form, HEAD, [_line(one) for one in found], found)
            return
        made = client.share(analysis_id, expires_in=round(hours * HOUR_S), parts=parts.split(","))
    if form is show.Format.table:
        typer.echo(made["url"])
    else:
        show.rows(form, HEAD, [_line(made)], [made])


def unshare(
    analysis_id: str, share_ids: Annotated[list[str], typer.Argument(metavar="SHARE_ID...")]
) -> None:
    """Withdraw shares: their addresses open nothing any more."""
    with session.client() as client:
        for one in share_ids:
            client.withdraw(analysis_id, one)


def _line(share: Share) -> tuple[str, str, str, str]:
    return share["share_id"], ",".join(share["parts"]), share["expires_at"], share["url"]
