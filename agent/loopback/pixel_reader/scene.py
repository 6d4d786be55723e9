"""Finds in a request what the pixel reader needs: the part's pictures, their windows, the rule.

All reading of prompt text is here; a prompt that is phrased otherwise needs other patterns.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.loopback.requests import ChatRequest, SentPicture

REFERENCE = re.compile(r"\b(reference|golden|normal example)", re.IGNORECASE)
"""In a caption: the picture is none of the part."""
BOX = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]")
"""The window of a view, in pixels of the original, as `zoom` tells it."""
SIZE = re.compile(r"\b(\d{2,5})\s*x\s*(\d{2,5})\s*px\b")
"""In a caption without a window: the original's width and height."""
VIEW = re.compile(r"\bV\d+\b")
WANTED_DIGIT = re.compile(
    r"\bdigit\b[^.\n]{0,80}?\b(?:is|be|reads?|equals?)\s+(?:a\s+)?['\"]?(\d)\b", re.IGNORECASE
)
"""A rule such as `The printed lot digit must be 7.`"""


class Shown(NamedTuple):
    """A picture of the part."""

    picture: SentPicture
    window_xyxy: tuple[float, float, float, float]
    """What of the original it shows, in the original's pixels."""


def pictures_of_the_part(request: ChatRequest) -> list[SentPicture]:
    """Those whose caption does not say that they show a reference, in their order."""
    return [one for one in request.pictures if not REFERENCE.search(one.caption)]


def window_of(
    picture: SentPicture, request: ChatRequest, *, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The window that a picture shows: by its caption, by what was said of its view, or whole.

    Args:
        picture: one of the request.
        request: where the text is searched for the view that the caption names.
        size: width and height of the picture in pixels; the original's where nothing is said.
    """
    said = [picture.caption]
    view = VIEW.search(picture.caption)
    if view is not None:
        said += re.findall(rf"^.*\b{view[0]} shows\b.*$", request.text, re.MULTILINE)
    for text in said:
        box = BOX.search(text)
        if box is not None:
            x1, y1, x2, y2 = (float(edge) for edge in box.groups())
            return x1, y1, x2, y2
    told = SIZE.search(picture.caption)
    width_px, height_px = (int(side) for side in told.groups()) if told else size
    return 0.0, 0.0, float(width_px), float(height_px)


def wanted_digit(request: ChatRequest) -> str | None:
    """What a rule in the request says that a printed digit must be."""
    found = WANTED_DIGIT.search(request.text)
    return found[1] if found else None
