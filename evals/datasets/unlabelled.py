"""Files without labels: inputs for readers, never scored. Opens none of them."""

from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.label_parts import LABEL_FILE
from evals.datasets.layout import require_file
from evals.datasets.records import DataSet, DataSetCard, LeftOut
from evals.datasets.several_layouts import OneLayout

_NOTES = "no labels: for readers and smoke tests, no measure"

CLOUDS_CARD = DataSetCard(
    name="pointclouds",
    title="scans and meshes of three public repositories",
    modality="point_cloud",
    licence="BSD-3-Clause, MIT; the bunny for research",
    source="https://github.com/PointCloudLibrary/data",
    folders=("pointclouds",),
    metric_notes=_NOTES,
    met_real_data="part",
)
VIDEOS_CARD = DataSetCard(
    name="sample_videos",
    title="Intel IoT sample videos",
    modality="video",
    licence="CC BY 4.0",
    source="https://github.com/intel-iot-devkit/sample-videos",
    folders=("sample_videos",),
    metric_notes=_NOTES,
    met_real_data="part",
)


def _load(card: DataSetCard, root: Path) -> DataSet:
    rows = read_rows(root / LABEL_FILE, columns=("file",))
    left_out = tuple(
        LeftOut(
            path=require_file(root / row["file"], listed_in=root / LABEL_FILE),
            reason="carries no label",
        )
        for row in rows
    )
    return DataSet(card=card, samples=(), left_out=left_out)


POINTCLOUDS = OneLayout(card=CLOUDS_CARD, read=lambda root: _load(CLOUDS_CARD, root))
SAMPLE_VIDEOS = OneLayout(card=VIDEOS_CARD, read=lambda root: _load(VIDEOS_CARD, root))
