"""Citations in an answer: `[I1.E3]`, `[rule:control-board/R4, Q1]`. Knows no mind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from graphs.conversation.records import Source

_BRACKET = re.compile(r"\[([^\[\]\n]{1,400})\]")
_CITED = re.compile(
    r"(?:I[0-9]+(?:\.[EF][0-9]+)?|[EFQMHC][0-9]+|(?:rule|mode|case|note):[^\s,;\[\]]+)"
)


def cited(text: str) -> list[str]:
    """Ids that a text cites, each once, in their order.

    What stands in brackets and has no form of a citation, such as a box, is none.
    """
    found: dict[str, None] = {}
    for bracket in _BRACKET.findall(text):
        for one in re.split(r"[,;]\s*", bracket):
            if _CITED.fullmatch(one.strip()):
                found[one.strip()] = None
    return list(found)


def unknown(text: str, sources: Mapping[str, Source]) -> list[str]:
    """Ids that a text cites and nothing in the conversation has."""
    return [one for one in cited(text) if one not in sources]


def without(text: str, ids: Iterable[str]) -> str:
    """The text without citations of these ids."""
    dropped = set(ids)

    def kept(match: re.Match[str]) -> str:
        parts = [one.strip() for one in re.split(r"[,;]\s*", match[1])]
        left = [one for one in parts if one not in dropped]
        if len(left) == len(parts):
            return match[0]
        return f"[{', '.join(left)}]" if left else ""

    return re.sub(r" +([.,;:])", r"\1", _BRACKET.sub(kept, text))


def refusal(ids: Iterable[str], sources: Mapping[str, Source]) -> str:
    """What a mind is told of citations that do not exist."""
    there = ", ".join(sorted(sources)) or "none: call a tool first"
    return (
        f"Your answer cites {', '.join(ids)}, which nothing in this conversation has. "
        f"Cite only: {there}. Say it again with citations that exist, or without the claim."
    )
