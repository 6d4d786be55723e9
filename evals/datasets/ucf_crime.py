"""UCF-Crime by its split and annotation files (Sultani et al., CVPR 2018). Opens no video."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from evals.datasets.layout import layout_error
from evals.datasets.length_masks import FrameSpans
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Sample, SplitName
from evals.datasets.several_layouts import OneLayout

ANNOTATIONS = (
    "Temporal_Anomaly_Annotation_for_Testing_Videos.txt",
    "Temporal_Anomaly_Annotation.txt",
)
SPLIT_FILES: dict[SplitName, str] = {"train": "Anomaly_Train.txt", "test": "Anomaly_Test.txt"}
_N_FIELDS = 6


CARD = DataSetCard(
    name="ucf_crime",
    title="UCF-Crime (Sultani et al., CVPR 2018)",
    modality="video",
    licence="none stated; research use, cite",
    source="https://www.crcv.ucf.edu/projects/real-world/",
    folders=("UCF_Crimes", "UCF-Crime", "ucf_crime"),
    metric_notes="published metric is frame-level AUROC over the test videos together; frames "
    "of the annotation count from 1 and both ends are anomalous",
)


def load_ucf_crime(root: Path) -> DataSet:
    """The split files and the temporal annotation, wherever below the root they lie.

    Videos that the split files list and the folder lacks are noted, and are no samples.
    """
    spans = dict(_annotations(_find(root, *ANNOTATIONS)))
    videos = {path.name: path for path in sorted(root.rglob("*.mp4"))}
    samples, n_listed = [], 0
    for split, name in SPLIT_FILES.items():
        for line in _find(root, name).read_text(encoding="utf-8").split():
            n_listed += 1
            video = PurePosixPath(line)
            if video.name in videos:
                samples.append(_sample(videos[video.name], video, split, spans))
    if not samples:
        raise layout_error(root, "the videos that the split files list (*.mp4, any depth)")
    absent = n_listed - len(samples)
    notes = (f"{absent} of {n_listed} listed videos are absent",) if absent else ()
    return DataSet(card=CARD, samples=tuple(samples), notes=notes)


def _sample(
    path: Path,
    listed: PurePosixPath,
    split: SplitName,
    spans: dict[str, tuple[tuple[int, int], ...]],
) -> Sample:
    kind = listed.parent.name
    gt_label = int("Normal" not in kind)
    if split == "test" and path.name not in spans:
        raise DataSetError(f"{path} is a test video without a line in the temporal annotation")
    known = spans.get(path.name, ())
    return Sample(
        path=path,
        gt_label=gt_label,
        id=listed.as_posix(),
        defect_type=kind if gt_label else None,
        split=split,
        # Training videos are labelled as a whole: which frames are anomalous nobody says.
        gt_mask=FrameSpans(path=path, spans=known) if split == "test" or not gt_label else None,
        modality="video",
    )


def _find(root: Path, *names: str) -> Path:
    for name in names:
        found = sorted(root.rglob(name)) if root.is_dir() else []
        if found:
            return found[0]
    raise layout_error(root, f"{' or '.join(names)} (any depth)")


def _annotations(path: Path) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Lines of video, class, start and end of one event, start and end of a second; -1 for none."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if not fields:
            continue
        if len(fields) != _N_FIELDS:
            raise DataSetError(f"{path}: looked for {_N_FIELDS} fields a line, found {line!r}")
        first, second = (int(fields[2]), int(fields[3])), (int(fields[4]), int(fields[5]))
        yield fields[0], tuple((a - 1, b) for a, b in (first, second) if a >= 0)


UCF_CRIME = OneLayout(card=CARD, read=load_ucf_crime)
