"""The vocabulary of looks, and who tells them for each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.asset_ports import AssetMemory, AssetPort, DescribingMemory
from tools.assets.several import own_part
from tools.records import Extent, FrameExtent, IntervalExtent, PointExtent


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LOOKS: Mapping[str, frozenset[str]] = {
    "high": _words(
        "high higher above exceed over overheat overheating hot rise raised increase increased "
        "peak surge too"
    ),
    "low": _words("low lower below under drop fall fell decrease decreased loss sag dip cold"),
    "spike": _words("spike pulse short brief momentary transient glitch impulse jump"),
    "shift": _words("shift offset level step lasting permanent sustained long plateau stay"),
    "rising": _words("rising drift creep climbing slowly gradual"),
    "falling": _words("falling drift decay declining slowly gradual"),
    "noisy": _words(
        "noise noisy vibration vibrate oscillate oscillation fluctuate unsteady chatter erratic"
    ),
    "flat": _words("flat constant frozen stuck dead still silent"),
    "gap": _words("gap missing dropout lost interruption"),
    "bulge": _words("bulge bump raised protrusion protrude swollen excess burr outward added"),
    "dent": _words("dent dented recess pit inward pressed sunken sink depression flattened"),
    "hole": _words("hole missing gap void broken chipped absent incomplete lost breakout"),
    "unseen": _words("foreign unknown unseen object intruder intrusion vehicle unexpected strange"),
    "moving": _words("moving move motion movement loose wobble shaking swinging"),
    "fast": _words("fast faster quick quicker rapid rapidly overspeed racing runaway rush"),
    "slow": _words("slow slower sluggish crawl crawling lag lagging"),
    "stopped": _words("stopped stop standstill stall stalled jam jammed halt halted blocked stuck"),
    "backwards": _words("backward backwards reverse reversed reversing opposite direction"),
    "small": _words("small tiny little minor slight"),
    "large": _words("large big huge wide extensive major"),
    "brief": _words("brief short momentary transient moment flash"),
    "lasting": _words("lasting long permanent sustained persistent stay"),
    "left": _words("left"),
    "right": _words("right"),
    "top": _words("top upper"),
    "bottom": _words("bottom lower base foot"),
    "middle": _words("middle centre center central"),
}
"""By look: the words by which texts of people speak of it."""


DETAILS = _words("small large brief lasting left right top bottom middle")
"""Looks that tell how large, how long and where: they order causes and make none."""


def looks_of(
    extent: Extent,
    asset: AssetPort,
    memories: Mapping[str, AssetMemory],
    references: Sequence[AssetPort] = (),
) -> tuple[str, ...]:
    """Looks of a place, the plainest first; none where nobody can tell.

    Args:
        extent: of the asset.
        asset: opened.
        memories: of the experts; those that describe places are asked.
        references: opened; a cloud's place is told beside the first.
    """
    found: list[str] = []
    own = getattr(asset, "parts", {}).get(extent.part, asset)
    if isinstance(extent, IntervalExtent):
        from tools.place_looks.series import series_looks

        found += series_looks(own, extent)
    if isinstance(extent, PointExtent):
        from tools.place_looks.clouds import cloud_looks

        found += cloud_looks(own, extent, [_part_of(one, extent.part) for one in references])
    for name, memory in memories.items():
        part, part_asset = own_part(asset, name)
        if part == extent.part and isinstance(memory, DescribingMemory):
            found += memory.describe(part_asset, extent)
    if isinstance(extent, FrameExtent):
        from tools.place_looks.videos import video_looks

        found += video_looks(own, extent)
    return tuple(look for look in dict.fromkeys(found) if look in LOOKS)


def _part_of(reference: AssetPort, part: str) -> AssetPort:
    parts: Mapping[str, AssetPort] = getattr(reference, "parts", {})
    return parts.get(part, reference)
