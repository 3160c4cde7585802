"""`sightline login`, `logout`, `usage` and `keys`."""

import contextlib
import platform
from typing import Annotated

import typer

from sightline import Client, errors
from sightline.commands import session, show
from sightline.settings import BASE_URL

SCOPES = ["analyses:read", "analyses:write", "account"]

keys = typer.Typer(help="API keys.", no_args_is_help=True)


def login(
    email: Annotated[str, typer.Option(prompt="E-mail", help="Of the account.")],
    url: Annotated[str, typer.Option(help="Where the system is.")] = BASE_URL,
    admin: Annotated[bool, typer.Option(help="With the rights of an admin.")] = False,
) -> None:
    """Sign in: the command keeps an API key of its own, and no password."""
    password = session.ask_password()
    with Client(url) as client, session.told():
        client.sign_in(email, password)
        scopes = [*SCOPES, "admin"] if admin else SCOPES
        key = client.make_api_key(f"sightline on {platform.node()}"[:100], scopes)
        client.sign_out()
    session.write(session.Session(url, key["key"], key["id"], email))
    typer.echo(f"Signed in as {email}.")


def logout() -> None:
    """Forget the command's key, and make it useless."""
    kept = session.read()
    if kept.api_key is not None and kept.api_key_id is not None:
        useless_already = contextlib.suppress(errors.NotFound, errors.Unauthorized)
        with (
            Client(kept.base_url, api_key=kept.api_key) as client,
            session.told(),
            useless_already,
        ):
            client.delete_api_key(kept.api_key_id)
    session.forget()
    typer.echo("Signed out.")


def usage(
    month: Annotated[str | None, typer.Option(help="As 2026-11; this one by default.")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The bill of a month, and what is left of the quota."""
    with session.client() as client:
        bill = client.usage(month=month, limit=1)
    if json:
        show.as_json({name: bill[name] for name in ("month", "totals", "quota", "storage")})
        return
    totals, quota = bill["totals"], bill["quota"]
    lines = [
        ("month", bill["month"]),
        ("analyses", str(totals["analyses"])),
        ("billed", f"{totals['billed_ms']} ms, {totals['gb_seconds']:g} GB-s"),
        ("calls of vendors", str(totals["engine_calls"])),
        ("amount", f"{totals['amount']} {totals['currency']}"),
        ("quota left", f"{quota['left']} of {quota['limit']}, until {quota['resets_at'][:10]}"),
    ]
    show.rows(show.Format.table, ("", ""), lines, ())


@keys.command("ls")
def list_keys(form: Annotated[show.Format, typer.Option("--format")] = show.Format.table) -> None:
    """List the account's keys."""
    with session.client() as client:
        found = list(client.api_keys())
    lines = [
        (key["id"], key["name"], " ".join(key["scopes"]), (key["last_used_at"] or "never")[:19])
        for key in found
    ]
    show.rows(form, ("id", "name", "scopes", "last used"), lines, found)


@keys.command("make")
def make_key(
    name: str,
    scopes: Annotated[str, typer.Option(help="By commas.")] = "analyses:read,analyses:write",
    expires_at: Annotated[str | None, typer.Option(help="RFC 3339; never by default.")] = None,
) -> None:
    """Make a key. It is shown this once."""
    with session.client() as client:
        made = client.make_api_key(name, scopes.split(","), expires_at=expires_at)
    typer.echo(made["key"])


@keys.command("rm")
def delete_key(api_key_id: str) -> None:
    """Make a key useless."""
    with session.client() as client:
        client.delete_api_key(api_key_id)
