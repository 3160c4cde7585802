"""Lists in a variable of the environment."""


def read_list(text: str) -> list[str]:
    """The parts between commas, without spaces around them; empty parts are passed over."""
    return [part.strip() for part in text.split(",") if part.strip()]
