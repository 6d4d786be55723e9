"""What moves or looks wrong at a place of a video, in words. Knows no failure mode and no level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.experts.video_motion_bank import Channel, Learned
from tools.experts.video_motion_cells import Plan, Seen, worst_on_grid

if TYPE_CHECKING:
    from tools.records import Box

N_WORST = 5
"""Cells of the place, the worst, whose motion is told; the median of them counts."""
NOTABLE = 1.0
"""In units of what the worst cell of a normal frame usually is."""
ALSO = 0.5
"""Share of the larger of two distances from which on the smaller is told too."""
FASTER = 1.5
"""Times the fastest around that place among the references; slower by as much is slow."""
NEAR_CELLS = 2.0
"""Normal cells so near are those of the same place, where the camera stands still."""
MIN_NEAR = 20
"""Nearest ones that serve where there are fewer so near."""
MOVES = 0.02
"""Frame lengths a second from which on something moves."""
ALIKE = 0.25
"""Of its own speed: normal cells at least so fast have a direction to compare with."""


class _Worst(NamedTuple):
    """Cells of a place by how far their motion is from the references', and looks beside."""

    distances_n: NDArray[np.float32]
    motion_nd: NDArray[np.float32]
    places_n2: NDArray[np.float64]
    look: float


def cell_looks(
    seen: Iterable[Seen], plan: Plan, learned: Learned, box_cells: tuple[int, int, int, int]
) -> list[str]:
    """Looks of a stretch of frames within a box of cells, the plainest first.

    Args:
        seen: the frames of the stretch.
        plan: of their video.
        learned: what the references taught.
        box_cells: columns and rows x1, y1, x2, y2 of the plan's grid, far corner exclusive.

    Returns:
        Of `unseen`, `moving`, `fast`, `slow`, `stopped`, `backwards`.
    """
    worst = _worst(seen, plan, learned, box_cells)
    if not len(worst.distances_n):
        return []
    top = np.argsort(-worst.distances_n)[:N_WORST]
    motion = float(worst.distances_n[top[0]])
    told = [(worst.look, ["unseen"])]
    if motion > NOTABLE:
        own = np.median(worst.motion_nd[top], axis=0)
        place = np.median(worst.places_n2[top], axis=0)
        told.append((motion, motion_words(own, _near(learned.motion, place, plan))))
    least = max(NOTABLE, ALSO * max(far for far, _ in told))
    ordered = sorted(told, key=lambda one: -one[0])
    return [word for far, words in ordered if far > least for word in words]


def motion_words(own: NDArray[np.float32], near_nd: NDArray[np.float32]) -> list[str]:
    """How a cell moves beside normal cells.

    Args:
        own: (4,) motion to the right and down, speed, and speed around, in frame lengths a second.
        near_nd: (N, 4) of normal cells at this place, at least one.
    """
    speed, velocity = float(own[2]), own[:2]
    slowest, fastest = float(near_nd[:, 2].min()), float(near_nd[:, 2].max())
    if speed < slowest / FASTER and slowest > MOVES:
        return ["slow", *(["stopped"] if speed < MOVES else [])]
    if speed <= MOVES:
        return []
    directed = near_nd[np.linalg.norm(near_nd[:, :2], axis=1) >= ALIKE * np.linalg.norm(velocity)]
    if fastest < max(ALIKE * speed, MOVES) or not len(directed):
        return ["moving"]
    cosines = directed[:, :2] @ velocity / np.linalg.norm(directed[:, :2], axis=1)
    against = float(cosines.max()) < 0
    return [*(["backwards"] if against else []), *(["fast"] if speed > FASTER * fastest else [])]


def cells_of(box_xyxy: Box, frame_size: Sequence[int], plan: Plan) -> tuple[int, int, int, int]:
    """The cells of the plan's grid that a box in frame pixels touches; at least one."""
    rows, columns = plan.grid
    across, down = columns / frame_size[0], rows / frame_size[1]
    x1, y1, x2, y2 = box_xyxy
    left, top = min(int(x1 * across + 1e-6), columns - 1), min(int(y1 * down + 1e-6), rows - 1)
    right = min(max(int(np.ceil(x2 * across - 1e-6)), left + 1), columns)
    bottom = min(max(int(np.ceil(y2 * down - 1e-6)), top + 1), rows)
    return left, top, right, bottom


def _worst(
    seen: Iterable[Seen], plan: Plan, learned: Learned, box_cells: tuple[int, int, int, int]
) -> _Worst:
    x1, y1, x2, y2 = box_cells
    motion_rows, look_rows = learned.motion.without(), learned.looks.without()
    distances, motions, places, look = [], [], [], 0.0
    for one in seen:
        for grid in one.motion_khwd:
            far = (motion_rows.distances(grid) / learned.motion_unit).cpu().numpy()[y1:y2, x1:x2]
            row, column = np.unravel_index(int(far.argmax()), far.shape)
            distances.append(far[row, column])
            motions.append(grid[y1 + int(row), x1 + int(column)].cpu().numpy())
            places.append((y1 + row + 0.5, x1 + column + 0.5))
        for grid in one.looks.values():
            apart = worst_on_grid(look_rows.distances(grid) / learned.look_unit, plan.grid)
            look = max(look, float(apart[y1:y2, x1:x2].max()))
    return _Worst(
        np.array(distances, dtype=np.float32),
        np.array(motions, dtype=np.float32).reshape(len(distances), 4),
        np.array(places, dtype=np.float64).reshape(len(distances), 2),
        look,
    )


def _near(motion: Channel, place_yx: NDArray[np.float64], plan: Plan) -> NDArray[np.float32]:
    """(N, 4) motion of normal cells at a place; of all where the camera does not stand still."""
    rows = motion.rows_nd.cpu().numpy()
    if not motion.place_weight:
        return np.asarray(rows[:, :4])
    longer = max(plan.grid)
    apart = np.linalg.norm(rows[:, -2:] - place_yx / longer, axis=1)
    near = apart <= NEAR_CELLS / longer
    if near.sum() < MIN_NEAR:
        near = apart <= np.sort(apart)[min(MIN_NEAR, len(apart)) - 1]
    return np.asarray(rows[near, :4])
