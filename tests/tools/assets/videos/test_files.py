from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tools.assets.opening import open_asset
from tools.assets.videos.files import open_video
from tools.assets.videos.video import Video
from tools.errors import AssetError

Film = Callable[..., Path]
LIMIT = 1_000_000


def video(path: Path) -> Video:
    opened = open_asset(path, max_pixels=LIMIT)
    assert isinstance(opened, Video)
    return opened


def refusal(path: Path, *, max_pixels: int = LIMIT) -> str:
    with pytest.raises(AssetError) as caught:
        open_video(path, max_pixels=max_pixels)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line.removeprefix(f"{path}: ")


def remuxed(source: Path, target: Path, *, change: Callable[[Any], bool], **options: str) -> Path:
    """Copy the packets that `change` keeps; it may change them."""
    import av

    with av.open(str(source)) as old, av.open(str(target), "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        new.start_encoding()
        for packet in old.demux(video=0):
            if packet.dts is not None and change(packet):
                packet.stream = stream
                new.mux(packet)
    return target


FORMATS = [
    ("film.mp4", "libx264", "yuv420p"),
    ("film.mov", "mpeg4", "yuv420p"),
    ("film.avi", "mjpeg", "yuvj444p"),
    ("film.gif", "gif", "rgb8"),
]


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), FORMATS)
def test_each_format_gives_its_frames_and_times(
    film: Film, name: str, codec: str, pix_fmt: str
) -> None:
    path = film(name, codec=codec, pix_fmt=pix_fmt)

    opened = video(path)

    assert opened.asset.size == [96, 64, 24]
    assert opened.asset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.notes == ()
    np.testing.assert_allclose(opened.index.times_s, np.arange(25) / 25, atol=1e-6)
    assert tuple(opened.read_frame(10)[32, 28] > 128) == (True, False, False)
    assert tuple(opened.read_frame(10)[3, 3] > 128) == (False, True, False)


def test_frames_of_a_variable_rate_keep_their_times(film: Film) -> None:
    times_ms = [0, 40, 80, 120, 500, 900, 940]

    opened = video(film(n=7, times_ms=times_ms))

    assert [round(1000 * time) for time in opened.index.times_s[:-1]] == times_ms


def test_a_video_is_turned_upright_as_its_metadata_says(film: Film) -> None:
    opened = video(film(rotation=90))

    assert opened.asset.size == [64, 96, 24]
    assert opened.notes == ("turned upright as its metadata says",)
    # A quarter turn counter-clockwise takes the green corner from the upper to the lower left.
    assert opened.read_frame(0)[92, 3, 1] > 128
    assert opened.read_frame(0)[3, 3, 1] < 128


def test_an_avi_whose_stamps_are_out_of_order_is_told(film: Film) -> None:
    opened = video(film("film.avi"))

    assert opened.notes == ("frames were stamped out of order; times sorted",)
    np.testing.assert_allclose(np.diff(opened.index.times_s), 1 / 25)


def test_frames_before_the_first_key_frame_are_left_out_and_told(
    film: Film, tmp_path: Path
) -> None:
    sent = iter(range(100))
    cut = remuxed(film(), tmp_path / "cut.mp4", change=lambda _: next(sent) >= 2)

    opened = video(cut)

    assert opened.asset.size == [96, 64, 18]
    assert opened.notes == ("4 of its 22 frames are not shown",)
    assert opened.index.times_s[0] == pytest.approx(6 / 25 - 2 / 25, abs=0.05)


def test_an_edit_list_hides_frames_also_the_key_frame(film: Film, tmp_path: Path) -> None:
    def earlier(packet: Any) -> bool:
        packet.pts -= round(0.2 / packet.time_base)
        packet.dts -= round(0.2 / packet.time_base)
        return True

    source = film(gop=100)
    path = remuxed(source, tmp_path / "edit.mov", change=earlier, avoid_negative_ts="disabled")

    opened = video(path)

    assert opened.asset.size == [96, 64, 19]
    np.testing.assert_array_equal(opened.read_frame(3), video(source).read_frame(8))


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), [FORMATS[0], FORMATS[3]])
def test_a_single_frame_is_a_video(film: Film, name: str, codec: str, pix_fmt: str) -> None:
    opened = video(film(name, n=1, codec=codec, pix_fmt=pix_fmt))

    assert opened.names == ["frames 0-1 in 1"]
    assert opened.index.duration_s == pytest.approx(0.04)


def test_odd_sides_are_kept(film: Film) -> None:
    frames = [np.full((33, 47, 3), 40 * k, np.uint8) for k in range(4)]

    opened = video(film("odd.avi", frames=frames, codec="mjpeg", pix_fmt="yuvj444p"))

    assert opened.asset.size == [47, 33, 4]
    assert opened.read_frame(2).shape == (33, 47, 3)


def test_a_name_that_lies_is_told(film: Film, tmp_path: Path) -> None:
    path = film("film.gif", codec="gif", pix_fmt="rgb8").rename(tmp_path / "film.mp4")

    assert video(path).notes == ("named .mp4, holds gif",)


def test_a_video_without_key_frame_is_refused(film: Film, tmp_path: Path) -> None:
    path = remuxed(
        film(gop=100), tmp_path / "nokey.mp4", change=lambda packet: not packet.is_keyframe
    )

    assert refusal(path) == (
        "damaged or incomplete mp4 or mov (of its 23 frames none can be shown, "
        "there is no key frame); save it again"
    )


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "said"),
    [
        ("film.mp4", "libx264", "yuv420p", "mp4 or mov (its box 'mdat' should end at byte"),
        ("film.avi", "mpeg4", "yuv420p", "avi (the file should end at byte"),
        ("film.gif", "gif", "rgb8", "gif (it ends without its trailer)"),
    ],
)
def test_a_truncated_video_is_refused(
    film: Film, name: str, codec: str, pix_fmt: str, said: str
) -> None:
    path = film(name, codec=codec, pix_fmt=pix_fmt)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    assert said in refusal(path)


def test_a_video_whose_data_are_damaged_is_refused(film: Film) -> None:
    path = film(gop=100)
    data = bytearray(path.read_bytes())
    begin = data.find(b"mdat")
    data[begin + 900 : begin + 1000] = b"\xa5" * 100
    path.write_bytes(bytes(data))

    assert refusal(path).startswith("damaged or incomplete mp4 or mov (")


def test_a_file_of_sound_alone_is_refused(tmp_path: Path) -> None:
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())

    assert refusal(path) == "holds audio, no video; give a file with a video"


def test_a_video_of_no_length_is_refused(film: Film, tmp_path: Path) -> None:
    empty = remuxed(film(), tmp_path / "none.avi", change=lambda _: False)

    assert refusal(empty) == "damaged or incomplete avi (it has no frame); save it again"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty (0 bytes); save the video again"),
        (b"time,volts\n0,1\n1,2\n", "must hold mp4, mov, avi or gif, holds text"),
        (b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", "must hold mp4, mov, avi or gif, holds text"),
        (b"\x1aE\xdf\xa3" + bytes(40), "must hold mp4, mov, avi or gif, holds matroska or webm"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "must hold mp4, mov, avi or gif, holds PNG"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(12), "damaged or incomplete mp4 or mov (FFmpeg:"),
    ],
)
def test_what_is_no_video_is_refused_by_its_content(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "part.mp4"
    path.write_bytes(content)

    assert refusal(path).startswith(said)


def test_frames_that_are_too_large_are_refused_before_they_are_decoded(film: Film) -> None:
    assert refusal(film(), max_pixels=6000) == (
        "a frame may have 6000 pixels, this video's have 96 x 64 = 6144; reduce it, "
        "or raise the pixel limit"
    )


def test_a_gif_of_a_picture_program_is_read(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (20, 10), (90 * k, 0, 0)) for k in range(3)]
    pictures[0].save(
        tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[100, 300, 100]
    )

    opened = video(tmp_path / "a.gif")

    np.testing.assert_allclose(opened.index.times_s, [0, 0.1, 0.4, 0.5])


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.mp4") == "no such file; check the path"
    assert refusal(tmp_path).startswith("a folder, not a file")
