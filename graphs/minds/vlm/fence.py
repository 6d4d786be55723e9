"""Fences text that others wrote, so that a model can tell it from instructions. Knows no prompt.

The id of a fence is a digest of what stands in it, so a text cannot hold the id that closes it;
and what could open or close a fence, or pass for a token of a chat template, is defused inside.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

ID_LENGTH = 12
_TAG = re.compile(r"<(?=[^\W\d]|[/|!_])")
_TURN = re.compile(r"\[(?=\s*/?\s*(?:INST|SYS)\b)", re.IGNORECASE)
_KEPT = "\n\t"
_WITHOUT_KEPT = str.maketrans("", "", _KEPT)


@lru_cache(maxsize=512)
def fence(text: str, about: str) -> str:
    """A text between two lines that nothing in it can imitate.

    Kept, since each round tells again what those before it told.

    Args:
        text: what others wrote: a document, a record, a person's words.
        about: what it is, in our words; stands in the opening line.
    """
    inside = defuse(text)
    digest = hashlib.sha256(f"{about}\n{inside}".encode()).hexdigest()[:ID_LENGTH]
    return f"<data {digest}: {about}>\n{inside}\n</data {digest}>"


def defuse(text: str) -> str:
    """The text without characters that do not show, and without tags and special tokens.

    `<` before a letter, `/`, `|`, `!` or `_` becomes U+2039, which looks alike and means nothing
    to a tokenizer; `a < b` stays.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    seen = plain if _all_show(plain) else "".join(c for c in plain if _shows(c))
    return _TURN.sub("(", _TAG.sub("\u2039", seen)).replace("|>", "|\u203a").strip()


def _all_show(text: str) -> bool:
    """Whether every character shows; False where one may, though it is not printed alone."""
    return text.translate(_WITHOUT_KEPT).isprintable()


def _shows(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf")
