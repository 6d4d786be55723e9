"""What a segmenter answers and how it is asked. Knows no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tools.arrays import BoolMask, UInt8Image


class Prompt(NamedTuple):
    """What a mask is asked for by; points, a box, or both."""

    points_xy: tuple[tuple[float, float], ...] = ()
    """Pixels of the picture."""
    labels: tuple[int, ...] = ()
    """For each point: 1 inside what is meant, 0 outside of it."""
    box_xyxy: tuple[float, float, float, float] | None = None
    """Pixels of the picture, around what is meant."""

    @property
    def ambiguous(self) -> bool:
        """Whether one point is all there is: part, object or whole may be meant."""
        return len(self.points_xy) == 1 and self.box_xyxy is None


class SegmentedMask(NamedTuple):
    """A mask and what the model makes of it."""

    mask: BoolMask
    """(H, W) of the picture."""
    predicted_iou: float
    """The model's own estimate of the overlap with what was meant; about [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class EverythingSettings:
    """How everything is segmented; the defaults are GPT-4V-AD's, which are SAM's."""

    points_per_side: int = 32
    points_per_batch: int = 64
    pred_iou_thresh: float = 0.88
    """Masks must be above it. 0 means that all are."""
    stability_score_thresh: float = 0.95
    """Masks must reach it. 0 means that all do."""
    stability_score_offset: float = 1.0
    """Logits by which the cut is shifted to see how stable a mask is."""
    box_nms_thresh: float = 0.7
    crop_n_layers: int = 0
    """Layer n looks again at (2 ** n) ** 2 crops. 0 means that only the picture is seen."""
    crop_nms_thresh: float = 0.7
    crop_overlap_ratio: float = 512 / 1500
    crop_n_points_downscale_factor: int = 1
    min_mask_region_area_px: int = 0
    """Smaller islands and holes are removed. 0 means that none is."""


class Segmenter(Protocol):
    """SAM by one of two routes. May be called by several threads."""

    @property
    def route(self) -> str:
        """segment-anything or transformers."""
        ...

    @property
    def note(self) -> str:
        """One line that says why it is not segment-anything; empty where it is."""
        ...

    @property
    def version(self) -> str:
        """Digest of the weights, shortened."""
        ...

    def everything(self, image_hwc: UInt8Image) -> list[SegmentedMask]:
        """Masks of all that is seen, which may overlap, the surest first.

        Args:
            image_hwc: (H, W, 3) RGB.
        """
        ...

    def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
        """The surest mask of what points or a box ask for.

        Args:
            image_hwc: (H, W, 3) RGB.
            prompt: at least a point or a box.
        """
        ...
