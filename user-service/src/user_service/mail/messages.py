"""The mails, in the reader's language: plain text, and one link in each."""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Literal

from user_service.mail.errors import MailRefused

Kind = Literal["password-reset", "email-verification"]
PAGES: dict[Kind, str] = {"password-reset": "new-password", "email-verification": "verify-email"}
"""Pages of the web app that take a link's secret out of their fragment, which no browser sends."""
LANGUAGES = ("en", "de")
_TAG = re.compile(
    r"\s*([a-z]{1,8})(?:-[a-z0-9-]+)?\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
_TEXTS: dict[tuple[Kind, str], tuple[str, str]] = {
    ("password-reset", "en"): (
        "A new password for Sightline",
        """\
Somebody, probably you, asked for a new password of the account with this address at
{site}

Choose it here, within 30 minutes:
{link}

It ends all sessions of the account. If it was not you, do nothing: the password stays as it is.
""",
    ),
    ("password-reset", "de"): (
        "Ein neues Passwort für Sightline",
        """\
Jemand, wahrscheinlich Sie, möchte ein neues Passwort für das Konto mit dieser Adresse bei
{site}

Sie wählen es hier, innerhalb von 30 Minuten:
{link}

Damit enden alle Sitzungen des Kontos. Waren Sie es nicht, tun Sie nichts: Das Passwort bleibt, wie es ist.
""",
    ),
    ("email-verification", "en"): (
        "Your address at Sightline",
        """\
There is an account with this address at
{site}

Confirm that the address is yours, within 30 minutes:
{link}

If the account is not yours, do nothing: the address stays unconfirmed.
""",
    ),
    ("email-verification", "de"): (
        "Ihre Adresse bei Sightline",
        """\
Mit dieser Adresse gibt es ein Konto bei
{site}

Bestätigen Sie innerhalb von 30 Minuten, dass die Adresse Ihre ist:
{link}

Ist das Konto nicht Ihres, tun Sie nichts: Die Adresse bleibt unbestätigt.
""",
    ),
}
"""Subject and text, by kind and language."""


def language_of(accepted: str | None) -> str:
    """The language of ours that an Accept-Language (RFC 9110 §12.5.4) prefers; English where it names none."""
    best, found = 0.0, LANGUAGES[0]
    for item in (accepted or "").lower().split(","):
        match = _TAG.fullmatch(item)
        weight = float(match[2] or 1) if match else 0.0
        if match and match[1] in LANGUAGES and weight > best:
            best, found = weight, match[1]
    return found


def compose(
    kind: Kind, language: str, recipient: str, sender: str, public_url: str, secret: str
) -> EmailMessage:
    """`public_url`: where the web app is, as the operator has set it. Raises MailRefused for a recipient
    that no mail can be addressed to."""
    subject, text = _TEXTS[kind, language]
    message = EmailMessage()
    try:
        message["To"] = Address(addr_spec=recipient)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MailRefused("no address of a mail") from error
    origin = Address(addr_spec=sender)
    message["From"] = Address("Sightline", addr_spec=sender)
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=origin.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    link = f"{public_url}/{PAGES[kind]}#{secret}"
    message.set_content(text.format(site=public_url, link=link), cte="8bit")
    return message
