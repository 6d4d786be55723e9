"""Finds in a request what the pixel reader needs: the part's pictures, their windows, the rule.

All reading of prompt text is here; a prompt that is phrased otherwise needs other patterns.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.loopback.requests import ChatRequest, SentPicture

NOT_THE_PART = re.compile(
    r"\b(reference|golden|normal example|numbered regions|expert's map)", re.IGNORECASE
)
"""In a caption: the picture shows another part, or marks that are not on the part."""
REFERENCE = re.compile(r"(reference|golden)\b", re.IGNORECASE)
"""How the caption of a normal example begins."""
BOX = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]")
"""The window of a view, in pixels of the original, as `zoom` tells it."""
SIZE = re.compile(r"\b(\d{2,5})\s*x\s*(\d{2,5})\s*px\b")
"""In a caption without a window: the original's width and height."""
NAME = re.compile(r"\b[VE]\d+\b")
"""Of a view, or of the evidence that a picture is."""
CITED = re.compile(r"\[(E\d+)")
"""The evidence that a tool's answer ends with."""
WANTED_DIGIT = re.compile(
    r"(?:\b(?P<rule>R\d+)\b[^\n]*?)?\bdigit\b[^.\n]{0,80}?"
    r"\b(?:is|be|reads?|equals?)\s+(?:a\s+)?['\"]?(?P<digit>\d)\b",
    re.IGNORECASE,
)
"""A rule such as `R1: The printed lot digit must be 7.`"""
CLAIMS = re.compile(r"<data \w+: the claims>\n(?P<claims>.*?)\n</data", re.DOTALL)
CLAIM = re.compile(r"^(?:claim )?(\d+)[:.]", re.MULTILINE | re.IGNORECASE)


class Shown(NamedTuple):
    """A picture of the part."""

    picture: SentPicture
    window_xyxy: tuple[float, float, float, float]
    """What of the original it shows, in the original's pixels."""
    evidence_id: str | None
    """Of the tool's answer that brought it."""


class DigitRule(NamedTuple):
    """What a printed digit must be."""

    digit: str
    rule_id: str | None


def pictures_of_the_part(request: ChatRequest) -> list[SentPicture]:
    """Those whose caption does not say that they show something else, in their order.

    Where none has a name, only the last: those before it are examples, or there is but one.
    """
    found = [one for one in request.pictures if not NOT_THE_PART.search(one.caption)]
    found = found or request.pictures[-1:]
    named = [one for one in found if NAME.search(one.caption)]
    return named or found[-1:]


def references(request: ChatRequest) -> list[SentPicture]:
    """Pictures that stand as normal examples."""
    return [one for one in request.pictures if REFERENCE.match(one.caption)]


def shown_as(picture: SentPicture, request: ChatRequest, *, size: tuple[int, int]) -> Shown:
    """What a picture shows: by its caption, by what was said of its view, or the whole.

    Args:
        picture: one of the request.
        request: where the text is searched for the view that the caption names.
        size: width and height of the picture in pixels; the original's where nothing is said.
    """
    name = NAME.search(picture.caption)
    said = [] if name is None else _said_of(name[0], request)
    cited = next((found[1] for text in said if (found := CITED.search(text))), None)
    for text in (picture.caption, *said):
        box = BOX.search(text)
        if box is not None:
            x1, y1, x2, y2 = (float(edge) for edge in box.groups())
            return Shown(picture, (x1, y1, x2, y2), cited)
    told = SIZE.search(picture.caption)
    width_px, height_px = (int(side) for side in told.groups()) if told else size
    return Shown(picture, (0.0, 0.0, float(width_px), float(height_px)), cited)


def _said_of(name: str, request: ChatRequest) -> list[str]:
    """The lines in which a tool tells of a view, or a claim of its evidence."""
    return re.findall(rf"^.*\b{name} (?:shows\b|\(zoom\)).*$", request.text, re.MULTILINE)


def digit_rule(request: ChatRequest) -> DigitRule | None:
    """The first rule in the request that says what a printed digit must be."""
    found = WANTED_DIGIT.search(request.text)
    return DigitRule(found["digit"], found["rule"]) if found else None


def claim_numbers(request: ChatRequest) -> list[int]:
    """The numbers of the claims that are to be refuted; none where none are."""
    found = CLAIMS.search(request.text)
    return [int(number) for number in CLAIM.findall(found["claims"])] if found else []
