"""How a counting rule names a type of part by an example. Knows neither rules nor pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from tools.parts_template import Box

_NUMBER = r"(\d+(?:\.\d+)?)"
_COUNT = re.compile(rf"count:([^@\s]+)(?:@{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER})?")


class CountOf(NamedTuple):
    """`count:NAME@X1,Y1,X2,Y2`, or `count:NAME` for a type that the template has already."""

    name: str
    box_xyxy: Box | None
    """An example of the part, in the first reference's pixels, far corner exclusive."""


def count_of(quantity: str) -> CountOf | None:
    """Read a counting quantity; None where the text is not one, or its box has no area."""
    found = _COUNT.fullmatch(quantity)
    if found is None:
        return None
    if found[2] is None:
        return CountOf(found[1], None)
    x1, y1, x2, y2 = (float(v) for v in found.groups()[1:])
    return CountOf(found[1], (x1, y1, x2, y2)) if x1 < x2 and y1 < y2 else None


def examples_in(quantities: Iterable[str]) -> dict[str, Box]:
    """By name, the example boxes of all counting quantities; the first of a name holds."""
    examples: dict[str, Box] = {}
    for quantity in quantities:
        count = count_of(quantity)
        if count is not None and count.box_xyxy is not None:
            examples.setdefault(count.name, count.box_xyxy)
    return examples
