from __future__ import annotations

import pytest

from tools.extents import overlap, place_words
from tools.records import FrameExtent, ImageExtent, IntervalExtent, PointExtent


def points(*indices: int, part: str = "") -> PointExtent:
    return PointExtent(
        point_indices=list(indices), centre_xyz=[1, 2, 3], extent_xyz=[4, 5, 6], part=part
    )


def samples(first: int, last: int, *channels: str) -> IntervalExtent:
    return IntervalExtent(
        start=float(first),
        end=float(last - 1),
        channels=list(channels),
        first_sample=first,
        last_sample=last,
    )


def frames(first: int, last: int, box: list[float]) -> FrameExtent:
    return FrameExtent(first_frame=first, last_frame=last, box_xyxy=box, start_s=1, end_s=2.5)


def test_two_of_the_smaller_places_four_points_are_a_half() -> None:
    assert overlap(points(1, 2, 3, 4), points(3, 4, 5, 6, 7, 8)) == 0.5


def test_places_of_two_parts_share_nothing() -> None:
    assert overlap(points(1, part="front"), points(1, part="back")) == 0.0


def test_places_of_two_modalities_share_nothing() -> None:
    assert overlap(points(1), samples(0, 9, "a")) == 0.0


def test_an_interval_within_another_is_shared_whole_where_a_channel_is() -> None:
    assert overlap(samples(10, 20, "a", "b"), samples(0, 100, "b")) == 1.0
    assert overlap(samples(10, 20, "a"), samples(0, 100, "b")) == 0.0


def test_intervals_that_only_touch_share_nothing() -> None:
    assert overlap(samples(0, 10, "a"), samples(10, 20, "a")) == 0.0


def test_half_the_frames_of_half_the_box_are_a_quarter() -> None:
    assert overlap(frames(0, 10, [0, 0, 10, 10]), frames(5, 15, [5, 0, 15, 10])) == 0.25


def test_boxes_apart_share_nothing_in_the_same_frames() -> None:
    assert overlap(frames(0, 9, [0, 0, 5, 5]), frames(0, 9, [5, 5, 9, 9])) == 0.0


@pytest.mark.parametrize(
    ("extent", "words"),
    [
        (ImageExtent(box_xyxy=[613, 549, 686, 570]), "73 x 21 px at (613, 549)"),
        (points(1, 2, 3), "3 points around (1, 2, 3), 4 x 5 x 6 in extent"),
        (points(1, part="scan"), "1 points around (1, 2, 3), 4 x 5 x 6 in extent on scan"),
        (samples(3, 8, "t", "p"), "t, p from 3 to 7"),
        (frames(12, 40, [0, 0, 9, 9]), "frames 12 to 39 (1.00 to 2.50 s), 9 x 9 px at (0, 0)"),
    ],
)
def test_a_place_is_told_in_its_own_coordinates(
    extent: ImageExtent | PointExtent | IntervalExtent | FrameExtent, words: str
) -> None:
    assert place_words(extent) == words


def test_a_time_stamp_is_told_as_the_file_has_it() -> None:
    extent = samples(0, 2, "t").model_copy(update={"start": "2026-01-01T00:00:00+01:00", "end": 5})

    assert place_words(extent) == "t from 2026-01-01T00:00:00+01:00 to 5"
