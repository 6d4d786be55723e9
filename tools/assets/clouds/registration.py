"""Lays one cloud over another: candidates of a global search, refined by ICP. Knows no asset.

Candidates are: as it lies; fast global registration on FPFH features (Zhou, Park and Koltun 2016;
Rusu, Blodow and Beetz 2009) at two scales; the principal axes in their four senses; and the best
of these turned about the axes. Each is refined coarsely by point-to-plane ICP with a robust kernel;
of those that are about as good, a closer look leaves a few. Turns of a nearly symmetric part differ
in few points, and the finest look decides between them. What counts is how much of the moving cloud
comes to lie on the fixed one: the fixed one may show more (a side that the moving one lacks), not
less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tools.assets.clouds.extents import diameter_of
from tools.assets.clouds.geometry import Float64Array, Shape
from tools.assets.clouds.pairs import ON_SURFACE, Pair, cost_of, distances, icp, pair_of, sparser
from tools.assets.clouds.poses import first_poses, turned_poses
from tools.assets.clouds.turns import laid_in_turn, round_axes, turns_about
from tools.ports import NotApplicable

MIN_POINTS = 50
COARSE_POINTS, MEDIUM_POINTS, FINE_POINTS = 2_000, 5_000, 12_000
FINEST_POINTS = 80_000
"""That decide between turns which are about as good."""
QUICK_POINTS = 20_000
"""Of those, that tell which turns are."""
MAX_RATIO = 3.0
"""Of the two diameters; a part that lacks a side is not so much smaller."""
MIN_SHARE = 0.6
"""Of the moving cloud that must come to lie on the fixed one."""
REACHES = (8.0, 4.0, 2.0)
"""Of coarse ICP, in units of the coarse spacing."""
ALIKE = 2.0
"""Ratio of costs up to which a pose is looked at closer."""
NEARER_REACHES, NEARER_STEPS = (4.0,), 15
MAX_HOPEFUL = 3
"""Poses that are refined finely; each costs about a second."""
AS_GOOD = 1.05
"""A cost within this factor of the best keeps an earlier candidate."""
FINELY_AS_GOOD = 1.01
"""The same at the finest look: a symmetric part stays, and what has one corner unlike the others
does not. The mean of squares over so many points is known to 1 %; of few, chance
turns a symmetric part."""


class Registration(NamedTuple):
    """How one cloud lies over another."""

    pose_44: Float64Array
    """Moves the moving cloud."""
    share: float
    """Of the moving cloud that lies on the fixed one."""
    rms: float
    """Distance of those points from the fixed surface, root mean square."""


def register(moving: Shape, fixed: Shape) -> Registration:
    """Find the rigid motion that lays a cloud over another.

    Args:
        moving: may lack a side.
        fixed: shows the whole, or at least what `moving` shows.

    Raises:
        NotApplicable: where they cannot be laid over each other; says why.
    """
    _check_sizes(moving, fixed)
    middle = fixed.points_n3.mean(axis=0)
    coarse, medium, fine = (
        pair_of(moving, fixed, n, middle) for n in (COARSE_POINTS, MEDIUM_POINTS, FINE_POINTS)
    )
    near = _nearer(medium, _coarse_poses(coarse))
    steps = (2 * coarse.spacing / fine.spacing, 4.0, 3.0)
    found = _as_good(fine, [icp(fine, one, steps) for one in _hopeful(fine, near)])
    best = _best(fine, found)
    axes = round_axes(coarse, best)
    if axes or len(found) > 1:
        finest = pair_of(moving, fixed, FINEST_POINTS, middle)
        quick = sparser(finest, QUICK_POINTS)
        turns = turns_about(axes, coarse, finest, near, best)
        likely = sorted(turns, key=lambda one: cost_of(quick, one.pose_44))[:MAX_HOPEFUL]
        found += [laid_in_turn(fine, quick, one) for one in likely]
        best = _best(finest, found, as_good=FINELY_AS_GOOD)
    result = _evaluated(fine, best)
    _check_share(result.share)
    return result._replace(pose_44=_about(result.pose_44, middle))


def _check_share(share: float) -> None:
    if share < MIN_SHARE:
        raise NotApplicable(
            f"only {100 * share:.0f} % of it comes to lie on the reference "
            f"({100 * MIN_SHARE:.0f} % must): another part, or too little of it was scanned"
        )


def _coarse_poses(pair: Pair) -> list[Float64Array]:
    """Different poses that are about as good as the best of them."""
    poses = [icp(pair, one, REACHES) for one in first_poses(pair)]
    best = _best(pair, poses)
    _check_share(_evaluated(pair, best).share)
    level = ALIKE * cost_of(pair, best)
    turned = [one for one in turned_poses(pair, best) if cost_of(pair, one) <= level]
    poses += [icp(pair, one, REACHES) for one in turned]
    return _different(pair, [one for one in poses if cost_of(pair, one) <= level])


def _nearer(pair: Pair, poses: Sequence[Float64Array]) -> list[Float64Array]:
    """The poses that a closer look leaves.

    A nearly round part lies coarsely as well in wrong turns as in the right one.
    """
    if len(poses) == 1:
        return list(poses)
    return _as_good(pair, [icp(pair, one, NEARER_REACHES, n_steps=NEARER_STEPS) for one in poses])


def _as_good(pair: Pair, poses: Sequence[Float64Array]) -> list[Float64Array]:
    """Different poses, those that are about as good as the best of them."""
    costs = [cost_of(pair, one) for one in poses]
    level = ALIKE * min(costs)
    return _different(pair, [one for one, cost in zip(poses, costs, strict=True) if cost <= level])


def _hopeful(pair: Pair, poses: Sequence[Float64Array]) -> list[Float64Array]:
    """The few best poses, in their order."""
    order = np.argsort([cost_of(pair, one) for one in poses], kind="stable")[:MAX_HOPEFUL]
    return [poses[at] for at in np.sort(order)]


def _different(pair: Pair, poses: Sequence[Float64Array]) -> list[Float64Array]:
    """Poses without those that lie as an earlier one does."""
    points = np.asarray(pair.moving.points)
    kept: list[Float64Array] = []
    for pose in poses:
        moved = [points @ (pose - one)[:3, :3].T + (pose - one)[:3, 3] for one in kept]
        if all(np.linalg.norm(one, axis=1).max() > pair.spacing for one in moved):
            kept.append(pose)
    return kept


def _best(pair: Pair, poses: Sequence[Float64Array], *, as_good: float = AS_GOOD) -> Float64Array:
    best, lowest = poses[0], np.inf
    for pose in poses:
        cost = cost_of(pair, pose)
        if cost * as_good < lowest:
            best, lowest = pose, cost
    return best


def _check_sizes(moving: Shape, fixed: Shape) -> None:
    for shape, which in ((moving, "it"), (fixed, "the reference")):
        if not shape.is_mesh and len(shape.points_n3) < MIN_POINTS:
            raise NotApplicable(
                f"{which} has {len(shape.points_n3)} points, {MIN_POINTS} are needed to register"
            )
    ours, theirs = diameter_of(moving.points_n3), diameter_of(fixed.points_n3)
    if not 1 / MAX_RATIO <= ours / theirs <= MAX_RATIO:
        raise NotApplicable(
            f"its diameter is {ours:.4g}, the reference's {theirs:.4g}: are both in one unit?"
        )


def _about(pose_44: Float64Array, middle: Float64Array) -> Float64Array:
    """A pose that was found with the middle as origin."""
    there, back = np.eye(4), np.eye(4)
    there[:3, 3], back[:3, 3] = -middle, middle
    return np.asarray(back @ pose_44 @ there)


def _evaluated(pair: Pair, pose_44: Float64Array) -> Registration:
    apart = distances(pair, pose_44)
    on = apart <= ON_SURFACE * pair.spacing
    rms = float(np.sqrt(np.mean(apart[on] ** 2))) if on.any() else float("inf")
    return Registration(pose_44, float(on.mean()), rms)
