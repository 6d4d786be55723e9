"""Videos written for the tests: a red square that crosses a grey frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from tools.assets.videos.files import open_video
from tools.assets.videos.video import Video

Film: TypeAlias = Callable[..., Path]
WIDTH_PX, HEIGHT_PX, SQUARE_PX = 96, 64, 16


def frame_at(number: int) -> np.ndarray:
    """A red square whose left edge is at 2 px for each frame, on grey, green in the corner."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 60, np.uint8)
    x = 2 * number % (WIDTH_PX - SQUARE_PX)
    image[24:40, x : x + SQUARE_PX] = (250, 30, 30)
    image[:8, :8] = (0, 250, 0)
    return image


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Write a video; times in ms give frames times of their own."""

    def write(
        name: str = "film.mp4",
        *,
        frames: Sequence[np.ndarray] | None = None,
        n: int = 24,
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        gop: int = 6,
        times_ms: Sequence[int] | None = None,
        rotation: int | None = None,
    ) -> Path:
        import av

        shown = [frame_at(k) for k in range(n)] if frames is None else frames
        unit = Fraction(1, 1000) if times_ms else Fraction(1, 25)
        with av.open(str(tmp_path / name), "w") as container:
            stream: Any = container.add_stream(codec, rate=25)
            stream.height, stream.width = shown[0].shape[:2]
            stream.pix_fmt, stream.gop_size = pix_fmt, gop
            stream.codec_context.time_base = unit
            if rotation is not None:
                stream.set_display_rotation(rotation)
            for number, image in enumerate(shown):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = times_ms[number] if times_ms else number
                frame.time_base = unit
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return tmp_path / name

    return write


@pytest.fixture
def opened(film: Film) -> Callable[..., Video]:
    """Write a video and open it."""

    def make(name: str = "film.mp4", **options: Any) -> Video:
        video = open_video(film(name, **options), max_pixels=1_000_000)
        assert isinstance(video, Video)
        return video

    return make
