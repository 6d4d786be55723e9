from __future__ import annotations

from pathlib import Path

from evals.benchmarks.videos import RATE, SCORE, generate
from tools.assets.opening import open_asset
from tools.assets.videos.video import Video


def test_a_generated_video_has_its_frames_and_key_frames(tmp_path: Path) -> None:
    video = open_asset(generate(tmp_path / "one.mp4", 2))

    assert isinstance(video, Video)
    assert video.index.n_frames == 2 * RATE
    assert video.index.keys_n.sum() == 2


def test_the_programs_that_are_measured_compile() -> None:
    compile(SCORE, "score", "exec")
