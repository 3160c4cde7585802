"""The command `sightline`."""

import typer

from sightline import __version__
from sightline.commands import account, history, sharing
from sightline.commands.admin import admin
from sightline.commands.analyze import analyze

app = typer.Typer(
    help="Image analysis from the command line. Exit codes: 0 done, 1 an analysis failed, 2 wrong use, 3 not signed in"
    " or not allowed, 4 not found, 5 too many requests or no quota left, 6 no answer.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold the key
)
for command in (
    account.login,
    account.logout,
    analyze,
    history.ls,
    history.get,
    history.search,
    history.similar,
    history.rm,
    sharing.share,
    sharing.unshare,
    account.usage,
):
    app.command()(command)
app.add_typer(account.keys, name="keys")
app.add_typer(admin, name="admin")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print it, and end."
    ),
) -> None:
    """What stands before a command."""


def main() -> None:
    app()
