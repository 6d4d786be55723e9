"""What tools ask of the texts that a mind hands them: that what they cite exists. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from graphs.conversation.citations import cited, unknown
from graphs.conversation.room import Room
from tools.errors import ToolError


def check_cited(room: Room, texts: Iterable[str]) -> list[str]:
    """Ids that texts cite, each once.

    Raises:
        ToolError: one of them does not exist.
    """
    joined = "\n".join(texts)
    wrong = unknown(joined, room.sources)
    if wrong:
        raise ToolError(f"{', '.join(wrong)} cannot be cited, since nothing here has that id")
    return cited(joined)


def check_ids(room: Room, ids: Iterable[str]) -> list[str]:
    """Ids as they are, with or without brackets.

    Raises:
        ToolError: one of them does not exist.
    """
    plain = [one.strip(" []") for one in ids]
    wrong = [one for one in plain if one not in room.sources]
    if wrong:
        known = ", ".join(sorted(room.sources)) or "none yet"
        raise ToolError(f"{', '.join(wrong)} cannot be cited; there are {known}")
    return list(dict.fromkeys(plain))
