"""Files that a caller names by path: only within the roots, symbolic links followed first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.loopback.refusals import Refused

MAX_SHOWN = 200


def inside(named: str, roots: Sequence[Path]) -> Path:
    """The file behind a path that somebody else named.

    Args:
        named: a whole path, or one within one of the roots.
        roots: folders from which files may be taken.

    Raises:
        Refused: with 403 where it lies in none of them, with 404 where no file is there. What
            lies outside is told apart from what is not there by nobody.
    """
    if "\0" in named or len(named) > 4096:
        raise Refused("This is no path.", param="path", code="invalid_path")
    for root in roots:
        whole = root.resolve()
        path = (whole / named).resolve()
        if path.is_relative_to(whole):
            if path.is_file():
                return path
            raise Refused(
                f"There is no file {named[:MAX_SHOWN]!r}.",
                status=404,
                param="path",
                code="file_not_found",
            )
    told = "send the file instead" if not roots else "name one within them, or send the file"
    raise Refused(
        f"{named[:MAX_SHOWN]!r} is outside the folders from which files may be named (setting "
        f"serve_roots); {told}.",
        status=403,
        param="path",
        code="outside_roots",
    )
