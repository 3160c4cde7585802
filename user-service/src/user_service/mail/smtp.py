"""Mail by SMTP (RFC 5321), with the errors that a caller can act on: try later, or never."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from user_service.mail.errors import MailRefused, NotMailed

SEND_S = 20.0
"""For one mail from connecting to the server's word that it has taken it."""
PERMANENT = 500
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """`encryption`: none; starttls, without which nothing is sent; or tls from the first byte. `user` and
    `password` are both there or neither is. `calls_itself`: the name in EHLO."""

    host: str
    port: int
    encryption: str
    user: str | None
    password: str | None
    calls_itself: str


def read_server(url: str, password: str | None, calls_itself: str) -> MailServer:
    """Of `smtp://host:25`, `smtp+starttls://user@host:587` or `smtps://user@host:465`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("SMTP_URL is not smtp://, smtp+starttls:// or smtps:// with a host.")
    if parts.password is not None:
        raise ValueError("SMTP_URL has a password: it belongs into SMTP_PASSWORD_FILE.")
    user = unquote(parts.username) if parts.username else None
    if (user is None) != (password is None):
        raise ValueError(
            "SMTP_URL needs a user where SMTP_PASSWORD_FILE is set, and the other way round."
        )
    if user is not None and parts.scheme == "smtp":
        raise ValueError("SMTP_URL would send a password in clear: use smtp+starttls or smtps.")
    return MailServer(
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        {"smtp": "none", "smtp+starttls": "starttls", "smtps": "tls"}[parts.scheme],
        user,
        password,
        calls_itself,
    )


class Smtp:
    """A connection for each mail: there are few, and none is kept open for the next."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def send(self, message: EmailMessage) -> None:
        """To the one address in `To`. Raises NotMailed, MailRefused."""
        server = self._server
        try:
            async with asyncio.timeout(SEND_S):
                await aiosmtplib.send(
                    message,
                    recipients=[message["To"].addresses[0].addr_spec],
                    hostname=server.host,
                    port=server.port,
                    username=server.user,
                    password=server.password,
                    local_hostname=server.calls_itself,
                    timeout=SEND_S,
                    use_tls=server.encryption == "tls",
                    start_tls=server.encryption == "starttls",
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise translated(error) from error


def translated(error: aiosmtplib.SMTPException | OSError) -> NotMailed | MailRefused:
    """What the server does not take for good (5yz) is refused; all else may pass. The texts of the
    server are left out, since they quote addresses."""
    refusals = getattr(error, "recipients", None) or [error]
    code = max(getattr(one, "code", 0) or 0 for one in refusals)
    name = f"{type(error).__name__} {code}" if code else type(error).__name__
    if code >= PERMANENT or isinstance(error, (aiosmtplib.SMTPNotSupported, ValueError)):
        return MailRefused(name)
    return NotMailed(name)
