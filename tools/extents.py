"""Where two extents of one asset are the same place, and what a place is called. Pure."""

from __future__ import annotations

from tools.records import Box, Extent, FrameExtent, ImageExtent, IntervalExtent, PointExtent


def overlap(first: Extent, second: Extent) -> float:
    """The share of the smaller of two extents that both have, in [0, 1].

    Points are counted; intervals are measured in samples and need a channel in common; frames
    are measured as volumes of pixels and frames. Extents of two modalities or parts share nothing.
    """
    if first.part != second.part:
        return 0.0
    if isinstance(first, ImageExtent) and isinstance(second, ImageExtent):
        return _share(_boxes_meet(first.box_xyxy, second.box_xyxy), _area(first), _area(second))
    if isinstance(first, PointExtent) and isinstance(second, PointExtent):
        a, b = set(first.point_indices), set(second.point_indices)
        return _share(len(a & b), len(a), len(b))
    if isinstance(first, IntervalExtent) and isinstance(second, IntervalExtent):
        return _intervals(first, second)
    if isinstance(first, FrameExtent) and isinstance(second, FrameExtent):
        return _frames(first, second)
    return 0.0


def place_words(extent: Extent) -> str:
    """A place in its asset's own coordinates, in words that go after a comma."""
    words = _words(extent)
    return f"{words} on {extent.part}" if extent.part else words


def _words(extent: Extent) -> str:
    if isinstance(extent, ImageExtent):
        return _box_words(extent.box_xyxy)
    if isinstance(extent, PointExtent):
        centre = ", ".join(f"{value:.4g}" for value in extent.centre_xyz)
        sides = " x ".join(f"{value:.3g}" for value in extent.extent_xyz)
        return f"{len(extent.point_indices)} points around ({centre}), {sides} in extent"
    if isinstance(extent, IntervalExtent):
        return f"{', '.join(extent.channels)} from {_stamp(extent.start)} to {_stamp(extent.end)}"
    times = f"{extent.start_s:.2f} to {extent.end_s:.2f} s"
    last = extent.last_frame - 1
    return f"frames {extent.first_frame} to {last} ({times}), {_box_words(extent.box_xyxy)}"


def _box_words(box: Box) -> str:
    x1, y1, x2, y2 = box
    return f"{x2 - x1:.0f} x {y2 - y1:.0f} px at ({x1:.0f}, {y1:.0f})"


def _stamp(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _intervals(first: IntervalExtent, second: IntervalExtent) -> float:
    if not set(first.channels) & set(second.channels):
        return 0.0
    lengths = [one.last_sample - one.first_sample for one in (first, second)]
    met = min(first.last_sample, second.last_sample) - max(first.first_sample, second.first_sample)
    return _share(met, *lengths)


def _frames(first: FrameExtent, second: FrameExtent) -> float:
    met = min(first.last_frame, second.last_frame) - max(first.first_frame, second.first_frame)
    volumes = [(one.last_frame - one.first_frame) * _area(one) for one in (first, second)]
    return _share(max(met, 0) * _boxes_meet(first.box_xyxy, second.box_xyxy), *volumes)


def _boxes_meet(first: Box, second: Box) -> float:
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = first, second
    return max(min(ax2, bx2) - max(ax1, bx1), 0.0) * max(min(ay2, by2) - max(ay1, by1), 0.0)


def _area(extent: ImageExtent | FrameExtent) -> float:
    x1, y1, x2, y2 = extent.box_xyxy
    return (x2 - x1) * (y2 - y1)


def _share(met: float, first: float, second: float) -> float:
    smaller = min(first, second)
    return min(max(met, 0.0) / smaller, 1.0) if smaller > 0 else 0.0
