"""The records of what was seen: assets, views, regions, evidence. Persisted, so this module stays.

Every box is `xyxy`, far corner exclusive. Knows nothing of products, rules, verdicts or minds.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.arrays import BoolMask
from tools.masks import check_size, decode_rle, encode_rle

Modality = Literal["image", "point_cloud", "time_series", "video", "several"]
Scalar: TypeAlias = bool | int | float | str
Box: TypeAlias = Annotated[list[float], Field(min_length=4, max_length=4)]
"""[x1, y1, x2, y2], far corner exclusive, x to the right, y down."""


class Record(BaseModel):
    """A persisted value: immutable, strict about names, scalars and lists only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AssetPart(Record):
    """One file of an asset that has several."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    modality: Modality
    size: list[int]


class Asset(Record):
    """What is inspected, as the file has it."""

    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Digest of the file's bytes; of the parts' digests where there are several."""
    modality: Modality
    size: list[int]
    """Image: [width_px, height_px] after the EXIF orientation. Point cloud: [n_points, n_faces].
    Time series: [n_samples, n_channels]. Video: [width_px, height_px, n_frames] as it is shown.
    Several: [n_parts]."""
    parts: list[AssetPart] = Field(default_factory=list)
    """Of an asset of several files, in their order; empty otherwise."""


class MaskRecord(Record):
    """A mask in COCO's run lengths."""

    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    """[height_px, width_px], as COCO orders them."""
    counts: str

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        check_size(*self.size)
        return self

    @classmethod
    def of(cls, mask: BoolMask) -> MaskRecord:
        """Encode an (H, W) mask."""
        return cls(size=[int(mask.shape[0]), int(mask.shape[1])], counts=encode_rle(mask))

    def array(self) -> BoolMask:
        """Decode to (H, W)."""
        return decode_rle(self.counts, height_px=self.size[0], width_px=self.size[1])


class ImageExtent(Record):
    """Where a region lies in an image: original pixels after the EXIF orientation."""

    modality: Literal["image"] = "image"
    box_xyxy: Box
    part: str = ""
    """Of an asset of several files: the name of the part; so in every extent."""


class PointExtent(Record):
    """Where a region lies in a point cloud, in the cloud's own units and axes."""

    modality: Literal["point_cloud"] = "point_cloud"
    point_indices: list[int]
    """Of the file's points (a mesh's vertices), ascending."""
    centre_xyz: list[float]
    """Mean of the points."""
    extent_xyz: list[float]
    """Lengths of the box around them along the axes."""
    diameter: float = 0.0
    """Largest distance between two of them, from above by at most a few per cent."""
    part: str = ""


class IntervalExtent(Record):
    """Where a region lies in a time series."""

    modality: Literal["time_series"] = "time_series"
    start: float | str
    """Time stamp as the file has it (ISO 8601, or a number); the row where there is none."""
    end: float | str
    """Of the last sample that belongs to it."""
    channels: list[str]
    first_sample: int = 0
    last_sample: int = 0
    """Rows [first_sample, last_sample), in the order of time."""
    part: str = ""


class FrameExtent(Record):
    """Where a region lies in a video: frames [first, last) and a box in frame pixels."""

    modality: Literal["video"] = "video"
    first_frame: int
    last_frame: int
    box_xyxy: Box
    start_s: float = 0.0
    end_s: float = 0.0
    """Presentation times of the first frame and of the end of the last one."""
    part: str = ""


Extent: TypeAlias = Annotated[
    ImageExtent | PointExtent | IntervalExtent | FrameExtent, Field(discriminator="modality")
]


class Region(Record):
    """A numbered area, in pixels of its view's picture (an image: the original's pixels)."""

    id: int = Field(ge=1)
    view: str
    """Id of the view that the region was found in."""
    box_xyxy: Box
    mask: MaskRecord | None = None
    """Cropped to the box: its size is the box's, rounded outwards to whole pixels."""
    score: float | None = None
    """Higher is worse, unbounded; None where nobody scored it."""
    label: str = ""
    source: Extent
    """The same place in the modality's own coordinates."""

    @model_validator(mode="after")
    def _box_has_area(self) -> Region:
        x1, y1, x2, y2 = self.box_xyxy
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"box_xyxy must have x1 < x2 and y1 < y2, got {self.box_xyxy}")
        return self

    def full_mask(self, *, height_px: int, width_px: int) -> BoolMask:
        """The region as a mask of the whole original image, (height_px, width_px)."""
        full = np.zeros((height_px, width_px), dtype=np.bool_)
        x1, y1, x2, y2 = whole_pixel_box(self.box_xyxy)
        inside = True if self.mask is None else self.mask.array()
        full[y1:y2, x1:x2] = inside
        return full


class View(Record):
    """A 2D RGB rendering of a window of an asset, and the way back from its pixels."""

    id: str
    """V1, V2, ... in the order of making."""
    asset_sha256: str
    artifact: str
    """Digest of the PNG in the artifact folder."""
    picture: str = ""
    """Name of the asset's picture that it is rendered from; empty for an image's own."""
    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    """[width_px, height_px] of the rendering."""
    window_xyxy: Box
    """The part of the picture that is shown, in the picture's pixels (an image: the original's)."""
    factor_xy: Annotated[list[float], Field(min_length=2, max_length=2)]
    """View pixels for each original pixel, along x and y. Above 1 the view is magnified."""
    label: str = ""
    parent: str | None = None
    """The view that this one zooms into."""

    def box_to_source(self, box_xyxy: list[float]) -> list[float]:
        """Carry a box from view pixels to original-image pixels, clipped to the window."""
        (fx, fy), (wx1, wy1, wx2, wy2) = self.factor_xy, self.window_xyxy
        x1, y1, x2, y2 = box_xyxy
        return [
            min(max(wx1 + x1 / fx, wx1), wx2),
            min(max(wy1 + y1 / fy, wy1), wy2),
            min(max(wx1 + x2 / fx, wx1), wx2),
            min(max(wy1 + y2 / fy, wy1), wy2),
        ]

    def box_from_source(self, box_xyxy: list[float]) -> list[float]:
        """Carry a box from original-image pixels to view pixels (not clipped)."""
        (fx, fy), (wx1, wy1, _, _) = self.factor_xy, self.window_xyxy
        x1, y1, x2, y2 = box_xyxy
        return [(x1 - wx1) * fx, (y1 - wy1) * fy, (x2 - wx1) * fx, (y2 - wy1) * fy]

    def contains(self, box_xyxy: list[float]) -> bool:
        """Whether the window shows the whole of a box in original-image pixels."""
        (wx1, wy1, wx2, wy2), (x1, y1, x2, y2) = self.window_xyxy, box_xyxy
        slack = 1e-6
        return wx1 - slack <= x1 and wy1 - slack <= y1 and x2 <= wx2 + slack and y2 <= wy2 + slack

    def to_source(
        self,
        box_xyxy: list[float],
        *,
        region_id: int,
        mask: BoolMask | None = None,
        score: float | None = None,
        label: str = "",
    ) -> Region:
        """Make the region of an image's view: box and mask carried to original-image pixels.

        Args:
            box_xyxy: in view pixels.
            region_id: the number that the region gets.
            mask: (H, W) of the whole view; resampled by nearest neighbour to original pixels.
            score: higher is worse.
            label: what it shows.
        """
        box = self.box_to_source(box_xyxy)
        return Region(
            id=region_id,
            view=self.id,
            box_xyxy=box,
            mask=None if mask is None else MaskRecord.of(self._mask_at_source(mask, box)),
            score=score,
            label=label,
            source=ImageExtent(box_xyxy=box),
        )

    def _mask_at_source(self, mask: BoolMask, box: list[float]) -> BoolMask:
        x1, y1, x2, y2 = whole_pixel_box(box)
        columns = (np.arange(x1, x2) + 0.5 - self.window_xyxy[0]) * self.factor_xy[0]
        rows = (np.arange(y1, y2) + 0.5 - self.window_xyxy[1]) * self.factor_xy[1]
        columns = np.clip(columns.astype(np.int64), 0, mask.shape[1] - 1)
        rows = np.clip(rows.astype(np.int64), 0, mask.shape[0] - 1)
        return np.asarray(mask[np.ix_(rows, columns)])


class Evidence(Record):
    """What a tool returned: numbers, text, a picture, and the view and region it speaks of."""

    id: str = Field(pattern=r"^E[1-9][0-9]*$")
    tool: str
    view: str | None = None
    """Id of the view; None where the evidence is text from knowledge."""
    region: Region | None = None
    """The area that the values speak of; None for the whole view."""
    values: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    text: str = ""
    """One sentence that a person understands."""
    artifact: str | None = None
    """Digest of a picture in the artifact folder."""
    element_scores: str | None = None
    """Digest of arrays in the artifact folder: an expert's scores of a series' samples, a cloud's
    points or a video's cells, in units of what normal ones do not exceed."""
    source: str = ""
    """For knowledge: the rule, failure mode, note or case that the text comes from."""


def whole_pixel_box(box_xyxy: list[float]) -> tuple[int, int, int, int]:
    """Round a box outwards to whole pixels."""
    x1, y1, x2, y2 = box_xyxy
    slack = 1e-6
    return (
        int(np.floor(x1 + slack)),
        int(np.floor(y1 + slack)),
        int(np.ceil(x2 - slack)),
        int(np.ceil(y2 - slack)),
    )
