"""The table of `loupe eval videos`: two ways to choose references. Knows no mind."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.datasets.records import DataSetError
from evals.metrics.blocks import block_interval
from evals.metrics.ranking import image_auroc
from evals.tables.output import write_files
from evals.tables.records import Measure, Table
from evals.videos.clips import Clip, cut_out, load_ped2
from evals.videos.inspections import NOTES as INSPECTED_NOTES
from evals.videos.inspections import decision_measures, inspect_clips
from evals.videos.methods import FrameScores, difference_scores, motion_scores

N_DRAWS = 1000
"""Of each interval."""
BLOCK_FRAMES = 20
"""Two seconds: what is seen in one is no news in the next frame."""
ROOM_PX = 12.0
"""Half a cell of the expert on frames of 360 px."""
BASELINES = ("difference", "difference, worst cell")
NOTES = (
    "within: the first half of a clip's first normal run is the reference, the rest of the clip is "
    "tested. The whole run leaves no normal frame to test: every frame after it is anomalous.",
    "across: the first normal runs of the other clips are the references, the whole clip is "
    "tested.",
    "Intervals draw circular blocks of 20 frames within each label: they speak of other moments "
    "of these clips, not of other clips.",
    "difference: mean absolute difference from the frame before, of the frame or of its worst "
    "cell of 24 px, smoothed over time like the expert; it needs no reference.",
    "hit rate: of anomalous frames whose worst cell's centre lies in the labelled box, grown by "
    "half a cell.",
)


class ScoredClip(NamedTuple):
    """One clip under one choice of references."""

    name: str
    gt_labels: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float64]
    by_method: Mapping[str, FrameScores]


def write_video_table(
    data_dir: Path,
    *,
    out: Path,
    seed: int,
    report: Callable[[str], None],
    inspect: bool = False,
) -> Table:
    """Score every clip under both choices, and write the table.

    Args:
        data_dir: folder of the data sets.
        out: folder for the table.
        seed: of the draws of the intervals.
        report: is told what is scored.
        inspect: whether clips are also inspected with the embedded mind.

    Raises:
        DataSetError: the set is absent.
    """
    root = data_dir / "ucsd_ped2"
    if not root.is_dir():
        raise DataSetError(f"{data_dir}: looked for ucsd_ped2/; give its folder with --data")
    clips = load_ped2(root)
    out.mkdir(parents=True, exist_ok=True)
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory() as folder:
        for choice, test in (("within", _within), ("across", _across)):
            tested = []
            for clip in clips:
                report(f"{choice}: {clip.name}")
                tested.append(test(clip, clips, Path(folder)))
            measures += _measures(choice, tested, seed=seed)
    notes, command = list(NOTES), f"loupe eval videos --seed {seed}"
    if inspect:
        measures += decision_measures(inspect_clips(clips, report=report))
        notes, command = [*notes, *INSPECTED_NOTES], f"{command} --inspect"
    return write_files(measures, command=command, seed=seed, out=out, notes=notes)


def _within(clip: Clip, clips: Sequence[Clip], folder: Path) -> ScoredClip:
    half = max(2, clip.n_first_normal // 2)
    reference = cut_out(clip.path, 0, half, folder / f"{clip.name}-half.avi")
    rest = cut_out(clip.path, half, len(clip.gt_labels), folder / f"{clip.name}-rest.avi")
    methods = {"motion": motion_scores([reference], rest), **difference_scores(rest)}
    return ScoredClip(clip.name, clip.gt_labels[half:], clip.boxes[half:], methods)


def _across(clip: Clip, clips: Sequence[Clip], folder: Path) -> ScoredClip:
    references = [
        cut_out(one.path, 0, one.n_first_normal, folder / f"{one.name}-run.avi")
        for one in clips
        if one.name != clip.name
    ]
    whole = cut_out(clip.path, 0, len(clip.gt_labels), folder / f"{clip.name}-whole.avi")
    methods = {"motion": motion_scores(references, whole), **difference_scores(whole)}
    return ScoredClip(clip.name, clip.gt_labels, clip.boxes, methods)


def _measures(
    choice: str, tested: Sequence[ScoredClip], *, seed: int, n_draws: int = N_DRAWS
) -> list[Measure]:
    labels = [one.gt_labels for one in tested]
    n = sum(len(one) for one in labels)
    found = []
    for method in ("motion", *BASELINES):
        for one in tested:
            found.append(_auroc([one], method, choice, one.name, seed=seed, n_draws=n_draws))
        found.append(_auroc(tested, method, choice, "macro mean", seed=seed, n_draws=n_draws))
    for baseline in BASELINES:
        ahead = partial(_ahead, tested, baseline)
        interval = block_interval(ahead, labels, length=BLOCK_FRAMES, n=n_draws, seed=seed)
        found.append(
            Measure.of(
                interval,
                part=choice,
                subject="macro mean",
                metric=f"AUROC, motion minus {baseline}",
                method="motion",
                n=n,
            )
        )
    return [*found, *_hits(choice, tested, seed=seed, n_draws=n_draws)]


def _auroc(
    tested: Sequence[ScoredClip],
    method: str,
    choice: str,
    subject: str,
    *,
    seed: int,
    n_draws: int,
) -> Measure:
    labels = [one.gt_labels for one in tested]
    interval = block_interval(
        lambda drawn: _mean(tested, method, drawn),
        labels,
        length=BLOCK_FRAMES,
        n=n_draws,
        seed=seed,
    )
    return Measure.of(
        interval,
        part=choice,
        subject=subject,
        metric="frame AUROC",
        method=method,
        n=sum(len(one) for one in labels),
    )


def _ahead(
    tested: Sequence[ScoredClip], baseline: str, drawn: Sequence[npt.NDArray[np.int64]]
) -> float:
    """How much higher the expert's mean is than a baseline's, on the same frames."""
    return _mean(tested, "motion", drawn) - _mean(tested, baseline, drawn)


def _mean(
    tested: Sequence[ScoredClip], method: str, drawn: Sequence[npt.NDArray[np.int64]]
) -> float:
    """Mean over clips of the AUROC of the drawn frames."""
    return float(
        np.mean(
            [
                image_auroc(one.gt_labels[index], one.by_method[method].scores[index])
                for one, index in zip(tested, drawn, strict=True)
            ]
        )
    )


def _hits(choice: str, tested: Sequence[ScoredClip], *, seed: int, n_draws: int) -> list[Measure]:
    """How often the worst cell lies where something is labelled."""
    hits = [_hits_of(one) for one in tested]
    kept = [one for one in hits if one.size]
    if not kept:
        return []
    interval = block_interval(
        lambda drawn: float(
            np.concatenate([one[index] for one, index in zip(kept, drawn, strict=True)]).mean()
        ),
        [np.zeros(one.size, dtype=np.int64) for one in kept],
        length=BLOCK_FRAMES,
        n=n_draws,
        seed=seed,
    )
    return [
        Measure.of(
            interval,
            part=choice,
            subject="all clips",
            metric="hit rate",
            method="motion",
            n=sum(one.size for one in kept),
        )
    ]


def _hits_of(one: ScoredClip) -> npt.NDArray[np.float64]:
    worst = one.by_method["motion"].worst_xy
    labelled = np.flatnonzero(~np.isnan(one.boxes[:, 0]))
    if worst is None or not labelled.size:
        return np.zeros(0)
    x, y = worst[labelled, 0], worst[labelled, 1]
    x1, y1, x2, y2 = one.boxes[labelled].T
    within = (x >= x1 - ROOM_PX) & (x <= x2 + ROOM_PX) & (y >= y1 - ROOM_PX) & (y <= y2 + ROOM_PX)
    return np.asarray(within, dtype=np.float64)
