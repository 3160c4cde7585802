"""Mails: their language, and whom they can be addressed to."""

import pytest

from user_service.mail.errors import MailRefused
from user_service.mail.messages import compose, language_of


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, de;q=0.3, en;q=0.2", "de"),
        ("en;q=0.9, de;q=0.1", "en"),
        ("de;q=0.1, EN-gb;q=0.9", "en"),
        ("fr", "en"),
        ("de;q=0", "en"),
        (";;;,q=", "en"),
        (None, "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(
    accepted: str | None, language: str
) -> None:
    assert language_of(accepted) == language


def test_the_link_is_on_the_site_that_the_operator_has_set() -> None:
    mail = compose(
        "password-reset", "en", "ada@example.test", "from@example.test", "https://a.test", "secret"
    )
    assert "https://a.test/new-password#secret\n" in mail.get_content()
    assert mail["From"] == "Sightline <from@example.test>"
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("recipient", ["a,b@example.test", "a<b@example.test", "@", "a@b@c", ""])
def test_nobody_else_gets_a_mail_by_a_strange_address(recipient: str) -> None:
    with pytest.raises(MailRefused):
        compose("password-reset", "en", recipient, "from@example.test", "https://a.test", "secret")
