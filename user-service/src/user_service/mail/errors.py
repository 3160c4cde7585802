"""What can go wrong with a mail after whoever asked for it was answered."""


class NotMailed(Exception):
    """The mail server did not take it this time; it may the next."""


class MailRefused(Exception):
    """The mail server does not take it, however often it is tried."""
