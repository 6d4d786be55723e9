"""UCSD Ped2 (Mahadevan et al., CVPR 2010) as a part: clips, and frames with masks.

Knows nothing of methods or metrics; opens no picture and no video.
"""

from collections import defaultdict
from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.label_parts import LABEL_FILE, LABELS
from evals.datasets.layout import require_file
from evals.datasets.masks import Intervals, MaskFiles, spans_of
from evals.datasets.records import DataSet, DataSetCard, Sample
from evals.datasets.several_layouts import OneLayout

_LICENCE = "none; the authors ask to be cited"
_SOURCE = "http://www.svcl.ucsd.edu/projects/anomaly/dataset.htm"
_COLUMNS = ("clip", "frame", "label", "file", "mask")

CLIPS_CARD = DataSetCard(
    name="ucsd_ped2",
    title="UCSD Ped2, clips",
    modality="video",
    licence=_LICENCE,
    source=_SOURCE,
    folders=("ucsd_ped2",),
    metric_notes="published metric is frame-level AUROC over the test clips; clips here are "
    "re-encoded from the published frames",
    met_real_data="part",
)
FRAMES_CARD = DataSetCard(
    name="ucsd_ped2_frames",
    title="UCSD Ped2, every third frame",
    modality="image",
    licence=_LICENCE,
    source=_SOURCE,
    folders=("ucsd_ped2",),
    metric_notes="pixel masks; frames of one clip are not independent: draw by clip",
    met_real_data="part",
)


def load_clips(root: Path) -> DataSet:
    """One sample a clip, its frames labelled."""
    flags: dict[str, list[bool]] = defaultdict(list)
    for row in read_rows(root / LABEL_FILE, columns=_COLUMNS):
        flags[row["clip"]].append(LABELS[row["label"]] == 1)
    samples = tuple(
        Sample(
            path=require_file(root / f"clip{clip}.mp4", listed_in=root / LABEL_FILE),
            gt_label=int(any(frames)),
            id=f"clip{clip}",
            split="test",
            gt_mask=Intervals(spans=spans_of(frames), length=len(frames)),
            modality="video",
        )
        for clip, frames in flags.items()
    )
    return DataSet(card=CLIPS_CARD, samples=samples)


def load_frames(root: Path) -> DataSet:
    """One sample for each frame that was kept as a picture; the product is its clip."""
    rows = read_rows(root / LABEL_FILE, columns=_COLUMNS)
    samples = tuple(
        Sample(
            path=require_file(root / row["file"], listed_in=root / LABEL_FILE),
            gt_label=LABELS[row["label"]],
            id=row["file"],
            product=f"clip{row['clip']}",
            split="test",
            gt_mask=MaskFiles(paths=(root / row["mask"],)) if row["mask"] else None,
            metadata={"frame": int(row["frame"])},
        )
        for row in rows
        if row["file"]
    )
    return DataSet(card=FRAMES_CARD, samples=samples)


UCSD_PED2 = OneLayout(card=CLIPS_CARD, read=load_clips)
UCSD_PED2_FRAMES = OneLayout(card=FRAMES_CARD, read=load_frames)
