"""Quantities of an asset that is no single image, of the whole or of a place in it.

Knows nothing of rules, verdicts or minds.
"""

from __future__ import annotations

from tools.asset_ports import AssetPort
from tools.errors import ToolError
from tools.extents import place_words
from tools.ports import Draft, ToolResult
from tools.records import Extent, Scalar
from tools.targets import Target

MAX_TOLD = 40
"""Quantities that one answer tells."""


def measure_asset(asset: AssetPort, target: Target | None) -> ToolResult:
    """Measure what can be measured of the whole asset, or within a target.

    Args:
        asset: opened; no single image.
        target: a region or box; None for the whole.

    Raises:
        ToolError: where nothing can be measured there.
    """
    extent = None if target is None else _extent(target)
    values: dict[str, Scalar] = {}
    for name in asset.quantities():
        try:
            found = asset.measure(name, extent)
        except ToolError:
            continue  # this quantity is of the whole only, or of another part
        values[name] = found.value
        if len(values) >= MAX_TOLD:
            break
    if not values:
        what = "this part" if target is None else target.words
        raise ToolError(f"nothing can be measured of {what}; zoom or compare instead")
    units = {name: quantity.unit for name, quantity in asset.quantities().items()}
    where = (
        "the whole"
        if extent is None or target is None
        else (f"{target.words} ({place_words(extent)})")
    )
    told = ", ".join(f"{name} {value:.6g} {units[name]}".rstrip() for name, value in values.items())
    draft = Draft(
        tool="measure",
        view=None if target is None else target.view,
        region=None if target is None else target.region,
        values=dict(values),
        text=f"{where}: {told}",
    )
    return ToolResult(text=draft.text, evidence=[draft])


def _extent(target: Target) -> Extent:
    if target.region is not None:
        return target.region.source
    if target.view is None:
        raise ToolError(f"{target.words} is in no view; give the view that shows it")
    try:
        return target.picture.extent(target.box_xyxy)
    except ValueError as error:
        raise ToolError(f"{target.words} shows nothing of the part ({error})") from error
