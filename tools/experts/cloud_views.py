"""Expert on the views of point clouds and meshes: what looks unlike the references' same views.

The part is registered on the first reference and drawn by its cameras, or by those that are given,
lit and as distances. Patch memories of the references' drawings score each drawing, and what they
say goes back through the pixels to the points, as the mean of the views that see a point (the way
back of CPMF, Cao, Xu and Shen 2023, for distances rather than features). Colours of the surface are
looked at where all clouds have them: a stain is no matter of geometry. Of planted defects of shape
it finds few, and beside `geometry` it costs more than it gains (evals/LOG.md): a patch of the
embedded backbone is a thirtieth of the part wide. Knows no product, threshold or file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tools.asset_ports import AssetMemory
from tools.assets.clouds.cameras import parse_name
from tools.experts.cloud_memory import MIN_POINTS, CloudMemory, laid_references
from tools.experts.cloud_views_learnt import LOOKS, Eyes, ViewsLearnt
from tools.ports import Expert

MAX_POINTS = 20_000
"""Of each surface that is drawn: more than a drawing has patches for."""
DEFAULT_LOOKS = ("lit", "distances")


class CloudViews:
    """Patch memories over drawings of clouds; see the module. An `AssetExpert`."""

    name = "views"
    modality = "point_cloud"

    def __init__(
        self,
        patches: Expert,
        *,
        max_points: int = MAX_POINTS,
        looks: Sequence[str] = DEFAULT_LOOKS,
        cameras: Sequence[str] = (),
    ) -> None:
        """Set up; computes nothing.

        Args:
            patches: scores drawings.
            max_points: of each surface that is drawn.
            looks: of `LOOKS`, at least one.
            cameras: by name; those of the first reference where empty.

        Raises:
            ValueError: where points are too few, or there is no such look.
        """
        unknown = [name for name in looks if name not in LOOKS]
        if unknown or not looks:
            raise ValueError(f"looks must be some of {', '.join(LOOKS)}, got {', '.join(looks)!r}")
        if max_points < MIN_POINTS:
            raise ValueError(f"max_points must be at least {MIN_POINTS}, got {max_points}")
        self._patches = patches
        self._max_points = max_points
        self._looks = tuple(looks)
        self._cameras = tuple(cameras)
        parameters = f"{self.name}/2 {patches.version} {max_points} {self._looks} {self._cameras}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> AssetMemory:
        """Take the references' surfaces into a memory; see `AssetExpert.learn_assets`."""
        laid = laid_references(references, max_points=self._max_points)
        frame = laid.base.frame
        lenses = [frame.lens(parse_name(name)) for name in self._cameras or laid.base.names]
        eyes = Eyes(self._patches, tuple(lenses), self._looks, frame.radius)
        return CloudMemory(
            laid, lambda surfaces: ViewsLearnt(surfaces, eyes), max_points=self._max_points
        )
