"""`sightline admin`: the image function, failed invocations and users."""

from typing import Annotated

import typer

from sightline.commands import session, show

admin = typer.Typer(help="For admins.", no_args_is_help=True)
Form = Annotated[show.Format, typer.Option("--format")]


@admin.command()
def function(
    memory_mb: Annotated[int | None, typer.Option(help="MiB of an instance.")] = None,
    timeout_s: Annotated[float | None, typer.Option(help="Seconds of an analysis.")] = None,
    reserved_concurrency: Annotated[
        int | None, typer.Option(help="Analyses at once; 0 stops all.")
    ] = None,
) -> None:
    """Print the image function, or change it."""
    given = {
        "memory_mb": memory_mb,
        "timeout_s": timeout_s,
        "reserved_concurrency": reserved_concurrency,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with session.client() as client:
        show.as_json(client.change_function(changes) if changes else client.function())


@admin.command("dead-letters")
def dead_letters(form: Form = show.Format.table) -> None:
    """List failed invocations."""
    with session.client() as client:
        found = list(client.dead_letters())
    lines = [
        (one["id"], one["failed_at"][:19], one["error"]["code"], one["redriven_as"] or "")
        for one in found
    ]
    show.rows(form, ("id", "failed", "error", "run again as"), lines, found)


@admin.command()
def redrive(analysis_id: str) -> None:
    """Run a failed invocation again."""
    with session.client() as client:
        typer.echo(client.redrive(analysis_id)["id"])


@admin.command()
def users(form: Form = show.Format.table) -> None:
    """List users."""
    with session.client() as client:
        found = list(client.users())
    lines = [
        (
            one["id"],
            one["email"],
            one["created_at"][:19],
            "suspended" if one.get("suspended") else "",
        )
        for one in found
    ]
    show.rows(form, ("id", "e-mail", "since", ""), lines, found)


@admin.command()
def suspend(
    user_id: str, undo: Annotated[bool, typer.Option(help="Let the user in again.")] = False
) -> None:
    """Let a user in nowhere."""
    with session.client() as client:
        client.change_user(user_id, {"suspended": not undo})


@admin.command()
def status() -> None:
    """Print services, engines and objectives."""
    with session.client() as client:
        show.as_json(client.status())
