"""Where the field of view of a scan from one side may have ended. Knows no viewer and no hole.

A field of view is bounded by planes through the viewer, and so is the surface that it shows: what
lies outside of it is parted by such a plane from all that was seen. A bite out of an edge is not,
and of a hole in the middle no plane has all on its other side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Int64Array
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array

N_PLANES = 480
"""Directions that a plane may face, 9 degrees apart, of which those across the view count."""
ASLANT = 0.7
"""Cosine between the view and what a bounding plane faces (45 degrees): fields of view open up, and
the view is where the surface shows best, not where the viewer was."""
INSIDE = 0.2
"""Share of a piece that may lie inside the field that ends before it."""
MAX_SEEN = 0.15
"""Share that was seen of what lies outside a field of view: the ends of two scans are ragged."""


class Field(NamedTuple):
    """A reference's points along what the planes face."""

    along_ns: Float64Array

    def ends_before(self, members: Int64Array, missing_n: BoolMask) -> bool:
        """Whether the field of view of a scan may have ended before a piece of a reference.

        Args:
            members: of the piece.
            missing_n: all that the scan lacks.
        """
        ends_s = np.quantile(self.along_ns[members], INSIDE, axis=0)
        outside_ns = self.along_ns >= ends_s
        lacks_s = missing_n.astype(np.float32) @ outside_ns.astype(np.float32)
        seen_s = 1 - lacks_s / outside_ns.sum(axis=0)
        return bool(seen_s.min() <= MAX_SEEN)


def field_of(points_n3: Float64Array, view: Float64Array) -> Field:
    """Look at a reference across the direction that its scans look along.

    Args:
        points_n3: of the reference.
        view: (3,) unit vector of either sense.
    """
    upper = half_sphere(N_PLANES // 2)
    across = upper[np.abs(upper @ view) < ASLANT]
    return Field(points_n3 @ np.concatenate([across, -across]).T)
