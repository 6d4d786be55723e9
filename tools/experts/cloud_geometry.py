"""Expert on the geometry of point clouds and meshes: how far a part departs from its references.

The part is registered on the first reference, as the other references were. Each point then is
compared with the references' surface: how far it lies off it, alone and with its neighbourhood.
How its normal turns, and how its FPFH features differ from those that the memory holds around the
same place (Horwitz and Hoshen 2023), can be asked for; on planted defects they found no more
(evals/LOG.md). Each sign is measured in units of what normal surface shows at that place. Surface
that is missing where the scan looked counts for the points that border it. Knows no product,
threshold or picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tools.asset_ports import AssetMemory
from tools.experts.cloud_geometry_learnt import Learnt, Look
from tools.experts.cloud_geometry_signs import SIGNS
from tools.experts.cloud_memory import MIN_POINTS, CloudMemory, laid_references

MAX_POINTS = 80_000
"""Of each surface: the finer, the smaller what is found; a mesh gives so many."""
DEFAULT_SIGNS = ("displacement", "wide displacement")


class CloudGeometry:
    """Distances, normals, FPFH features and gaps; see the module. An `AssetExpert`."""

    name = "geometry"
    modality = "point_cloud"

    def __init__(
        self,
        *,
        max_points: int = MAX_POINTS,
        signs: Sequence[str] = DEFAULT_SIGNS,
        gaps: bool = True,
    ) -> None:
        """Set up; computes nothing.

        Args:
            max_points: of each surface that is compared.
            signs: of `SIGNS`, at least one.
            gaps: whether missing surface counts.

        Raises:
            ValueError: where points are too few, or there is no such sign.
        """
        unknown = [name for name in signs if name not in SIGNS]
        if unknown or not signs:
            raise ValueError(f"signs must be some of {', '.join(SIGNS)}, got {', '.join(signs)!r}")
        if max_points < MIN_POINTS:
            raise ValueError(f"max_points must be at least {MIN_POINTS}, got {max_points}")
        self._max_points = max_points
        self._look = Look(tuple(signs), gaps)
        parameters = f"{self.name}/7 {max_points} {self._look}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> AssetMemory:
        """Take the references' surfaces into a memory; see `AssetExpert.learn_assets`."""
        laid = laid_references(references, max_points=self._max_points)
        return CloudMemory(
            laid, lambda surfaces: Learnt(surfaces, self._look), max_points=self._max_points
        )
