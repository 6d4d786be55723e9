"""The interactive page of a cloud: coloured points to turn, without anything outside the page.

A page of its own, as the inspection's page runs no script; its own script is the only one that its
content policy allows, by its digest. Reads and writes no file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.report.page import render
from agent.report.pictures import LARGE_PX, Shot, shot_of
from tools.arrays import Int64Array
from tools.asset_ports import ElementScores
from tools.assets.clouds.cloud import Cloud
from tools.assets.clouds.surface import Surface, surface_of
from tools.colour_map import colour_over
from tools.records import PointExtent, Region

MAX_POINTS = 60_000
"""About 800 kB of a page."""
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#0072b2")
"""Okabe and Ito's, told apart without colour vision; a region's number tells them all apart."""
STEPS = 32_767
"""Of a coordinate on the page, from the middle to the farthest point."""
UNTOLD = 0
"""Score byte of a point of which nothing is said."""


class PanelRegion(NamedTuple):
    """A region as the page lists it."""

    region: Region
    extent: PointExtent
    colour: str
    n_points: int


class _Shown(NamedTuple):
    """The points on the page."""

    surface: Surface
    elements_n: Int64Array
    """(N,) the file's point that each speaks for."""


def cloud_panel(
    cloud: Cloud,
    regions: Sequence[Region],
    *,
    name: str,
    heading: str = "",
    element_scores: ElementScores | None = None,
    level: float | None = None,
) -> str:
    """The whole page, as HTML without anything outside it.

    Without scripts and in print it shows one picture with the same colours.

    Args:
        cloud: the opened asset.
        regions: of the verdict; those of other modalities are left out.
        name: of the part, for the title.
        heading: the decision, in words.
        element_scores: (N,) of the file's points, higher is worse, NaN where nothing is said.
        level: what scores of normal parts do not exceed: the colours begin at half of it.
    """
    shown = _shown(cloud, regions)
    told = [_told(number, region) for number, region in enumerate(_of_points(regions))]
    script = render("cloud_script.js.jinja")
    return render(
        "cloud.html.jinja",
        name=name,
        heading=heading,
        regions=told,
        notes=list(cloud.notes),
        n_points=cloud.shape.n_elements,
        n_shown=len(shown.elements_n),
        has_scores=element_scores is not None,
        fallback=_fallback(cloud, told, element_scores, level),
        script=_trusted(script),
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=_trusted(json.dumps(_data(cloud, shown, told, element_scores, level))),
    )


def _trusted(text: str) -> str:
    """Text that is not escaped: the page's own script, and numbers."""
    from markupsafe import Markup

    return Markup(text)


def _of_points(regions: Sequence[Region]) -> list[Region]:
    return [one for one in regions if isinstance(one.source, PointExtent)]


def _told(number: int, region: Region) -> PanelRegion:
    extent = region.source
    assert isinstance(extent, PointExtent)
    return PanelRegion(region, extent, COLOURS[number % len(COLOURS)], len(extent.point_indices))


def _shown(cloud: Cloud, regions: Sequence[Region]) -> _Shown:
    """All points of regions as far as half the page holds them; of the rest an even choice."""
    shape = cloud.shape
    sources = [one.source for one in regions]
    wanted = [np.asarray(one.point_indices) for one in sources if isinstance(one, PointExtent)]
    chosen = np.isin(shape.kept_n, np.concatenate(wanted)) if wanted else None
    even = surface_of(shape, max_points=MAX_POINTS // 2 if wanted else MAX_POINTS)
    if chosen is not None and not shape.is_mesh:
        members = np.flatnonzero(chosen)
        members = members[:: max(1, -(-len(members) // (MAX_POINTS // 2)))]
        owners = np.union1d(even.owners_n, members)
        even = Surface(shape.points_n3[owners], shape.normals_n3[owners], owners, even.spacing)
    return _Shown(even, shape.kept_n[even.owners_n])


def _data(
    cloud: Cloud,
    shown: _Shown,
    told: Sequence[PanelRegion],
    scores: ElementScores | None,
    level: float | None,
) -> dict[str, object]:
    """What the script draws, as numbers and base64 of little-endian bytes."""
    frame, surface = cloud.frame, shown.surface
    middle = cloud.shape.points_n3.min(axis=0) / 2 + cloud.shape.points_n3.max(axis=0) / 2
    radius = float(np.linalg.norm(cloud.shape.points_n3 - middle, axis=1).max())
    steps = np.rint((surface.points_n3 - middle) / radius * STEPS).astype("<i2")
    colours = cloud.shape.colours_n3
    return {
        "n": len(surface.points_n3),
        "radius": radius,
        "spacing": surface.spacing / radius,
        "points": _base64(steps),
        "normals": _base64(np.rint(surface.normals_n3 * 127).astype(np.int8)),
        "scores": "" if scores is None else _base64(_score_bytes(scores, shown, level)),
        "regions": _base64(_region_bytes(cloud, shown, told)),
        "colours": "" if colours is None else _base64(colours[surface.owners_n]),
        "palette": [one.colour for one in told],
        "centres": [
            ((np.asarray(one.extent.centre_xyz) - middle) / radius).tolist() for one in told
        ],
        "front": frame.front_33.ravel().tolist() if frame.has_sensor else None,
    }


def _base64(array: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _score_bytes(scores: ElementScores, shown: _Shown, level: float | None) -> NDArray[np.uint8]:
    """(N,) 1 to 255 from the lowest to the highest colour; 0 where nothing is said."""
    low, high = _scale(scores, level)
    of_shown = scores[shown.elements_n]
    share = np.clip((np.nan_to_num(of_shown) - low) / (high - low), 0, 1)
    stepped = np.rint(1 + 254 * share).astype(np.uint8)
    return np.where(np.isnan(of_shown), UNTOLD, stepped).astype(np.uint8)


def _scale(scores: ElementScores, level: float | None) -> tuple[float, float]:
    """The scores of the darkest and the lightest colour."""
    told = scores[np.isfinite(scores)]
    if not len(told):
        return 0.0, 1.0
    low = level / 2 if level is not None else float(np.median(told))
    high = max(float(np.quantile(told, 0.9995)), 2 * level if level is not None else low)
    return low, high if high > low else low + 1.0


def _region_bytes(cloud: Cloud, shown: _Shown, told: Sequence[PanelRegion]) -> NDArray[np.uint8]:
    """(N,) the place in the list of the first region that holds a point, from 1 on; 0 for none."""
    of_element = np.zeros(cloud.shape.n_elements, dtype=np.uint8)
    for place in range(min(len(told), 255), 0, -1):
        of_element[told[place - 1].extent.point_indices] = place
    return of_element[shown.elements_n]


def _fallback(
    cloud: Cloud,
    told: Sequence[PanelRegion],
    scores: ElementScores | None,
    level: float | None,
) -> Shot:
    """The picture that shows most of the regions, with the scores or regions over it."""
    marked = np.zeros(cloud.shape.n_elements, dtype=np.float32)
    for one in told:
        marked[one.extent.point_indices] = 1.0
    pictures = [cloud.picture(name) for name in cloud.names]
    painted = [picture.paint(marked) for picture in pictures]
    best = int(np.argmax([int((one > 0).sum()) for one in painted]))
    image = pictures[best].read(pictures[best].window_xyxy)
    if scores is not None:
        low, high = _scale(scores, level)
        over = colour_over(image, pictures[best].paint(scores), low=low, high=high)
    else:
        over = colour_over(image, painted[best], low=0.0, high=1.0)
    background = (image == 0).all(axis=2)
    return shot_of(np.where(background[..., None], image, over), max_side_px=LARGE_PX)
