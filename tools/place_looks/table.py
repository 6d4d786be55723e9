"""The vocabulary of looks, and who tells them for each modality."""

from __future__ import annotations

from collections.abc import Mapping

from tools.asset_ports import AssetMemory, AssetPort, DescribingMemory
from tools.assets.several import own_part
from tools.records import Extent, IntervalExtent


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
}
"""By look: the words by which texts of people speak of it."""


def looks_of(
    extent: Extent, asset: AssetPort, memories: Mapping[str, AssetMemory]
) -> tuple[str, ...]:
    """Looks of a place, the plainest first; none where nobody can tell.

    Args:
        extent: of the asset.
        asset: opened.
        memories: of the experts; those that describe places are asked.
    """
    found: list[str] = []
    own = getattr(asset, "parts", {}).get(extent.part, asset)
    if isinstance(extent, IntervalExtent):
        from tools.place_looks.series import series_looks

        found += series_looks(own, extent)
    for name, memory in memories.items():
        part, part_asset = own_part(asset, name)
        if part == extent.part and isinstance(memory, DescribingMemory):
            found += memory.describe(part_asset, extent)
    return tuple(look for look in dict.fromkeys(found) if look in LOOKS)
