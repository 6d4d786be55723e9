from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.report.asset_panels import PANELS
from agent.report.video_panel import video_panel
from tools.assets.opening import open_asset
from tools.assets.picture import Picture
from tools.assets.videos.video import Video
from tools.records import Asset, FrameExtent, ImageExtent, Region

Film = Callable[..., Video]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """A video of 20 frames of 96 x 64 px, ten a second."""

    def make(name: str = "a film.mp4", *, codec: str = "libx264", side: int = 1) -> Video:
        import av

        (tmp_path / "data").mkdir(exist_ok=True)
        path = tmp_path / "data" / name
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 96 * side, 64 * side, "yuv420p"
            for k in range(20):
                image = np.full((64 * side, 96 * side, 3), 5 * k, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
        opened = open_asset(path)
        assert isinstance(opened, Video)
        return opened

    return make


def region(number: int, first: int, last: int, *, label: str = "", x: float = 10) -> Region:
    box = [x, 10.0, x + 20, 30.0]
    extent = FrameExtent(first_frame=first, last_frame=last, box_xyxy=box)
    return Region(id=number, view="V1", box_xyxy=[0, 0, 5, 5], label=label, source=extent)


def test_each_region_has_frames_with_boxes_times_and_links_to_them(
    film: Film, tmp_path: Path
) -> None:
    (tmp_path / "page").mkdir()

    html = video_panel(film(), [region(1, 5, 15)], folder=tmp_path / "page")

    assert "0:00.5 to 0:01.5" in html
    assert html.count('<rect class="over" x="10.0" y="10.0" width="20.0" height="20.0"') == 3
    links = re.findall(r'href="([^"]*#t=[^"]*)"', html)
    assert len(links) == 3
    assert all(link.startswith("../data/a%20film.mp4#t=") for link in links)
    seconds = [float(link.partition("=")[2]) for link in links]
    assert all(0.5 <= one < 1.5 for one in seconds)
    assert seconds == sorted(seconds)


def test_nothing_is_linked_where_the_page_or_the_file_is_unknown(film: Film) -> None:
    video = film()

    assert "href" not in video_panel(video, [region(1, 0, 4)])
    Path(video.asset.path).rename(Path(video.asset.path).with_name("moved.mp4"))
    assert "href" not in video_panel(film("b.mp4"), [region(1, 0, 4)])


def test_text_of_models_and_files_is_escaped(film: Film) -> None:
    html = video_panel(film("<b>.mp4"), [region(1, 0, 4, label="<script>alert(1)</script> & '\"")])

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in html
    assert "&lt;b&gt;.mp4" in html


def test_a_small_file_that_browsers_play_is_in_the_page(film: Film) -> None:
    assert "data:video/mp4;base64," in video_panel(film(), [])
    assert "<video" not in video_panel(film("old.mp4", codec="mpeg4"), [])
    assert "<video" not in video_panel(film("old.avi", codec="mpeg4"), [])


def test_the_worst_frame_of_a_region_is_shown_where_scores_are_told(film: Film) -> None:
    scores = np.zeros((20, 8, 12), np.float32)
    scores[13, 2, 1] = 9.0
    scores[7, 7, 11] = 99.0

    told = video_panel(film(), [region(1, 0, 20)], scores)
    plain = video_panel(film(), [region(1, 0, 20)])

    assert "Frame 13 at 0:01.3" in told
    assert "Frame 13 at" not in plain
    # The other cell lies outside the region's box and moves nothing.
    assert "Frame 7 at" not in told
    assert '<path d="M0.0,22.0' in told


def test_large_frames_are_cut_around_the_box_and_not_made_small(film: Film) -> None:
    html = video_panel(film("large.mp4", side=20), [region(1, 0, 20, x=1500)])

    # 1920 px: 800 px around the box, in which it is 20 px wide.
    assert 'width="800" height="800"' in html
    assert re.search(r'<rect class="over" x="390.0" y="10.0" width="20.0"', html)


def test_too_many_regions_are_told_by_number(film: Film) -> None:
    html = video_panel(film(), [region(k, 0, 3) for k in range(1, 12)])

    assert html.count('<section class="moment"') == 8
    assert "3 more regions are in the record" in html


def test_regions_of_other_assets_are_left_out(film: Film) -> None:
    other = Region(
        id=1, view="V1", box_xyxy=[0, 0, 5, 5], source=ImageExtent(box_xyxy=[0, 0, 5, 5])
    )

    assert "No region was found in it." in video_panel(film(), [other, region(2, 50, 60)])


def test_a_picture_has_no_video_panel() -> None:
    asset = Asset(path="a.png", sha256="0" * 64, modality="image", size=[4, 4])

    with pytest.raises(ValueError, match=r"a\.png is image, no video"):
        video_panel(Picture(asset, np.zeros((4, 4, 3), np.uint8)), [])
    assert "video" in PANELS
