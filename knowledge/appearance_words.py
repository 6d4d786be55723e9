"""The controlled vocabulary: which words of an FMEA speak of which visible property. Only a table.

Facets and values are those of `tools.attributes_degrees.FACETS`. Each entry is the beginning of a
word, or of several in a row; `$` ends it. A word that engineers use and that is not understood
belongs here.
"""

from __future__ import annotations

import re
from functools import lru_cache

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "polarity": {
        "dark": ("dark", "black", "shadow", "deep", "burnt", "unlit"),
        "bright": ("bright", "white", "light$", "lighter", "pale", "shiny", "glint"),
    },
    "form": {
        "line": (
            "line$", "lines", "linear", "hairline", "thin", "streak", "stripe", "groove",
            "elongated", "scratch", "crack", "thread", "fibre", "narrow band", "wire",
        ),
        "spot": (
            "spot", "dot", "round", "circular", "blob", "point$", "points$", "pit$", "pits",
            "pitted", "speck", "ball", "pinhole", "pin-hole", "pin hole", "pore", "compact",
            "blister", "bubble", "drop$", "drops", "crater", "blowhole",
        ),
        "patch": (
            "patch", "area", "stain", "zone", "region", "cloud", "smear", "band", "expanse",
            "whole face", "surface region", "sheet", "film",
        ),
    },
    "size": {
        "small": ("small", "tiny", "fine", "little", "pinhole", "pin-hole", "minute", "short stub"),
        "large": ("large", "big", "broad", "wide", "extended", "extensive", "much of"),
    },
    "outline": {
        "irregular": ("irregular", "jagged", "ragged", "fray", "torn", "uneven outline", "rugged"),
        "regular": ("round", "circular", "straight", "smooth outline", "even outline", "compact"),
    },
    "edge": {
        "sharp": ("sharp", "crisp", "clear-cut", "well defined", "well-defined", "distinct"),
        "soft": (
            "soft", "diffuse", "gradual", "blurred", "cloudy", "hazy", "shading", "fading",
            "uneven brightness", "uneven shade", "mottled", "no clear outline",
        ),
    },
    "relation": {
        "bridge": (
            "bridge", "bridging", "joins", "joining", "connects", "connecting", "links", "linking",
            "short$", "shorts$", "short circuit", "shorted", "between two", "between neighbouring",
        ),
        "gap": (
            "gap$", "gaps", "open$", "opens", "open circuit", "break$", "broken track", "interrupt",
            "severed", "cut through", "parted", "discontinu", "splits", "divided in",
        ),
        "notch": (
            "notch", "bite", "mousebite", "mouse bite", "nick$", "nicks", "indent", "bay", "eaten",
            "bitten", "recess in the edge", "narrowed", "narrowing",
        ),
        "protrusion": (
            "protru", "spur", "spike", "burr", "whisker", "sticks out", "sticking out", "juts",
            "bulge", "thorn", "tooth", "grows out", "tongue", "extends from", "out of the edge",
        ),
        "island": (
            "island", "isolated", "free-standing", "freestanding", "detached", "stands alone",
            "standing alone", "on its own", "unconnected", "not connected", "surplus copper",
        ),
        "hole": (
            "hole", "pinhole", "pin-hole", "void", "enclosed", "surrounded", "pore", "cavity",
        ),
        "missing": (
            "missing", "absent", "is lost", "lacking", "no longer there", "bare", "should be",
        ),
    },
    "matter": {
        "added": (
            "additional", "extra", "excess", "surplus", "residue", "remain", "unwanted", "foreign",
            "splash", "spurious", "deposit", "left over", "on top",
        ),
        "removed": (
            "missing", "absent", "lost", "lacking", "removed", "empty", "bare", "broken off",
            "chipped", "worn", "eaten",
        ),
    },
    "surface": {
        "smooth": ("smooth", "dull", "glazed", "unground", "not ground", "matt"),
        "rough": ("rough", "streak", "grainy", "coarse", "scored", "textured", "torn"),
    },
    "place": {
        "border": (
            "corner", "outer edge", "border", "rim of the", "edge of the board", "edge of the part",
            "edge of the tile", "edge of the sheet", "edge of the picture", "along the edge$",
        ),
        "inside": ("in the middle", "in the centre", "in the face", "inside the face"),
    },
    "contact": {
        "along": (
            "at a corner", "corner or", "at the edge", "at the outer edge", "at an edge",
            "along the edge of the", "along the outer edge", "along the rim", "chip at", "chip on",
        ),
        "end": (
            "from the outer edge", "from an outer edge", "from the edge of the part",
            "from the edge of the tile", "from the edge of the board", "from the edge of the sheet",
            "from the rim", "runs in from", "into the face from",
        ),
    },
    "number": {
        "single": (),
        "several": ("several", "many", "cluster", "scattered", "group of", "swarm", "multiple"),
    },
    "colour": {
        "black": ("black",),
        "grey": ("grey", "gray", "silver", "steel", "metallic", "aluminium", "tinned"),
        "white": ("white",),
        "brown": ("brown", "burnt", "rust"),
        "red": ("red$", "reddish"),
        "copper": ("copper-coloured", "copper-colored", "coppery", "orange", "gold"),
        "yellow": ("yellow", "gold", "amber"),
        "green": ("green",),
        "blue": ("blue",),
    },
}  # fmt: skip

_NEGATION = r"(?<!\bno )(?<!\bnot )(?<!\bnor )(?<!\bwithout )(?<!\bnever )"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        facet: {
            value: re.compile("|".join(_pattern(word) for word in words))
            for value, words in values.items()
            if words
        }
        for facet, values in WORDS.items()
    }


def _pattern(word: str) -> str:
    end = r"\b" if word.endswith("$") else ""
    return _NEGATION + r"\b" + re.escape(word.removesuffix("$")) + end


@lru_cache(maxsize=4096)
def spoken_values(text: str) -> dict[str, dict[str, str]]:
    """Which values a text speaks of, by facet, each with the words that say so.

    Of each facet only what is named first counts, as in "bright notch in the edge of a dark track":
    texts begin with the defect and go on to where it lies. A word right behind "no", "not", "nor",
    "without" or "never" does not count.
    """
    lowered = " ".join(text.casefold().split())
    spoken: dict[str, dict[str, str]] = {}
    for facet, values in _patterns().items():
        found = {value: pattern.search(lowered) for value, pattern in values.items()}
        places = {value: match.start() for value, match in found.items() if match}
        if places:
            first = min(places.values())
            spoken[facet] = {v: str(found[v][0]) for v in places if places[v] == first}  # type: ignore[index]
    return spoken
