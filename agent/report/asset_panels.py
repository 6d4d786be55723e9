"""How the page shows an asset that is no single image: a panel for each part, by its modality.

Each modality's panel is imported when its first page is made. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import AssetError
from tools.records import Modality, Region

if TYPE_CHECKING:
    from graphs.records import Inspection
    from tools.asset_ports import AssetPort

Panel = Callable[["AssetPort", Sequence[Region]], str]
"""Draws an opened asset with the regions of a verdict, as HTML that stands alone and is escaped."""


def _series(asset: AssetPort, regions: Sequence[Region]) -> str:
    from agent.report.series_panel import series_panel

    return series_panel(asset, regions)


def _cloud(asset: AssetPort, regions: Sequence[Region]) -> str:
    from markupsafe import escape

    from agent.report.cloud_panel import cloud_panel
    from tools.assets.clouds.cloud import Cloud

    if not isinstance(asset, Cloud):
        raise ValueError(f"{asset.asset.path} is {asset.asset.modality}, no point cloud")
    page = cloud_panel(asset, regions, name=Path(asset.asset.path).name)
    # A page of its own, with a script of its own, so that neither can disturb the other.
    return (
        f'<iframe class="cloud" title="The cloud, to be turned" srcdoc="{escape(page)}"></iframe>'
    )


PANELS: Mapping[Modality, Panel] = {"point_cloud": _cloud, "time_series": _series}
"""By modality; an image part is shown by its views."""


def asset_panels(inspection: Inspection, asset: AssetPort | None = None) -> list[str]:
    """The panels of an inspection; none for an image, or where the file is no longer there.

    Args:
        inspection: what was decided.
        asset: opened; opened from the record's path where None.
    """
    if inspection.asset.modality == "image":
        return []
    opened = asset or _opened(inspection)
    if opened is None:
        return []
    parts: Mapping[str, AssetPort] = getattr(opened, "parts", {"": opened})
    regions = inspection.verdict.regions
    return [
        PANELS[own.asset.modality](own, [one for one in regions if one.source.part == name])
        for name, own in parts.items()
        if own.asset.modality in PANELS
    ]


def _opened(inspection: Inspection) -> AssetPort | None:
    """The asset of a record, where the same file is still there."""
    from tools.assets.opening import open_asset

    try:
        asset = open_asset(Path(inspection.asset.path))
    except AssetError:
        return None
    return asset if asset.asset.sha256 == inspection.asset.sha256 else None
