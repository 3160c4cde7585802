"""Words of texts and queries, for SQLite's FTS5 with its tokenizer unicode61, which folds case and accents.

Chinese and Japanese have no spaces, so that each of their characters becomes a word; a run of them in a query is then a
phrase, and finds the run wherever it stands.
"""

import re

WORDS_AT_MOST = 16
"""Words of one filter; the rest is not looked for."""
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_TOKEN = re.compile(r"[^\W_]+")


def spaced(text: str) -> str:
    """A text as it goes into the index."""
    return _UNSPACED.sub(r" \1 ", text)


def all_of(text: str, *, typing: bool = False) -> str | None:
    """FTS5's expression for a text that has all words of `text`; None where it has no word. With `typing` the last
    one may be the beginning of a word. Each is quoted, so that nothing of it is read as syntax."""
    words = [word for word in text.split() if _TOKEN.search(word)][:WORDS_AT_MOST]
    if not words:
        return None
    quoted = ['"' + spaced(word).replace('"', '""').replace("\0", " ") + '"' for word in words]
    return " AND ".join(quoted) + (" *" if typing else "")


def label_word(name: str) -> str:
    """A label's name as one word, so that "dog" does not find a hot dog. Empty where the name has no letter and no
    digit."""
    return "0".join(_TOKEN.findall(name.casefold()))
