"""Clips inspected as a person would: a product of reference videos, the embedded mind.

Knows no expert and no graph.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.metrics.intervals import wilson_interval
from evals.tables.records import Measure
from evals.videos.clips import Clip, cut_out

PRODUCT = "walkway"
PART = "inspected, references across"
NOTES = (
    "inspected: the embedded mind over a product whose references are the first normal runs of the "
    "other clips; each clip's own first normal run must come out normal, the rest anomalous.",
    "frames told: share of frames within the time of a found region; Wilson intervals as if frames "
    "were independent, which they are not: read them as too narrow.",
)


class Outcome(NamedTuple):
    """One file that was inspected."""

    name: str
    gt_label: int
    decision: str | None
    told: npt.NDArray[np.bool_]
    """(N,) frames within the time of a found region."""


def inspect_clips(clips: Sequence[Clip], *, report: Callable[[str], None]) -> list[Outcome]:
    """Inspect each clip's first normal run and the rest of it.

    Raises:
        LoupeError: where a product cannot be learned or a file cannot be read.
    """
    found = []
    for clip in clips:
        with tempfile.TemporaryDirectory() as folder:
            report(f"inspected: {clip.name}")
            found += _outcomes(clip, [one for one in clips if one.name != clip.name], Path(folder))
    return found


def decision_measures(outcomes: Sequence[Outcome]) -> list[Measure]:
    """Shares of right decisions, and of frames that findings tell."""
    measures = []
    for label, name, right in ((0, "normal runs", "normal"), (1, "rests", "anomalous")):
        of_label = [one for one in outcomes if one.gt_label == label]
        if not of_label:
            continue
        frames = np.concatenate([one.told for one in of_label])
        hits = sum(one.decision == right for one in of_label)
        measures.append(_measure(name, f"decided {right}", hits, len(of_label)))
        measures.append(_measure(name, "frames told", int(frames.sum()), len(frames)))
    return measures


def _measure(subject: str, metric: str, n_hits: int, n: int) -> Measure:
    return Measure.of(
        wilson_interval(n_hits, n),
        part=PART,
        subject=subject,
        metric=metric,
        method="embedded",
        n=n,
    )


def _outcomes(clip: Clip, others: Sequence[Clip], folder: Path) -> list[Outcome]:
    from agent.inspector import Inspector
    from agent.settings import load_settings
    from agent.workshop import Workshop

    settings = load_settings(home=folder / "home")
    with Workshop(settings) as workshop:
        workshop.store.add(_product(others, folder / PRODUCT))
    run, n = clip.n_first_normal, len(clip.gt_labels)
    files = [(0, run, 0, "run"), (run, n, 1, "rest")]
    outcomes = []
    with Inspector(settings) as inspector:
        for first, last, label, what in files:
            path = folder / f"{clip.name}-{what}.avi"
            cut_out(clip.path, first, last, path)
            verdict = inspector.inspect(path, PRODUCT).verdict
            spans = [
                (one.source.first_frame, one.source.last_frame)
                for one in verdict.regions
                if one.source.modality == "video"
            ]
            told = np.zeros(last - first, dtype=np.bool_)
            for begin, end in spans:
                told[begin:end] = True
            outcomes.append(Outcome(f"{clip.name} {what}", label, verdict.decision, told))
    return outcomes


def _product(references: Sequence[Clip], folder: Path) -> Path:
    (folder / "references").mkdir(parents=True)
    for clip in references:
        cut_out(clip.path, 0, clip.n_first_normal, folder / "references" / f"{clip.name}.avi")
    described = "name: walkway\ndescriptor: A walkway on which people walk.\nreference: any\n"
    (folder / "product.yaml").write_text(described, encoding="utf-8")
    (folder / "rules.yaml").write_text(
        "- id: R1\n  kind: must\n  text: Only people on foot are on the walkway.\n",
        encoding="utf-8",
    )
    return folder
