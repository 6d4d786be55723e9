"""From a region's numbers to degrees of plain properties, facet by facet. Pure arithmetic.

Every facet is a small set of values that exclude each other more or less; a facet that could not
be measured is left out.
"""

from __future__ import annotations

import colorsys
import math
from typing import NamedTuple

from tools.attributes_shape import Shape
from tools.attributes_structure import Relation

FACETS: dict[str, tuple[str, ...]] = {
    "polarity": ("dark", "bright"),
    "form": ("line", "spot", "patch"),
    "size": ("small", "large"),
    "outline": ("irregular", "regular"),
    "edge": ("sharp", "soft"),
    "relation": ("bridge", "gap", "notch", "protrusion", "island", "hole", "missing"),
    "matter": ("added", "removed"),
    "surface": ("smooth", "rough"),
    "place": ("border", "inside"),
    "contact": ("along", "end"),
    "number": ("single", "several"),
    "colour": (
        "black", "grey", "white", "brown", "red", "copper", "yellow", "green", "blue",
    ),
}  # fmt: skip
"""Facets and their values."""

_LARGE = (0.001, 0.012)
"""Shares of the picture from which on a region begins to be, and is, large."""
_LONG = (4.0, 8.0)
"""Elongations from which on a region begins to be, and is, long: of bars of 3 : 1 and 7 : 1."""
_THIN = (0.02, 0.08)
"""Shares of the picture's side up to which a long region is a line, and from which on a band."""
_SURE_CONTRAST = 6.0
"""Grey levels below which the steepness of an outline is not told from texture."""
_LEFT_OVER = 0.02
"""Degree of the relations that were not seen: the cut between them is not exact."""
_NEAR: dict[str, tuple[str, ...]] = {
    "bridge": ("protrusion",),
    "protrusion": ("bridge", "island"),
    "island": ("protrusion",),
    "gap": ("notch",),
    "notch": ("gap", "hole"),
    "hole": ("notch",),
    "missing": ("gap",),
}
_NEAR_DEGREE = 0.06
_DUAL_DEGREE = 0.7
"""Of the relation that the change would have if the other level were the part."""


class Appearance(NamedTuple):
    """The numbers that degrees are made of; see tools.attributes.RegionAttributes."""

    shape: Shape
    relation: Relation | None
    dual: Relation | None
    added: bool | None
    sure_of_foreground: bool
    contrast: float
    sharpness: float
    roughness: float
    extent: float
    colour_rgb: tuple[int, int, int] | None


def degrees_of(seen: Appearance) -> dict[str, dict[str, float]]:
    """Degrees in [0, 1] by facet and value."""
    degrees = {
        "polarity": _opposites("bright", "dark", _ramp(seen.contrast, -6, 6)),
        "form": _form(seen),
        "size": _opposites("large", "small", _ramp(seen.extent, *_LARGE)),
        "outline": _opposites("irregular", "regular", 1 - _ramp(seen.shape.solidity, 0.55, 0.9)),
        "edge": _opposites("sharp", "soft", _edge(seen)),
        "surface": _opposites("rough", "smooth", _ramp(seen.roughness, -0.4, 0.4)),
        "place": _opposites("border", "inside", 1.0 if seen.shape.touches_border else 0.0),
        "number": _opposites("several", "single", 1.0 if seen.shape.n_pieces > 2 else 0.0),
    }
    if seen.shape.touches_border:
        degrees["contact"] = _opposites("along", "end", _ramp(seen.shape.contact, 0.2, 0.7))
    if seen.relation is not None:
        dual = None if seen.sure_of_foreground else seen.dual
        degrees["relation"] = _relation(seen.relation, dual=dual)
    if seen.added is not None:
        trust = 0.9 if seen.sure_of_foreground else 0.7
        degrees["matter"] = _opposites("added", "removed", trust if seen.added else 1 - trust)
    if seen.colour_rgb is not None:
        degrees["colour"] = _colour(seen.colour_rgb)
    return degrees


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _opposites(high: str, low: str, degree: float) -> dict[str, float]:
    return {high: degree, low: 1 - degree}


def _edge(seen: Appearance) -> float:
    """Degree of a sharp outline; nearer to one half the fainter the region is."""
    sure = min(1.0, abs(seen.contrast) / _SURE_CONTRAST)
    return 0.5 + sure * (_ramp(seen.sharpness, 0.2, 0.6) - 0.5)


def _form(seen: Appearance) -> dict[str, float]:
    side_px = math.sqrt(seen.shape.area_px / seen.extent)
    thin = 1 - _ramp(seen.shape.width_px / side_px, *_THIN)
    line = thin * _ramp(seen.shape.elongation, *_LONG)
    patch = (1 - line) * _ramp(seen.extent, *_LARGE)
    return {"line": line, "spot": 1 - line - patch, "patch": patch}


def _relation(relation: Relation, *, dual: Relation | None) -> dict[str, float]:
    name, other = _named(relation), None if dual is None else _named(dual)
    degrees = dict.fromkeys(FACETS["relation"], _LEFT_OVER)
    for near in _NEAR[name]:
        degrees[near] = _NEAR_DEGREE
    if other is not None:
        degrees[other] = _DUAL_DEGREE
    degrees[name] = 1.0
    return degrees


def _named(relation: Relation) -> str:
    return "missing" if relation == "whole_part" else relation


def _colour(rgb: tuple[int, int, int]) -> dict[str, float]:
    """One name for the mean colour, with half a degree for its neighbours."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in rgb))
    degrees = dict.fromkeys(FACETS["colour"], 0.0)
    for name, degree in _colour_names(hue * 360, saturation, value).items():
        degrees[name] = degree
    return degrees


def _colour_names(hue: float, saturation: float, value: float) -> dict[str, float]:
    if value < 0.2:
        return {"black": 1.0, "grey": 0.3, "brown": 0.2}
    if saturation < 0.18:
        return {"white": 1.0, "grey": 0.5} if value > 0.8 else {"grey": 1.0, "white": 0.3}
    if hue < 15 or hue >= 340:
        return {"red": 1.0, "brown": 0.5, "copper": 0.5}
    if hue < 45:
        return {"copper": 1.0, "brown": 1.0 if value < 0.6 else 0.5, "yellow": 0.3}
    if hue < 70:
        return {"yellow": 1.0, "copper": 0.4, "brown": 0.5 if value < 0.6 else 0.2}
    return {"green": 1.0} if hue < 170 else {"blue": 1.0}
