"""Where a place of a video lies, how large it is and how long it lasts, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tools.assets.opening import open_asset
from tools.assets.videos.video import Video
from tools.place_looks import looks_of
from tools.records import FrameExtent


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Video:
    """Forty frames of 96 x 64 px, ten a second."""
    import av

    path = tmp_path_factory.mktemp("videos") / "grey.avi"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "bgr0"
        for _ in range(40):
            image = np.full((64, 96, 3), 90, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    opened = open_asset(path)
    assert isinstance(opened, Video)
    return opened


@pytest.mark.parametrize(
    ("box", "frames", "looks"),
    [
        ([0, 0, 6, 6], (0, 5), ("small", "brief", "left", "top")),
        ([80, 50, 96, 64], (10, 25), ("lasting", "right", "bottom")),
        ([40, 24, 56, 40], (10, 22), ("middle",)),
        ([0, 0, 96, 64], (0, 40), ("large", "lasting", "middle")),
        ([40, 50, 46, 56], (0, 11), ("small", "bottom")),
    ],
)
def test_size_length_and_side_of_a_place(
    video: Video, box: list[float], frames: tuple[int, int], looks: tuple[str, ...]
) -> None:
    """One 6144th of the frame for a pixel; a third of four seconds lasts, one second is brief."""
    extent = FrameExtent(
        first_frame=frames[0],
        last_frame=frames[1],
        box_xyxy=box,
        start_s=frames[0] / 10,
        end_s=frames[1] / 10,
    )

    assert looks_of(extent, video, {}) == looks
