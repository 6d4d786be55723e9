from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tools.asset_ports import AssetPort, PicturePort
from tools.assets.picture import Picture
from tools.assets.videos.video import Video
from tools.errors import ToolError
from tools.ports import NotApplicable
from tools.records import Asset, FrameExtent, IntervalExtent

Opened = Callable[..., Video]


def test_a_short_video_is_one_sheet_that_stands_for_every_frame(opened: Opened) -> None:
    video: AssetPort = opened()
    sheet: PicturePort = video.picture(video.names[0])

    assert video.names == ["frames 0-24 in 12"]
    assert sheet.label == "12 frames from 0:00.0 to 0:01.0"
    assert max(sheet.size) <= 1024


def test_a_long_video_is_three_sheets_without_gaps(opened: Opened) -> None:
    video = opened(n=40, times_ms=[5000 * k for k in range(40)])

    parts = [video.picture(name).tiles for name in video.names]

    edges = [(tiles[0].moment.first, tiles[-1].moment.last) for tiles in parts]
    assert len(edges) == 3
    assert [edges[0][0], edges[1][0], edges[2][0]] == [0, edges[0][1], edges[1][1]]
    assert edges[2][1] == 40


@pytest.mark.parametrize(
    "name",
    [
        "",
        "frames 0-25 in 12",
        "frames 4-4 in 1",
        "frames 0-24 in 13",
        "frames 0-4 in 6",
        "frames 0-24 in 12 at 0,0,97,64",
        "frames 0-24 in 12 at 5,0,5,64",
        "frames 0-24 in 12 ",
        "frames \u0663-24 in 12",
    ],
)
def test_a_name_that_no_picture_has_is_a_key_error(opened: Opened, name: str) -> None:
    with pytest.raises(KeyError):
        opened().picture(name)


def red_columns(image: np.ndarray) -> Sequence[int]:
    row = image[image.shape[0] // 2]
    return np.flatnonzero((row[:, 0] > 150) & (row[:, 1] < 100)).tolist()


def test_a_reference_is_shown_at_the_shares_of_time_of_the_other(opened: Opened) -> None:
    # Twice as many frames of half the time each: the same film, slowed down.
    fast, slow = opened("fast.mp4", n=12), opened("slow.mp4", n=24, times_ms=range(0, 960, 40))

    moved = slow.moved_like(fast)
    sheet = moved.picture("frames 0-12 in 6")

    assert moved.names == fast.names
    assert sheet.size == fast.picture("frames 0-12 in 6").size
    shown = [one.moment.frame for one in fast.picture("frames 0-12 in 6").tiles]
    assert [one.moment.frame for one in sheet.tiles] == [2 * frame for frame in shown]
    assert sheet.tiles[-1].moment.last == 24


def test_a_reference_of_another_size_fills_the_frames_of_the_other(opened: Opened) -> None:
    large = [np.full((128, 192, 3), 200, np.uint8)] * 6
    video, other = opened("large.mp4", frames=large), opened("small.mp4", n=6)

    sheet = video.moved_like(other).picture("frames 2-5 in 3 at 10,20,30,40")

    assert sheet.tiles[0].crop == (20, 40, 60, 80)
    assert (sheet.tiles[0].slot.width, sheet.tiles[0].slot.height) == (20, 20)
    assert sheet.read(sheet.window_xyxy)[30, 10].min() > 150


def test_frames_of_another_shape_do_not_take_its_place(opened: Opened) -> None:
    square = opened("square.mp4", frames=[np.zeros((64, 64, 3), np.uint8)] * 3)
    image = Picture(
        Asset(path="a.png", sha256="0" * 64, modality="image", size=[4, 4]),
        np.zeros((4, 4, 3), np.uint8),
    )

    with pytest.raises(NotApplicable, match="frames of 64 x 64 px cannot take the place of"):
        square.moved_like(opened())
    with pytest.raises(NotApplicable, match="a video cannot be laid over a image"):
        square.moved_like(image)


def test_a_video_is_measured_whole_and_within_an_extent(opened: Opened) -> None:
    video = opened(n=5, times_ms=[0, 40, 80, 480, 520])
    part = FrameExtent(first_frame=1, last_frame=3, box_xyxy=[10, 10, 30, 50])

    whole = {name: video.measure(name).value for name in video.quantities()}
    within = {name: video.measure(name, part).value for name in video.quantities()}

    assert whole == pytest.approx(
        {
            "duration": 0.56,
            "n_frames": 5,
            "frame_rate": 5 / 0.56,
            "width_px": 96,
            "height_px": 64,
            "largest_gap": 0.4,
        }
    )
    assert within == pytest.approx(
        {
            "duration": 0.44,
            "n_frames": 2,
            "frame_rate": 2 / 0.44,
            "width_px": 20,
            "height_px": 40,
            "largest_gap": 0.04,
        }
    )


def test_gaps_beyond_a_limit_are_told_with_their_frames(opened: Opened) -> None:
    video = opened(n=6, times_ms=[0, 40, 340, 380, 780, 820])

    found = video.beyond("largest_gap", low=0, high=0.1)

    assert [(one.first_frame, one.last_frame) for one in found] == [(3, 5), (1, 3)]  # type: ignore[union-attr]
    assert video.measure("largest_gap").where == found[0]
    assert video.beyond("duration", low=0, high=0.1) == []


def test_what_cannot_be_measured_is_refused_with_what_can(opened: Opened) -> None:
    video = opened(n=3)

    with pytest.raises(ToolError, match="no quantity 'loudness'; it has duration, n_frames"):
        video.measure("loudness")
    with pytest.raises(ToolError, match="a time_series extent is not of a video"):
        video.measure("duration", IntervalExtent(start=0.0, end=1.0, channels=["a"]))
    with pytest.raises(ToolError, match="frames 9 to 12 are none of the video's 3 frames"):
        video.measure("duration", FrameExtent(first_frame=9, last_frame=12, box_xyxy=[0, 0, 1, 1]))
