"""Turns of a nearly round part about its axis. Knows no candidate of a global search.

Nearly all points of a flange lie as well in one turn as in another, and ICP does not turn it: what
tells the turn are the few points whose normals have a moment about the axis (slippable motions,
Gelfand et al. 2003). They alone are laid in every turn; turns in which they lie best are kept, and
all points settle the likely ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tools.assets.clouds.geometry import Float64Array
from tools.assets.clouds.pairs import ON_SURFACE, Pair, cost_of, distances, icp, principal_axes

ROUND = 2.0
"""Ratio of costs, coarsely: a part that lies so much worse turned is not nearly round."""
MOSTLY = 0.5
"""Share of turns in which a nearly round part lies about as well."""
ROUGH_DEGREES, STEP_DEGREES = 30, 3
LAID_DEGREES, LAYING_REACHES = 0.1, (4.0, 3.0)
N_HOLDING = 1_000
"""Points that tell the turn."""
MAX_TURNS = 12
"""For each side up; a gear has more teeth, of which these fit best."""
UP = 0.9
"""Cosine between axes of poses with the same side up."""


class Turned(NamedTuple):
    """A pose in which a nearly round part may lie."""

    pose_44: Float64Array
    axis: Float64Array
    """That it is nearly round about."""
    cost: float
    """How far what tells the turn lies off, on average."""


class Axis(NamedTuple):
    """That a part is nearly round about."""

    along: Float64Array
    """(3,) unit vector."""
    middle: Float64Array
    """(3,) a point on it."""


def round_axes(coarse: Pair, best: Float64Array) -> list[Axis]:
    """The axes that a part is nearly round about; none of most parts.

    Args:
        coarse: the part and what it is laid on.
        best: the pose in which it lies best.
    """
    axes, middle = principal_axes(coarse.fixed)
    lowest = cost_of(coarse, best)
    found = []
    for axis in axes:
        rough = [turn_about(axis, at, middle) for at in range(ROUGH_DEGREES, 360, ROUGH_DEGREES)]
        as_well = [cost_of(coarse, one @ best) <= ROUND * lowest for one in rough]
        if np.mean(as_well) >= MOSTLY:
            found.append(Axis(axis, middle))
    return found


def turns_about(
    axes: Sequence[Axis],
    coarse: Pair,
    finest: Pair,
    poses: Sequence[Float64Array],
    best: Float64Array,
) -> list[Turned]:
    """Poses turned so that what tells the turn of a nearly round part lies best.

    Args:
        axes: of `round_axes`.
        coarse: tells in which of the poses with one side up the part lies best.
        finest: has the points that tell a turn.
        poses: in which the part lies about as well, sides up and down among them.
        best: of them.
    """
    found: list[Turned] = []
    for axis, middle in axes:
        sides = _sides(coarse, poses, best, axis)
        found += [turn for one in sides for turn in _turns(finest, one, axis, middle)]
    level = ROUND * min((one.cost for one in found), default=0.0)
    return [one for one in found if one.cost <= level]


def laid_in_turn(fine: Pair, quick: Pair, turned: Turned) -> Float64Array:
    """A pose with its shift and tilt laid by ICP, and its turn by all points.

    Args:
        fine: for ICP.
        quick: for the turn.
        turned: a pose of `turns_about`.
    """
    from scipy.optimize import minimize_scalar

    middle = np.asarray(fine.fixed.points).mean(axis=0)
    laid = icp(fine, turned.pose_44, LAYING_REACHES)
    found = minimize_scalar(
        lambda at: cost_of(quick, turn_about(turned.axis, at, middle) @ laid),
        bounds=(-STEP_DEGREES, STEP_DEGREES),
        method="bounded",
        options={"xatol": LAID_DEGREES},
    )
    return turn_about(turned.axis, float(found.x), middle) @ laid


def turn_about(axis: Float64Array, degrees: float, middle: Float64Array) -> Float64Array:
    """(4, 4) a turn about an axis through the middle."""
    from scipy.spatial.transform import Rotation

    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_rotvec(degrees * axis, degrees=True).as_matrix()
    turn[:3, 3] = middle - turn[:3, :3] @ middle
    return turn


def _sides(
    pair: Pair, poses: Sequence[Float64Array], best: Float64Array, axis: Float64Array
) -> list[Float64Array]:
    """Of poses with one side up, and of those with the other, that in which the part lies best."""
    up = best[:3, :3].T @ axis
    cosines = [float(axis @ one[:3, :3] @ up) for one in poses]
    over = [one for one, cosine in zip(poses, cosines, strict=True) if cosine < -UP]
    return [best, *sorted(over, key=lambda one: cost_of(pair, one))[:1]]


def _turns(
    pair: Pair, pose: Float64Array, axis: Float64Array, middle: Float64Array
) -> list[Turned]:
    """A pose in the turns in which what tells them lies best."""
    cost = _cost_of_turns(pair, pose, axis, middle)
    poses = [turn_about(axis, at, middle) @ pose for at in range(0, 360, STEP_DEGREES)]
    costs = np.array([cost(one) for one in poses])
    lowest = (costs <= np.roll(costs, 1)) & (costs < np.roll(costs, -1))
    kept = np.flatnonzero(lowest)[np.argsort(costs[lowest], kind="stable")[:MAX_TURNS]]
    return [Turned(poses[at], axis, float(costs[at])) for at in kept]


def _cost_of_turns(
    pair: Pair, pose: Float64Array, axis: Float64Array, middle: Float64Array
) -> Callable[[Float64Array], float]:
    """How far points lie off in a pose: those whose normals have the largest moments about an axis.

    Of a mean of squares, what lies far off everywhere (a defect) would have the most.
    """
    points = np.asarray(pair.moving.points) @ pose[:3, :3].T + pose[:3, 3] - middle
    normals = np.asarray(pair.moving.normals) @ pose[:3, :3].T
    moments = np.abs(np.cross(points, normals) @ axis)
    some = pair._replace(moving=pair.moving.select_by_index(np.argsort(-moments)[:N_HOLDING]))
    cut = ON_SURFACE * pair.spacing
    return lambda one: float(np.mean(np.minimum(distances(some, one), cut)))
