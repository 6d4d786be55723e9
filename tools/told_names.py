"""Names of files as they can be told: a disc takes any bytes, records and terminals do not."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

NO_UTF_8 = "a name with bytes that are no UTF-8 cannot be used, rename the file"


def is_utf_8(path: Path) -> bool:
    """Whether a path can be written into a record."""
    return not any("\ud800" <= sign <= "\udfff" for sign in str(path))


def told_path(path: Path) -> Path:
    r"""The path, with bytes that are no UTF-8 as `\xNN`; no file has that name then."""
    return (
        Path(os.fsencode(path).decode("utf-8", "backslashreplace")) if not is_utf_8(path) else path
    )


def shown(text: str) -> str:
    r"""A text for a terminal: what would steer it, or turn text around, as `\x1b`.

    Line feeds and tabs stay.
    """
    return "".join(one if _is_harmless(one) else _written_out(one) for one in text)


def _is_harmless(sign: str) -> bool:
    return sign.isprintable() or sign in "\n\t" or unicodedata.category(sign) == "Zs"


def _written_out(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def no_such_file(path: Path) -> str:
    """What is said of a file that is not there."""
    if r"\x" in path.name:
        return rf"no such file; {NO_UTF_8} (\x..)"
    return "no such file; check the path"
