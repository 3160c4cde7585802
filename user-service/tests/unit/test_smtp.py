"""What an operator may set of a mail server, and what its errors become."""

import inspect
from pathlib import Path

import aiosmtplib
import pytest
from aiosmtplib import errors

from user_service.mail.errors import MailRefused, NotMailed
from user_service.mail.smtp import MailServer, read_server, translated
from user_service.settings import Settings

EXAMPLES: dict[str, tuple[object, ...]] = {
    "SMTPRecipientsRefused": ([aiosmtplib.SMTPRecipientRefused(550, "no", "a@example.test")],),
    "SMTPRecipientRefused": (450, "later", "a@example.test"),
    "SMTPSenderRefused": (550, "no", "a@example.test"),
    "SMTPResponseException": (421, "away"),
    "SMTPDataError": (552, "too much"),
    "SMTPConnectResponseError": (421, "away"),
    "SMTPHeloError": (504, "no"),
    "SMTPAuthenticationError": (535, "wrong"),
}
FOR_GOOD = {
    "SMTPRecipientsRefused",
    "SMTPSenderRefused",
    "SMTPDataError",
    "SMTPHeloError",
    "SMTPAuthenticationError",
    "SMTPNotSupported",
}


@pytest.mark.parametrize(
    "kind",
    [
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if one.__module__ == errors.__name__
    ],
)
def test_each_error_of_the_library_is_one_of_ours(kind: type[Exception]) -> None:
    error = kind(*EXAMPLES.get(kind.__name__, ("it says a@example.test",)))
    assert isinstance(error, aiosmtplib.SMTPException)
    ours = translated(error)
    assert type(ours) is (MailRefused if kind.__name__ in FOR_GOOD else NotMailed)
    assert "example.test" not in str(ours)


@pytest.mark.parametrize(
    ("url", "password", "server"),
    [
        ("smtp://mail", None, ("mail", 25, "none", None)),
        ("smtp://mail:1025/", None, ("mail", 1025, "none", None)),
        (
            "smtp+starttls://ada%40example.test@mail",
            "x",
            ("mail", 587, "starttls", "ada@example.test"),
        ),
        ("smtps://ada@mail", "x", ("mail", 465, "tls", "ada")),
    ],
)
def test_a_server_is_read(url: str, password: str | None, server: tuple[object, ...]) -> None:
    host, port, encryption, user = server
    assert read_server(url, password, "here") == MailServer(
        str(host), int(str(port)), str(encryption), user and str(user), password, "here"
    )


@pytest.mark.parametrize(
    ("url", "password", "said"),
    [
        ("http://mail", None, "is not smtp"),
        ("smtp://", None, "is not smtp"),
        ("smtp://mail/folder", None, "is not smtp"),
        ("smtps://ada:secret@mail", None, "SMTP_PASSWORD_FILE"),
        ("smtps://ada@mail", None, "needs a user"),
        ("smtps://mail", "x", "needs a user"),
        ("smtp://ada@mail", "x", "in clear"),
    ],
)
def test_what_cannot_be_meant_is_refused(url: str, password: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        read_server(url, password, "here")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mail_from": ""}, "MAIL_FROM"),
        ({"mail_from": "two@example.test, more@example.test"}, "MAIL_FROM"),
        ({"public_url": "pictures.example.test"}, "PUBLIC_URL"),
        ({"public_url": "https://example.test/?a"}, "PUBLIC_URL"),
    ],
)
def test_the_service_does_not_start_with_half_of_the_settings(
    changes: dict[str, str], said: str
) -> None:
    given = {"smtp_url": "smtp://mail", "mail_from": "a@example.test", **changes}
    with pytest.raises(ValueError, match=said):
        Settings(**given).mail_server()


def test_the_password_is_in_a_file_and_an_empty_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "password"
    given = {"mail_from": "a@example.test", "smtp_password_file": file}
    file.write_text("correct\n")
    with_password = Settings(smtp_url="smtps://ada@mail", **given).mail_server()
    assert with_password is not None
    assert (with_password.password, with_password.calls_itself) == ("correct", "127.0.0.1")
    file.write_text("")
    without = Settings(smtp_url="smtp://mail", **given).mail_server()
    assert without is not None
    assert without.password is None
