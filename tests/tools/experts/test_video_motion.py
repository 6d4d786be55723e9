from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from tools.asset_ports import AssetExpert
from tools.assets.videos.files import open_video
from tools.assets.videos.video import Video
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.video_motion import VideoMotion, VideoMotionMemory
from tools.experts.video_motion_bank import Channel, Rows, rows_of
from tools.experts.video_motion_cells import (
    camera_stands_still,
    plan_for,
    worsened_by_looks,
)
from tools.experts.video_motion_scores import smoothed
from tools.ports import NotApplicable

MakeVideo: TypeAlias = Callable[[str, Sequence[np.ndarray]], Video]
RATE = 10


@pytest.fixture(scope="module")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """Write frames without loss, ten a second, and open them."""

    def make(name: str, frames: Sequence[np.ndarray]) -> Video:
        import av

        path: Path = tmp_path_factory.mktemp("videos") / f"{name}.avi"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream("ffv1", rate=RATE)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "bgr0"
            for image in frames:
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        video = open_video(path, max_pixels=1_000_000)
        assert isinstance(video, Video)
        return video

    return make


def small_expert() -> VideoMotion:
    return VideoMotion(EmbeddedPatches(side_px=48), max_motion_rows=400, max_look_rows=60)


def ground(seed: int = 0, height: int = 96, width: int = 144) -> np.ndarray:
    noise = gaussian_filter(np.random.default_rng(seed).random((height, width)), 1.5)
    return np.asarray(60 + 120 * (noise - noise.min()) / np.ptp(noise), dtype=np.uint8)


def walk(n: int, *, speed: float, start: int = 0, row: int = 40) -> list[np.ndarray]:
    """A checkered square of 16 px that walks to the right over a still ground, and again."""
    square = (np.indices((16, 16)).sum(axis=0) // 4 % 2 * 220).astype(np.uint8)
    frames = []
    for number in range(n):
        grey = ground()
        x = round((start + speed * number) % 124)
        grey[row : row + 16, x : x + 16] = square
        frames.append(np.repeat(grey[:, :, None], 3, axis=2))
    return frames


@pytest.fixture(scope="module")
def walking(make_video: MakeVideo) -> list[Video]:
    return [make_video(f"walk{k}", walk(60, speed=2, start=30 * k)) for k in range(2)]


@pytest.fixture(scope="module")
def memory(walking: list[Video]) -> VideoMotionMemory:
    """Learnt of both videos, once for all tests."""
    return small_expert().learn_assets(walking)


def test_what_moves_faster_stands_out_when_and_where_it_does(
    make_video: MakeVideo, memory: VideoMotionMemory
) -> None:
    frames = walk(40, speed=2)
    frames[20:32] = walk(12, speed=6)
    assert isinstance(small_expert(), AssetExpert)

    found = memory.score_asset(make_video("fast", frames))
    usual = memory.score_asset(make_video("usual", walk(40, speed=2, start=11)))

    assert found.raw_score > 1.5 * usual.raw_score
    worst = found.element_scores.max(axis=(1, 2))
    assert len(worst) == 40
    assert 20 <= int(worst.argmax()) < 32
    rows, columns = found.element_scores.shape[1:]
    row, column = np.unravel_index(found.element_scores[26].argmax(), (rows, columns))
    # Frame 26 shows the square at 36 to 52 px across and 40 to 56 px down.
    assert abs((column + 0.5) * 144 / columns - 44) < 25
    assert abs((row + 0.5) * 96 / rows - 48) < 25


def test_what_walks_the_other_way_stands_out(
    make_video: MakeVideo, memory: VideoMotionMemory
) -> None:
    back = memory.score_asset(make_video("back", walk(30, speed=2)[::-1]))
    usual = memory.score_asset(make_video("forth", walk(30, speed=2)))

    assert back.raw_score > 1.5 * usual.raw_score


def test_references_are_scored_without_what_they_taught(
    walking: list[Video], memory: VideoMotionMemory
) -> None:
    normal = memory.normal_scores()

    assert [len(one) for one in normal] == [1, 1]
    own = memory.score_asset(walking[0]).raw_score
    assert normal[0][0].raw_score > own
    assert normal[0][0].largest >= normal[0][0].raw_score


def test_parts_of_a_single_reference_are_scored_by_the_rest(walking: list[Video]) -> None:
    memory = small_expert().learn_assets(walking[:1])

    # 60 frames are looked at, in parts of at least 20.
    assert [len(one) for one in memory.normal_scores()] == [3]


def test_a_short_single_reference_allows_no_normal_scores(make_video: MakeVideo) -> None:
    memory = small_expert().learn_assets([make_video("short", walk(12, speed=2))])

    with pytest.raises(NotApplicable, match="must have 40 frames that are looked at, has 12"):
        memory.normal_scores()


def test_what_has_no_motion_is_not_scored(make_video: MakeVideo) -> None:
    still = make_video("still", walk(1, speed=2))

    with pytest.raises(NotApplicable, match="a single frame has no motion"):
        small_expert().learn_assets([still])
    with pytest.raises(NotApplicable, match="motion scores videos only"):
        small_expert().learn_assets([object()])
    with pytest.raises(NotApplicable, match="at least one reference video"):
        small_expert().learn_assets([])


def test_a_camera_that_pans_does_not_stand_still(make_video: MakeVideo) -> None:
    wide = ground(3, 96, 400)
    pan = [np.repeat(wide[:, 4 * k : 4 * k + 144, None], 3, axis=2) for k in range(30)]

    assert camera_stands_still(make_video("walk", walk(30, speed=2)))
    assert not camera_stands_still(make_video("pan", pan))


def test_ten_frames_a_second_are_looked_at_in_whole_cells(make_video: MakeVideo) -> None:
    plan = plan_for(make_video("walk", walk(30, speed=2)))

    assert (plan.step, len(plan.numbers), plan.look_every) == (1, 30, 5)
    assert (plan.width_px, plan.height_px, plan.grid) == (240, 160, (10, 15))


def test_rows_stay_few_and_keep_what_is_far_apart() -> None:
    rows = Rows(4)
    rng = np.random.default_rng(0)
    for centre in (0.0, 10.0, 20.0, 30.0):
        rows.add(torch.from_numpy(centre + rng.random((50, 3)).astype(np.float32)))

    kept = rows.rows()

    assert len(kept) == 4
    assert sorted(int(one) // 10 for one in kept[:, 0]) == [0, 1, 2, 3]


def test_a_part_left_out_does_not_serve() -> None:
    grids = [torch.zeros(2, 2, 3), torch.ones(2, 2, 3)]
    rows = torch.cat([rows_of(grid) for grid in grids])
    channel = Channel(rows, torch.tensor([0] * 4 + [1] * 4), 1.0)

    assert channel.without(None).distances(grids[1]).tolist() == [[0, 0], [0, 0]]
    assert float(channel.without(1).distances(grids[1]).min()) > 1


def test_scores_of_an_hour_are_held_once(make_video: MakeVideo) -> None:
    video = make_video("hour", walk(4, speed=2))
    scores = np.zeros((36_000, 9, 15), np.float32)
    looked = np.ones((7_200, 9, 15), np.float32)

    tracemalloc.start()
    worsened_by_looks(scores, looked, range(0, 36_000, 5))
    told = smoothed(video, plan_for(video), scores)
    _, beside = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # A copy would be as large as they are, 19 MB.
    assert beside < scores.nbytes / 10
    assert np.allclose(told, 1)
