"""How the page shows an asset that is no single image: a panel for each part, by its modality.

Each modality's panel is imported when its first page is made. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from tools.errors import AssetError
from tools.kept_scores import kept_scores
from tools.records import Modality, Region

if TYPE_CHECKING:
    from graphs.records import Inspection
    from tools.asset_ports import AssetPort, ElementScores
    from tools.ports import ArtifactPort


class Shown(NamedTuple):
    """What the page shows of one part of an asset, and a page of its own where it has one."""

    html: str
    """Stands alone, and every text in it is escaped."""
    pages: Mapping[str, str] = MappingProxyType({})
    """By file name, to be written beside the inspection's page, which links them."""


class Panel(Protocol):
    """Draws an opened asset with the regions of a verdict."""

    def __call__(
        self,
        asset: AssetPort,
        regions: Sequence[Region],
        part: str,
        folder: Path | None = None,
        scores: ElementScores | None = None,
    ) -> Shown:
        """Told the part's name, the page's folder, from which files are linked, and scores.

        The scores of its elements are in units of what normal assets do not exceed.
        """
        ...


def _series(
    asset: AssetPort,
    regions: Sequence[Region],
    part: str,
    folder: Path | None = None,
    scores: ElementScores | None = None,
) -> Shown:
    """The strip of scores begins at half of the level, as a cloud's colours do."""
    from agent.report.series_panel import series_panel

    strip = None if scores is None else np.fmax(scores - np.float32(0.5), np.float32(0.0))
    return Shown(series_panel(asset, regions, strip))


def _video(
    asset: AssetPort,
    regions: Sequence[Region],
    part: str,
    folder: Path | None = None,
    scores: ElementScores | None = None,
) -> Shown:
    from agent.report.video_panel import video_panel

    return Shown(video_panel(asset, regions, scores, folder=folder))


def _cloud(
    asset: AssetPort,
    regions: Sequence[Region],
    part: str,
    folder: Path | None = None,
    scores: ElementScores | None = None,
) -> Shown:
    """A link to a page of its own: the inspection's page runs no script."""
    from markupsafe import escape

    from agent.report.cloud_panel import cloud_panel
    from tools.assets.clouds.cloud import Cloud

    if not isinstance(asset, Cloud):
        raise ValueError(f"{asset.asset.path} is {asset.asset.modality}, no point cloud")
    name = Path(asset.asset.path).name
    file = f"cloud-{part}.html" if part else "cloud.html"
    told = f"Turn {name} and switch its regions, in a page of its own"
    link = f'<p><a href="{escape(file)}">{escape(told)}</a></p>'
    level = None if scores is None else 1.0
    page = cloud_panel(asset, regions, name=name, element_scores=scores, level=level)
    return Shown(link, {file: page})


PANELS: Mapping[Modality, Panel] = {
    "point_cloud": _cloud,
    "time_series": _series,
    "video": _video,
}
"""By modality; an image part is shown by its views."""


def asset_panels(
    inspection: Inspection,
    asset: AssetPort | None = None,
    *,
    folder: Path | None = None,
    artifacts: ArtifactPort | None = None,
) -> list[Shown]:
    """The panels of an inspection; none for an image, or where the file is no longer there.

    Args:
        inspection: what was decided.
        asset: opened; opened from the record's path where None.
        folder: of the page, from which files are linked.
        artifacts: of the run, where the experts' scores of the asset's elements are kept.
    """
    if inspection.asset.modality == "image":
        return []
    opened = asset or _opened(inspection)
    if opened is None:
        return []
    parts: Mapping[str, AssetPort] = getattr(opened, "parts", {"": opened})
    regions = inspection.verdict.regions
    return [
        PANELS[own.asset.modality](
            own,
            [one for one in regions if one.source.part == part],
            part,
            folder,
            _scores(inspection, part, own, artifacts),
        )
        for part, own in parts.items()
        if own.asset.modality in PANELS
    ]


def _scores(
    inspection: Inspection, part: str, own: AssetPort, artifacts: ArtifactPort | None
) -> ElementScores | None:
    """The worst that any expert says of each element; None where no scores are kept."""
    if artifacts is None:
        return None
    worst: ElementScores | None = None
    for one in inspection.evidence:
        expert, _, of_part = str(one.values.get("expert", "")).partition("@")
        if one.element_scores is None or not expert or of_part != part:
            continue
        try:
            scores = kept_scores(one.element_scores, artifacts)
        except KeyError:  # a page is made again without what was cleared away
            continue
        worst = scores if worst is None else np.fmax(worst, scores)
    return worst


def _opened(inspection: Inspection) -> AssetPort | None:
    """The asset of a record, where the same file is still there."""
    from tools.assets.opening import open_asset

    try:
        asset = open_asset(Path(inspection.asset.path))
    except AssetError:
        return None
    return asset if asset.asset.sha256 == inspection.asset.sha256 else None
