"""What moves, and what there is, in the cells of a video's frames; streamed. Knows no score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.arrays import UInt8Image
from tools.assets.videos.video import Video
from tools.experts.backbones.contract import Backbone
from tools.experts.optical_flow import optical_flow

if TYPE_CHECKING:
    from torch import Tensor

LONGER_PX = 240
"""Of a frame as its motion is looked at."""
CELL_PX = 16
FRAMES_PER_S = 10.0
"""Looked at, at most; a video of fewer shows all of its frames."""
LOOKS_PER_S = 2.0
"""Of what there is, which changes more slowly than where it is."""
PAIRS_AT_ONCE = 16
FRAMES_AT_ONCE = 1024
"""Whose scores are copied."""
STILL_PAIRS = 8
STILL_PX = 0.5
"""What stands still is followed to less than this far away, a second later."""
STILL_SHARE = 0.25
TEXTURE = 0.02
"""Difference between neighbouring pixels, of grey levels from 0 to 1, that can be followed."""


class Plan(NamedTuple):
    """Which frames of a video are looked at, and how large."""

    step: int
    numbers: tuple[int, ...]
    width_px: int
    height_px: int
    look_every: int
    """Of those frames, one in so many is looked at for what there is."""

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.height_px // CELL_PX, self.width_px // CELL_PX


class Seen(NamedTuple):
    """Frames that follow each other."""

    begin: int
    """Place of the first one in the plan."""
    motion_khwd: Tensor
    """(K, rows, columns, 4) float32, in frame lengths a second: mean motion to the right and
    down, mean speed, and mean speed of the 3 x 3 cells around."""
    looks: dict[int, Tensor]
    """By place in the plan: (h, w, D) patch features of the backbone."""


def plan_for(video: Video) -> Plan:
    """At most `FRAMES_PER_S`, `LONGER_PX` on the longer side, whole cells."""
    index = video.index
    rate = index.n_frames / index.duration_s if index.duration_s > 0 else FRAMES_PER_S
    step = max(1, round(rate / FRAMES_PER_S))
    longer = max(video.frame_size)
    width_px, height_px = (
        max(2, round(side * LONGER_PX / longer / CELL_PX)) * CELL_PX for side in video.frame_size
    )
    look_every = max(1, round(rate / step / LOOKS_PER_S))
    return Plan(step, tuple(range(0, index.n_frames, step)), width_px, height_px, look_every)


def see(
    video: Video,
    plan: Plan,
    backbone: Backbone,
    *,
    still: bool,
    device: str,
    begin: int = 0,
    end: int | None = None,
) -> Iterator[Seen]:
    """Look at a video, a few frames at a time.

    Args:
        video: with at least two frames in the plan.
        plan: of it.
        backbone: what patches are seen through.
        still: whether the camera stands still; the motion most common in a frame is taken off
            where it does not.
        device: torch's name of the device that computes.
        begin: place in the plan of the first frame.
        end: behind the last one; all of them where None.
    """
    greys: list[Tensor] = []
    looks: dict[int, Tensor] = {}
    size = (plan.width_px, plan.height_px)
    last = None if end is None else plan.numbers[end - 1] + 1
    stream = video.stream(plan.numbers[begin], last, step=plan.step, size=size)
    for place, (_, frame_hwc) in enumerate(stream, start=begin):
        greys.append(_grey(frame_hwc, device))
        if place % plan.look_every == 0:
            looks[place] = backbone.features([frame_hwc], device=device)[0]
        if len(greys) == PAIRS_AT_ONCE + 1:
            yield Seen(begin, _motion(video, plan, begin, greys, still=still), looks)
            begin, greys, looks = begin + PAIRS_AT_ONCE, greys[-1:], {}
    if len(greys) > 1:
        yield Seen(begin, _motion(video, plan, begin, greys, still=still), looks)


def _grey(frame_hwc: UInt8Image, device: str) -> Tensor:
    import torch

    grey = frame_hwc.mean(axis=2, dtype=np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(grey)).to(device)


def _motion(video: Video, plan: Plan, begin: int, greys: list[Tensor], *, still: bool) -> Tensor:
    """(K, rows, columns, 4) of K + 1 frames, by the time that passes between them."""
    import torch
    from torch.nn import functional

    times = video.index.times_s[list(plan.numbers[begin : begin + len(greys)])]
    usual_s = video.index.duration_s / video.index.n_frames * plan.step
    passed = np.diff(times)
    passed_s = torch.tensor(np.where(passed > 0, passed, usual_s), dtype=torch.float32)
    stack = torch.stack(greys)
    with torch.inference_mode():
        flow = optical_flow(stack[:-1], stack[1:])
        if not still:
            flow = flow - flow.flatten(2).median(dim=2).values[:, :, None, None]
        flow = flow / (LONGER_PX * passed_s.to(flow.device).view(-1, 1, 1, 1))
        parts = torch.cat([flow, flow.norm(dim=1, keepdim=True)], dim=1)
        cells = functional.avg_pool2d(parts, CELL_PX)
        padded = functional.pad(cells[:, 2:], (1, 1, 1, 1), mode="replicate")
        around = functional.avg_pool2d(padded, 3, stride=1)
    return torch.cat([cells, around], dim=1).permute(0, 2, 3, 1).contiguous()


def camera_stands_still(video: Video) -> bool:
    """Whether a part of what can be followed is at the same place a second later.

    Where a camera moves, nothing that has texture stays. What moves before a still camera may be
    most of the picture (a belt), so that a quarter that stays is enough.
    """
    index = video.index
    shares = []
    for share in (np.arange(STILL_PAIRS) + 0.5) / STILL_PAIRS:
        first = index.frame_at(index.times_s[0] + share * max(index.duration_s - 1.0, 0.0))
        later = max(index.frame_at(index.times_s[first] + 1.0), min(first + 1, index.n_frames - 1))
        stays = _share_that_stays(*(_small_grey(video, frame) for frame in (first, later)))
        if stays is not None:
            shares.append(stays)
    return not shares or float(np.median(shares)) >= STILL_SHARE


def _share_that_stays(before: Tensor, after: Tensor) -> float | None:
    """Of the pixels with texture around them; None where there are none."""
    import torch

    rows, columns = torch.gradient(before)
    textured = (rows.abs() + columns.abs()) > TEXTURE
    if not bool(textured.any()):
        return None
    speed = optical_flow(before[None], after[None])[0].norm(dim=0)
    return float((speed[textured] < STILL_PX).float().mean())


def _small_grey(video: Video, number: int) -> Tensor:
    from PIL import Image

    plan = plan_for(video)
    picture = Image.fromarray(video.read_frame(number))
    small = picture.resize((plan.width_px, plan.height_px), Image.Resampling.BOX)
    return _grey(np.asarray(small), "cpu")


def worst_on_grid(distances: Tensor, grid: tuple[int, int]) -> NDArray[np.float32]:
    """The worst of the patches that fall into each cell."""
    from torch.nn import functional

    worst = functional.adaptive_max_pool2d(distances[None, None], grid)
    return np.asarray(worst[0, 0].cpu().numpy(), dtype=np.float32)


def worsened_by_looks(
    moving_krc: NDArray[np.float32], looked_lrc: NDArray[np.float32], places: Sequence[int]
) -> None:
    """Raise scores of motion, in place, to those of the look nearest in time, the earlier of two.

    Args:
        moving_krc: (K, rows, columns).
        looked_lrc: (L, rows, columns), at least one.
        places: L numbers of frames of K that were looked at, rising.
    """
    at = np.asarray(places)
    ends = (at[1:] + at[:-1]) / 2
    for begin in range(0, len(moving_krc), FRAMES_AT_ONCE):
        block = moving_krc[begin : begin + FRAMES_AT_ONCE]
        # Not a table of all frames by all looks, nor a copy for all frames: a video may be long.
        nearest_look = np.searchsorted(ends, np.arange(begin, begin + len(block)))
        np.maximum(block, looked_lrc[nearest_look], out=block)
