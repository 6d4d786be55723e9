"""Time series with labelled anomalies: NAB, UCR and SKAB. Reads labels, no values.

Knows nothing of methods or metrics.
"""

import json
import re
from pathlib import Path

from evals.datasets.layout import files_of, folders_of, layout_error
from evals.datasets.length_masks import FlagColumn, RowSpans, TimeWindows
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Sample
from evals.datasets.several_layouts import Layout, OneLayout, SeveralLayouts

NAB_CARD = DataSetCard(
    name="nab",
    title="Numenta Anomaly Benchmark",
    modality="time_series",
    licence="MIT",
    source="https://github.com/numenta/NAB",
    folders=("nab", "NAB"),
    metric_notes="published metric is the NAB score, which rewards early detection within a "
    "window; windows hold about 10 % of a series around the labelled points",
    met_real_data="whole",
)
UCR_CARD = DataSetCard(
    name="ucr",
    title="UCR time-series anomaly archive (Wu and Keogh 2021)",
    modality="time_series",
    licence="none stated; research use, cite",
    source="https://www.cs.ucr.edu/~eamonn/time_series_data_2018/",
    folders=("ucr", "ucr_anomaly", "UCR_Anomaly_FullData"),
    metric_notes="one anomaly a series; published metric is the share of series whose highest "
    "score lies in the anomaly, widened by 100 rows or by its own length",
    met_real_data="part",
)
SKAB_CARD = DataSetCard(
    name="skab",
    title="SKAB, Skoltech anomaly benchmark",
    modality="time_series",
    licence="GPL-3.0",
    source="https://github.com/waico/SKAB",
    folders=("skab", "SKAB"),
    metric_notes="published metrics are F1, false alarm and missing alarm rate over rows, after "
    "the first 400 rows of each series",
    met_real_data="whole",
)
UCR_NAME = re.compile(r"^(\d{3})_UCR_Anomaly_(.+)_(\d+)_(\d+)_(\d+)\.txt$")
_UCR_FOLDERS = (
    "AnomalyDatasets_2021/UCR_TimeSeriesAnomalyDatasets2021/FilesAreInHere/UCR_Anomaly_FullData",
    "UCR_TimeSeriesAnomalyDatasets2021/FilesAreInHere/UCR_Anomaly_FullData",
    "UCR_Anomaly_FullData",
    "series",
)


def load_nab(root: Path, *, windows_file: str, data: str) -> DataSet:
    """A file of windows by series, and the series as ``<group>/<name>.csv``.

    Args:
        root: the data set's folder.
        windows_file: json of {"group/name.csv": [[start, end], ...]}.
        data: the folder of the groups.
    """
    listed = json.loads((root / windows_file).read_text(encoding="utf-8"))
    samples = []
    for name, windows in sorted(listed.items()):
        path = root / data / name
        if not path.is_file():
            continue
        spans = tuple((str(start), str(end)) for start, end in windows)
        samples.append(
            Sample(
                path=path,
                modality="time_series",
                gt_label=int(bool(spans)),
                id=name,
                product=name.split("/")[0],
                gt_mask=TimeWindows(path=path, windows=spans),
            )
        )
    if not samples:
        raise layout_error(root / data, f"the series of {windows_file}")
    absent = len(listed) - len(samples)
    notes = (f"{absent} of {len(listed)} series are absent",) if absent else ()
    return DataSet(card=NAB_CARD, samples=tuple(samples), notes=notes)


def load_ucr(root: Path) -> DataSet:
    """Files named ``NNN_UCR_Anomaly_NAME_TRAINEND_START_END.txt``, rows counted from 1."""
    folder = next((root / name for name in _UCR_FOLDERS if (root / name).is_dir()), root)
    paths = files_of(folder, ".txt") if folder.is_dir() else []
    samples = []
    for path in paths:
        match = UCR_NAME.match(path.name)
        if match is None:
            continue
        number, name, *rows = match.groups()
        train_end, start, end = map(int, rows)
        samples.append(
            Sample(
                path=path,
                modality="time_series",
                gt_label=1,
                id=number,
                product=name,
                gt_mask=RowSpans(path=path, spans=((start - 1, end),)),
                metadata={"train_end": train_end},
            )
        )
    if not samples:
        raise layout_error(folder, "files NNN_UCR_Anomaly_NAME_TRAINEND_START_END.txt")
    return DataSet(card=UCR_CARD, samples=tuple(samples))


def load_skab(root: Path) -> DataSet:
    """``data/<group>/*.csv``; the column ``anomaly`` labels rows, anomaly-free files lack it."""
    return _load_skab(root, [p for g in folders_of(root / "data") for p in files_of(g, ".csv")])


def load_skab_part(root: Path) -> DataSet:
    """The same files flat in ``series/``, named group_number."""
    return _load_skab(root, files_of(root / "series", ".csv"))


def _load_skab(root: Path, paths: list[Path]) -> DataSet:
    samples = []
    for path in paths:
        with path.open(encoding="utf-8") as stream:
            head = stream.readline().strip().split(";")
        if "datetime" not in head:
            raise DataSetError(f"{path}: looked for columns datetime;...; found {';'.join(head)}")
        flat = path.parent.name == "series"
        samples.append(
            Sample(
                path=path,
                modality="time_series",
                gt_label=int("anomaly" in head),
                id=path.relative_to(root).as_posix(),
                product=path.stem.rsplit("_", 1)[0] if flat else path.parent.name,
                gt_mask=FlagColumn(path=path, column="anomaly"),
            )
        )
    if not samples:
        raise layout_error(root, "series as .csv separated by semicolons")
    return DataSet(card=SKAB_CARD, samples=tuple(samples))


NAB = SeveralLayouts(
    card=NAB_CARD,
    layouts=(
        Layout(
            "the repository",
            "labels/combined_windows.json",
            lambda root: load_nab(root, windows_file="labels/combined_windows.json", data="data"),
        ),
        Layout(
            "a part",
            "windows.json",
            lambda root: load_nab(root, windows_file="windows.json", data="series"),
        ),
    ),
)
SKAB = SeveralLayouts(
    card=SKAB_CARD,
    layouts=(
        Layout("the repository", "data", load_skab),
        Layout("a part", "series", load_skab_part),
    ),
)
UCR = OneLayout(card=UCR_CARD, read=load_ucr)
