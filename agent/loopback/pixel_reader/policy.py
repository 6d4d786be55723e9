"""What the pixel reader concludes from what it sees. Knows no prompt, no protocol, no pixels.

It judges what it can measure, asks for a closer look at what is too small, and says normal where
it made nothing out: so it is wrong at first look and right after a zoom on the right window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from agent.loopback.pixel_reader.excuses import Thing, has_twin, place_of
from agent.loopback.pixel_reader.eyes import Box, Seen, Spot
from agent.loopback.pixel_reader.scene import DigitRule, Shown

Window = Literal["right", "wrong", "none"]
"""Where the reader zooms: at what it noticed, at the opposite place, or never."""
CERTAIN = 0.95
CLEAR = 0.05
BLIND = 0.2
GLANCE_SIDES = 4.0
"""Side of the window that is asked for, over that of the speck."""
MIN_WINDOW_PX = 24.0


class Judgement(NamedTuple):
    """An answer."""

    anomalous: bool
    score: float
    claim: str
    """What was seen, in words."""
    box_xyxy: Box | None = None
    """Where, in original-image pixels."""
    rule_id: str | None = None
    evidence_id: str | None = None


class Glance(NamedTuple):
    """A window to look at closer: original-image pixels."""

    box_xyxy: Box
    reason: str


class Sight(NamedTuple):
    """One picture that was shown, and what was seen in it."""

    shown: Shown
    seen: Seen


def decide(
    sights: Sequence[Sight],
    *,
    rule: DigitRule | None,
    may_zoom: bool,
    window: Window = "right",
    normal: Sequence[Thing] = (),
) -> Judgement | Glance:
    """Judge, or ask for a closer look.

    Args:
        sights: pictures of the part in the order in which they were shown; at least one.
        rule: what a printed digit must be; None where digits do not matter.
        may_zoom: whether a closer look can be had.
        window: where it looks.
        normal: what references show; the same on the part is no defect.
    """
    frame = _frame(sights)
    for sight in reversed(sights):
        spots = _novel(sight, sight.seen.spots, normal, frame=frame)
        judgement = _judge(sight, rule, spots)
        if judgement is not None:
            return judgement
    last = sights[-1]
    if may_zoom and window != "none":
        # References have their digit at the same place: what it is must be read on the part.
        excused = normal if rule is None else ()
        for speck in _novel(last, last.seen.specks, excused, frame=frame):
            return _glance(last, speck, window=window)
    return Judgement(False, BLIND, "nothing that I can make out is wrong")


def _frame(sights: Sequence[Sight]) -> tuple[float, float]:
    """Width and height of the original, as far as it was shown."""
    windows = [sight.shown.window_xyxy for sight in sights]
    return max(one[2] for one in windows), max(one[3] for one in windows)


def _novel(
    sight: Sight, spots: Sequence[Spot], normal: Sequence[Thing], *, frame: tuple[float, float]
) -> Iterator[Spot]:
    """Those that no reference shows, in their order."""
    for spot in spots:
        box = _in_original(sight, spot.box_xyxy)
        if not has_twin(place_of(box, spot, frame=frame), normal):
            yield spot


def _judge(sight: Sight, rule: DigitRule | None, spots: Iterable[Spot]) -> Judgement | None:
    evidence = sight.shown.evidence_id
    digits = sight.seen.digits if rule is not None else ()
    for read in digits:
        if rule is not None and read.digit != rule.digit:
            claim = f"the printed digit is {read.digit}, it must be {rule.digit}"
            box = _in_original(sight, read.box_xyxy)
            return Judgement(True, CERTAIN, claim, box, rule.rule_id, evidence)
    for spot in spots:
        tone = "dark" if spot.contrast < 0 else "bright"
        claim = f"a {tone} spot covers {spot.share:.1%} of the picture"
        box = _in_original(sight, spot.box_xyxy)
        return Judgement(True, CERTAIN, claim, box, None, evidence)
    if digits:
        claim = f"the printed digit is {digits[0].digit}, as it must be"
        return Judgement(False, CLEAR, claim, None, None, evidence)
    return None


def _glance(sight: Sight, speck: Spot, *, window: Window) -> Glance:
    left, top, right, bottom = sight.shown.window_xyxy
    x1, y1, x2, y2 = _in_original(sight, speck.box_xyxy)
    centre_x, centre_y = (x1 + x2) / 2, (y1 + y2) / 2
    if window == "wrong":
        centre_x, centre_y = left + right - centre_x, top + bottom - centre_y
    half = max(GLANCE_SIDES * max(x2 - x1, y2 - y1), MIN_WINDOW_PX) / 2
    box = (
        round(max(centre_x - half, left)),
        round(max(centre_y - half, top)),
        round(min(centre_x + half, right)),
        round(min(centre_y + half, bottom)),
    )
    return Glance(box, "something is there, too small to tell what")


def _in_original(sight: Sight, box: Box) -> Box:
    """A box of the picture in pixels of the original."""
    left, top, right, bottom = sight.shown.window_xyxy
    width_px, height_px = sight.seen.size
    across, down = (right - left) / width_px, (bottom - top) / height_px
    x1, y1, x2, y2 = box
    return (
        round(left + x1 * across),
        round(top + y1 * down),
        round(left + x2 * across),
        round(top + y2 * down),
    )
