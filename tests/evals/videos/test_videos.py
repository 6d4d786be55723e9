from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.datasets.records import DataSetError
from evals.metrics.intervals import Interval
from evals.videos.clips import Clip, cut_out, load_ped2
from evals.videos.inspections import Outcome, decision_measures
from evals.videos.methods import FrameScores, difference_scores
from evals.videos.run import ScoredClip, _measures, write_video_table
from tools.assets.opening import open_asset
from tools.assets.videos.video import Video


def written(path: Path, frames: list[np.ndarray]) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=10)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_a_cut_has_the_frames_of_the_source(tmp_path: Path) -> None:
    frames = [np.full((48, 48, 3), 10 * k, np.uint8) for k in range(12)]
    source = written(tmp_path / "source.avi", frames)

    cut = cut_out(source, 4, 9, tmp_path / "cut.avi")

    assert cut.index.n_frames == 5
    np.testing.assert_allclose(np.diff(cut.index.times_s), 0.1)
    assert [int(frame[0, 0, 0]) for _, frame in cut.stream()] == [40, 50, 60, 70, 80]


def test_a_difference_is_of_the_frame_and_of_its_worst_cell(tmp_path: Path) -> None:
    frames = [np.zeros((48, 72, 3), np.uint8) for _ in range(30)]
    for frame in frames[15:]:
        frame[:24, :24] = 60
    video = open_asset(written(tmp_path / "step.avi", frames))
    assert isinstance(video, Video)

    found = difference_scores(video)

    whole, worst = (found[name].scores for name in ("difference", "difference, worst cell"))
    assert (int(whole.argmax()), int(worst.argmax())) == (15, 15)
    # One cell of six changes; smoothing keeps their ratio.
    assert worst[15] == pytest.approx(6 * whole[15])
    assert worst[5] == pytest.approx(0, abs=0.1)


def scored(name: str, scores: list[float], xy: list[list[float]]) -> ScoredClip:
    labels = np.array([0] * 20 + [1] * 20)
    boxes = np.full((40, 4), np.nan)
    boxes[20:] = [10, 10, 20, 20]
    motion = FrameScores(np.array(scores), np.array(xy))
    plain = FrameScores(np.zeros(40), None)
    methods = {"motion": motion, "difference": plain, "difference, worst cell": plain}
    return ScoredClip(name, labels, boxes, methods)


def test_measures_stand_beside_their_baselines() -> None:
    one = scored("clip", [0.0] * 20 + [1.0] * 20, [[15.0, 15.0]] * 30 + [[90.0, 90.0]] * 10)

    measures = _measures("within", [one], seed=0, n_draws=30)
    found = {(m.subject, m.metric, m.method): m for m in measures}

    assert found["macro mean", "frame AUROC", "motion"].value == 1.0
    assert found["macro mean", "frame AUROC", "difference"].value == 0.5
    ahead = found["macro mean", "AUROC, motion minus difference", "motion"]
    assert Interval(ahead.value, ahead.low or 0, ahead.high or 0) == Interval(0.5, 0.5, 0.5)
    assert found["all clips", "hit rate", "motion"].value == 0.5
    assert found["clip", "frame AUROC", "motion"].n == 40


def test_the_clips_of_the_set_have_a_label_and_a_box_for_each_frame(shared_data: Path) -> None:
    clips = {clip.name: clip for clip in load_ped2(shared_data / "ucsd_ped2")}

    assert sorted(clips) == ["clip01", "clip02", "clip04"]
    assert [clips[name].n_first_normal for name in sorted(clips)] == [60, 94, 30]
    for clip in clips.values():
        assert isinstance(clip, Clip)
        assert clip.boxes.shape == (180, 4)
        assert (~np.isnan(clip.boxes[:, 0]) <= (clip.gt_labels == 1)).all()


def test_a_folder_without_the_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="looked for ucsd_ped2/"):
        write_video_table(tmp_path, out=tmp_path / "out", seed=0, report=print)


def test_decisions_and_told_frames_are_counted_by_label() -> None:
    told = np.array([True, True, False, False])
    outcomes = [
        Outcome("a run", 0, "normal", ~np.ones(4, np.bool_)),
        Outcome("b run", 0, "review", told),
        Outcome("a rest", 1, "anomalous", ~told | told),
        Outcome("b rest", 1, None, told),
    ]

    found = {(m.subject, m.metric): (m.value, m.n) for m in decision_measures(outcomes)}

    assert found == {
        ("normal runs", "decided normal"): (0.5, 2),
        ("normal runs", "frames told"): (0.25, 8),
        ("rests", "decided anomalous"): (0.5, 2),
        ("rests", "frames told"): (0.75, 8),
    }
