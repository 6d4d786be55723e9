"""Clouds to inspect with their references: normal ones, and ones with a planted defect.

Every cloud is a drawing of its own, with noise, a pose and a missing side of its own.
Knows no expert.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from evals.clouds.defects import DEFECTS, protrusion
from evals.clouds.scanning import NOISE_SHARE, noisy, random_pose, seen_points
from evals.clouds.stock import Drawn, Stock
from tools.assets.clouds.extents import half_sphere
from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.shapes import spacing_of

SIZES = (0.10, 0.05, 0.02, 0.01)
"""Widths of defects, of the diagonal."""
CLEAR = 0.75
"""In units of the width: so far from the missing side a defect's middle lies at least."""
N_TRIES = 400
N_TIPS = 100
"""Of which the most protruding one breaks off."""


class Case(NamedTuple):
    """One cloud to inspect."""

    points_n3: Float64Array
    is_defect_n: NDArray[np.bool_]
    """All false for a normal cloud."""
    kind: str
    """`normal`, or a key of `DEFECTS`."""
    size: float
    """Width of the defect, of the diagonal; 0 for a normal cloud."""


def reference(stock: Stock, rng: np.random.Generator) -> Float64Array:
    """(N, 3) a whole scan of a normal part, in the stock's pose, with noise."""
    drawn = stock.draw(rng, inspected=False)
    return noisy(drawn.points_n3, NOISE_SHARE * stock.diagonal, rng)


def case(stock: Stock, kind: str, size: float, rng: np.random.Generator) -> Case:
    """Draw one cloud to inspect.

    Args:
        stock: of what.
        kind: `normal`, or a key of `DEFECTS`.
        size: of the defect, of the diagonal.
        rng: of every draw.
    """
    drawn = stock.draw(rng, inspected=True)
    side = _missing_side(stock, rng)
    seen = seen_points(drawn, side, one_sided=stock.one_sided)
    whole = Drawn(drawn.points_n3[seen], drawn.normals_n3[seen])
    if kind == "normal":
        points, label = whole.points_n3, np.zeros(len(whole.points_n3), dtype=np.bool_)
    else:
        width = size * stock.diagonal
        choose = _tip if kind == "missing part" else _centre
        centre = choose(whole, drawn.points_n3[~seen], width, rng)
        points, label = DEFECTS[kind](whole, centre, width, rng)
    points = noisy(points, NOISE_SHARE * stock.diagonal, rng)
    pose = random_pose(stock.diagonal, rng)
    order = rng.permutation(len(points))
    moved = points @ pose[:3, :3].T + pose[:3, 3]
    return Case(moved[order], label[order], kind, size if kind != "normal" else 0.0)


def cases_of(stock: Stock, *, n_normal: int, seed: int) -> tuple[Float64Array, list[Case]]:
    """A reference's points, and normal clouds with one of each kind and size of defect.

    Args:
        stock: of what.
        n_normal: clouds without a defect.
        seed: of every draw.
    """
    rng = np.random.default_rng(seed)
    points = reference(stock, rng)
    wanted = [("normal", 0.0)] * n_normal + [(kind, size) for size in SIZES for kind in DEFECTS]
    return points, [case(stock, kind, size, rng) for kind, size in wanted]


def _missing_side(stock: Stock, rng: np.random.Generator) -> Float64Array:
    direction = half_sphere(64)[rng.integers(64)] * rng.choice((-1.0, 1.0))
    if stock.away is not None:
        # A sensor's field of view ends sideways, not at a depth.
        direction = direction - (direction @ stock.away) * stock.away
    return np.asarray(direction / np.linalg.norm(direction))


def _centre(whole: Drawn, missing_m3: Float64Array, width: float, rng: np.random.Generator) -> int:
    """A point clear of the missing side whose surroundings are a surface, not strays."""
    points, tree = whole.points_n3, cKDTree(whole.points_n3)
    gaps = cKDTree(missing_m3) if len(missing_m3) else None
    wanted = 0.5 * np.pi * (width / 2 / spacing_of(points)) ** 2
    best, most = int(rng.integers(len(points))), -1.0
    for index in rng.integers(len(points), size=N_TRIES):
        if gaps is not None and gaps.query(points[index])[0] < CLEAR * width:
            continue
        near = tree.query_ball_point(points[index], width / 2)
        # The other face of a thin wall is as level as this one.
        level = float(np.mean(np.abs(whole.normals_n3[near] @ whole.normals_n3[index]) > 0.5))
        score = min(1.0, len(near) / max(wanted, 1.0)) + level
        if score > 1.8:
            return int(index)
        if score > most:
            best, most = int(index), score
    return best


def _tip(whole: Drawn, missing_m3: Float64Array, width: float, rng: np.random.Generator) -> int:
    """Of some points clear of the missing side, the one that protrudes most: pieces break there."""
    drawn = rng.permutation(len(whole.points_n3))
    if len(missing_m3):
        apart = cKDTree(missing_m3).query(whole.points_n3[drawn])[0]
        clear = drawn[apart >= CLEAR * width]
        drawn = clear if len(clear) else drawn
    tree = cKDTree(whole.points_n3)
    out = [protrusion(whole, tree, int(index), width) for index in drawn[:N_TIPS]]
    return int(drawn[int(np.argmax(out))])


def write_ply(path: Path, points_n3: Float64Array) -> Path:
    """Write points as a binary ply of double precision."""
    head = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(points_n3)}\n"
        "property double x\nproperty double y\nproperty double z\nend_header\n"
    )
    path.write_bytes(head.encode() + np.ascontiguousarray(points_n3, dtype="<f8").tobytes())
    return path
