"""Motion and appearance of videos against reference videos, by place and time. Training-free.

Knows nothing of products, labels, thresholds or calibration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.asset_ports import AssetPort, AssetScore, NormalScore
from tools.assets.videos.video import Video
from tools.experts.backbones.contract import Backbone
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.video_motion_bank import Learned, Part, joined, rows_of
from tools.experts.video_motion_cells import (
    FRAMES_PER_S,
    LONGER_PX,
    Plan,
    camera_stands_still,
    plan_for,
    see,
    worsened_by_looks,
    worst_on_grid,
)
from tools.experts.video_motion_looks import cell_looks, cells_of
from tools.experts.video_motion_scores import (
    SMOOTH_S,
    every_frame,
    normal_score,
    raw_score,
    smoothed,
)
from tools.ports import NotApplicable
from tools.records import Extent, FrameExtent

if TYPE_CHECKING:
    pass

LEAST_FRAMES = 20
"""Looked at, of a part that is scored by the rest."""
MAX_PARTS = 8
PLACE_WEIGHT = 1.0
DESCRIBED = 32
"""Frames that are looked at again to describe a place, around the middle of its stretch."""
PROBES = 12
"""Looks of each part by which its distances to the other parts are known."""


class VideoMotion:
    """Nearest neighbours over optical flow and patch features of cells; an `AssetExpert`.

    Velocity against that of normal references finds most of what is unusual before a camera
    (Reiss and Hoshen 2022); a patch memory (Roth et al. 2022) adds what does not move oddly.
    """

    name = "motion"
    modality = "video"

    def __init__(
        self,
        backbone: Backbone | None = None,
        *,
        device: str = "cpu",
        max_motion_rows: int = 4_000,
        max_look_rows: int = 2_000,
    ) -> None:
        """Set up; computes nothing.

        Args:
            backbone: what patches are seen through; the embedded descriptor where None.
            device: torch's name of the device that computes.
            max_motion_rows: of all references together; each part is thinned alone, to its share.
            max_look_rows: as `max_motion_rows`, of patch features.

        Raises:
            ValueError: where a number of rows is below 1.
        """
        if min(max_motion_rows, max_look_rows) < 1:
            raise ValueError(f"rows must be at least 1, got {max_motion_rows} and {max_look_rows}")
        self._max_rows = (max_motion_rows, max_look_rows)
        self._backbone = backbone or EmbeddedPatches(side_px=128)
        self._device = device
        numbers = (LONGER_PX, FRAMES_PER_S, *self._max_rows, PLACE_WEIGHT, SMOOTH_S)
        parameters = f"{self.name}/1 {self._backbone.version} {numbers}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def learn_assets(self, references: Sequence[Any]) -> VideoMotionMemory:
        """Learn how references move and look.

        Raises:
            NotApplicable: one is no video, or is too short.
        """
        videos = [_video(one) for one in references]
        if not videos:
            raise NotApplicable("motion needs at least one reference video")
        still = all(camera_stands_still(video) for video in videos)
        bounds = [_parts_of(plan_for(video), alone=len(videos) == 1) for video in videos]
        n_parts = sum(len(one) for one in bounds)
        share = [max(1, rows // n_parts) for rows in self._max_rows]
        parts = [Part(*share) for _ in range(n_parts)]
        first = 0
        for video, cuts in zip(videos, bounds, strict=True):
            self._teach(video, parts[first : first + len(cuts)], cuts, still=still)
            first += len(cuts)
        learned = joined(parts, place_weight=PLACE_WEIGHT if still else 0.0)
        return VideoMotionMemory(self._backbone, learned, videos, bounds, device=self._device)

    def _teach(
        self, video: Video, parts: Sequence[Part], cuts: Sequence[int], *, still: bool
    ) -> None:
        plan = plan_for(video)
        every = max(1, len(plan.numbers) // (PROBES * len(parts)))
        for seen in see(video, plan, self._backbone, still=still, device=self._device):
            for offset, grid in enumerate(seen.motion_khwd):
                part = parts[_part_at(cuts, seen.begin + offset)]
                part.motion.add(rows_of(grid))
                if (seen.begin + offset) % every == 0:
                    part.motion_probes.append(grid)
            for place, grid in seen.looks.items():
                part = parts[_part_at(cuts, place)]
                part.looks.add(rows_of(grid))
                if len(part.look_probes) < PROBES:
                    part.look_probes.append(grid)


class VideoMotionMemory:
    """What the expert learnt of one product; an `AssetMemory`."""

    def __init__(
        self,
        backbone: Backbone,
        learned: Learned,
        references: Sequence[Video],
        bounds: Sequence[Sequence[int]],
        *,
        device: str,
    ) -> None:
        """Hold what `VideoMotion.learn_assets` made."""
        self._backbone = backbone
        self._learned = learned
        self._references = references
        self._bounds = bounds
        self._device = device

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Scores of cells of every frame, in units of what is usual of normal ones.

        Raises:
            NotApplicable: it is no video, or has one frame.
        """
        video = _video(asset)
        cells = self._cells(video, without=None)
        plan = plan_for(video)
        return AssetScore(raw_score(video, plan, cells), every_frame(plan, cells, video))

    def describe(self, asset: AssetPort, extent: Extent) -> list[str]:
        """How a place moves and whether it was ever seen, beside the references.

        Of a long stretch the `DESCRIBED` frames around its middle are looked at again.
        """
        if not isinstance(asset, Video) or not isinstance(extent, FrameExtent):
            return []
        plan = plan_for(asset)
        begin, end = _described(plan, extent)
        learned = self._learned
        seen = see(
            asset,
            plan,
            self._backbone,
            still=learned.still,
            device=self._device,
            begin=begin,
            end=end,
        )
        return cell_looks(seen, plan, learned, cells_of(extent.box_xyxy, asset.frame_size, plan))

    def normal_scores(self) -> list[list[NormalScore]]:
        """Each reference by the others; parts of a single one by the rest of it.

        Raises:
            NotApplicable: a single reference is too short to be divided.
        """
        if len(self._references) > 1:
            whole = [self._cells(one, without=k) for k, one in enumerate(self._references)]
            pairs = zip(self._references, whole, strict=True)
            return [[normal_score(video, plan_for(video), cells)] for video, cells in pairs]
        (video,), (cuts,) = self._references, self._bounds
        if len(cuts) < 2:
            raise NotApplicable(
                f"a single reference must have {2 * LEAST_FRAMES} frames that are looked at, "
                f"has {len(plan_for(video).numbers)}; give more references or a longer one"
            )
        plan = plan_for(video)
        ends = [*cuts[1:], len(plan.numbers)]
        scores = []
        for part, (begin, end) in enumerate(zip(cuts, ends, strict=True)):
            cells = self._cells(video, without=part, begin=begin, end=end)
            scores.append(normal_score(video, plan, cells))
        return [scores]

    def _cells(
        self, video: Video, *, without: int | None, begin: int = 0, end: int | None = None
    ) -> NDArray[np.float32]:
        """(K, rows, columns) smoothed scores of the frames of the plan in [begin, end)."""
        plan, learned = plan_for(video), self._learned
        stop = len(plan.numbers) if end is None else end
        motion_rows, look_rows = learned.motion.without(without), learned.looks.without(without)
        # Filled in place: many small arrays between large ones would keep memory from its owner.
        moving = np.zeros((stop - begin, *plan.grid), dtype=np.float32)
        looked = np.zeros(((stop - begin) // plan.look_every + 2, *plan.grid), dtype=np.float32)
        places: list[int] = []
        n_moved = 0
        for seen in see(
            video,
            plan,
            self._backbone,
            still=learned.still,
            device=self._device,
            begin=begin,
            end=min(stop + 1, len(plan.numbers)),
        ):
            for offset, grid in enumerate(seen.motion_khwd):
                if begin <= seen.begin + offset < stop:
                    far = motion_rows.distances(grid) / learned.motion_unit
                    moving[n_moved] = far.cpu().numpy()
                    n_moved += 1
            for place, grid in seen.looks.items():
                if begin <= place < stop:
                    far = look_rows.distances(grid) / learned.look_unit
                    looked[len(places)] = worst_on_grid(far, plan.grid)
                    places.append(place - begin)
        moving[n_moved:] = moving[n_moved - 1]  # the last frame has no next one
        if places:
            worsened_by_looks(moving, looked[: len(places)], places)
        return smoothed(video, plan, moving)


def _described(plan: Plan, extent: FrameExtent) -> tuple[int, int]:
    """Places [begin, end) of the plan around the middle of an extent, one look among them."""
    n = len(plan.numbers)
    first, last = extent.first_frame // plan.step, -(-extent.last_frame // plan.step)
    length = min(max(last - first, plan.look_every), DESCRIBED)
    begin = max(0, min((first + last - length) // 2, n - length - 1))
    return begin, min(begin + length + 1, n)


def _video(asset: Any) -> Video:
    if not isinstance(asset, Video):
        raise NotApplicable("motion scores videos only")
    if len(plan_for(asset).numbers) < 2:
        raise NotApplicable("a single frame has no motion")
    return asset


def _parts_of(plan: Plan, *, alone: bool) -> list[int]:
    """Where the parts of a reference begin, in places of the plan."""
    n = len(plan.numbers)
    n_parts = min(MAX_PARTS, n // LEAST_FRAMES) if alone else 1
    return [round(k * n / max(1, n_parts)) for k in range(max(1, n_parts))]


def _part_at(cuts: Sequence[int], place: int) -> int:
    return int(np.searchsorted(cuts, place, side="right")) - 1
