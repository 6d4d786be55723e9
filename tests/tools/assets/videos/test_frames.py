from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.assets.videos.video import Video
from tools.errors import AssetError

Opened = Callable[..., Video]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("film.mp4", "libx264", "yuv420p"),
        ("film.avi", "libx264", "yuv420p"),
        ("film.mov", "mpeg4", "yuv420p"),
        ("film.gif", "gif", "rgb8"),
    ],
)
def test_a_frame_by_number_is_the_frame_of_that_place(
    opened: Opened, name: str, codec: str, pix_fmt: str
) -> None:
    video = opened(name, codec=codec, pix_fmt=pix_fmt)
    in_order = dict(video.stream())
    order = np.random.default_rng(0).permutation(24)

    for number in order:
        np.testing.assert_array_equal(video.read_frame(int(number)), in_order[number])


def test_a_stream_gives_every_step_from_a_place_on_at_a_size(opened: Opened) -> None:
    video = opened()

    found = list(video.stream(7, 20, step=5, size=(48, 32)))

    assert [number for number, _ in found] == [7, 12, 17]
    assert {frame.shape for _, frame in found} == {(32, 48, 3)}
    # The square of frame 12 spans 24 to 40 px, 12 to 20 of the half.
    assert found[1][1][16, 16, 0] > 200
    assert found[1][1][16, 8, 0] < 100


def test_decoded_frames_are_kept_only_up_to_a_bound(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.assets.videos.frames.KEPT_BYTES", 3 * 96 * 64 * 3)
    video = opened()

    for number in range(10):
        video.read_frame(number)

    assert list(video._frames._kept) == [7, 8, 9]


def test_a_file_that_went_away_is_told_in_one_line(opened: Opened) -> None:
    video = opened()
    Path(video.asset.path).unlink()

    with pytest.raises(AssetError, match="frame 3 cannot be read any more"):
        video.read_frame(3)
