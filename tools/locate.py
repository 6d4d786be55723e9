"""Regions of pictures told in their asset's own coordinates. Knows no state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.asset_ports import AssetPort
from tools.records import Region, View


def located(
    regions: Iterable[Region], *, views: Mapping[str, View], asset: AssetPort
) -> list[Region]:
    """The regions with their source in the asset's own coordinates.

    A region of background, which shows nothing of the asset, keeps the box of its picture.

    Args:
        regions: with boxes and masks in pixels of their view's picture.
        views: by id; all that the regions name.
        asset: what the views show.
    """
    if asset.asset.modality == "image":
        return list(regions)
    return [_located(region, views[region.view], asset) for region in regions]


def _located(region: Region, view: View, asset: AssetPort) -> Region:
    mask = None if region.mask is None else region.mask.array()
    try:
        source = asset.picture(view.picture).extent(region.box_xyxy, mask)
    except ValueError:
        return region
    return region.model_copy(update={"source": source})
