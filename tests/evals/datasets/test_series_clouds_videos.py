"""NAB, UCR, SKAB, Real3D-AD, Anomaly-ShapeNet and UCF-Crime on trees in their published layouts."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from evals.datasets import DATA_SETS, DataSetError
from evals.datasets.length_masks import FrameSpans, PointLabels

Tree = Callable[[Mapping[str, str]], Path]

WINDOWS = {
    "realKnownCause/taxi.csv": [["2014-10-30 15:30:00.000000", "2014-10-30 16:00:00.000000"]],
    "artificialNoAnomaly/flat.csv": [],
}
TAXI = (
    "timestamp,value\n2014-10-30 15:00:00,1\n2014-10-30 15:30:00,2\n"
    "2014-10-30 16:00:00,3\n2014-10-30 16:30:00,4\n"
)
NAB = {
    "labels/combined_windows.json": json.dumps(WINDOWS),
    "data/realKnownCause/taxi.csv": TAXI,
    "data/artificialNoAnomaly/flat.csv": "timestamp,value\n2014-04-01 00:00:00,1\n",
}
UCR = {
    "UCR_Anomaly_FullData/001_UCR_Anomaly_DISTORTED1sddb40_2_4_5.txt": "1\n2\n3\n9\n9\n1\n",
    "UCR_Anomaly_FullData/204_UCR_Anomaly_CHARISfive_2_3_3.txt": " 1.0e0  2.0e0  9.0e0  1.0e0\n",
    "UCR_Anomaly_FullData/readme.txt": "",
}
SKAB = {
    "data/valve1/0.csv": (
        "datetime;Pressure;anomaly;changepoint\n2020-03-09 10:14:33;0.1;0.0;0.0\n"
        "2020-03-09 10:14:34;0.1;1.0;1.0\n"
    ),
    "data/anomaly-free/anomaly-free.csv": "datetime;Pressure\n2020-02-08 13:30:47;0.2\n",
}
PCD = "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nWIDTH {n}\nHEIGHT 1\nPOINTS {n}\nDATA ascii\n"
REAL3D = {
    "Real3D-AD-PCD/fish/train/1_template.pcd": PCD.format(n=2),
    "Real3D-AD-PCD/fish/test/10_good.pcd": PCD.format(n=3),
    "Real3D-AD-PCD/fish/test/482_bulge_cut.pcd": PCD.format(n=2),
    "Real3D-AD-PCD/fish/gt/482_bulge_cut.txt": "0 0 0 0\n1 1 1 1\n",
}
SHAPENET = {
    "dataset/pcd/ashtray0/train/ashtray0_template0.pcd": PCD.format(n=2),
    "dataset/pcd/ashtray0/test/ashtray0_positive0.pcd": PCD.format(n=2),
    "dataset/pcd/ashtray0/test/ashtray0_concavity3.pcd": PCD.format(n=2),
    "dataset/pcd/ashtray0/GT/ashtray0_concavity3.txt": "0,0,0,1\n1,1,1,0\n2,2,2,1\n",
}
UCF = {
    "Anomaly_Detection_splits/Anomaly_Train.txt": (
        "Abuse/Abuse001_x264.mp4\nTraining_Normal_Videos_Anomaly/Normal_Videos001_x264.mp4\n"
    ),
    "Anomaly_Detection_splits/Anomaly_Test.txt": (
        "Abuse/Abuse028_x264.mp4\nTesting_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4\n"
    ),
    "Temporal_Anomaly_Annotation_for_Testing_Videos.txt": (
        "Abuse028_x264.mp4  Abuse  165  240  -1  -1  \n"
        "Normal_Videos_003_x264.mp4  Normal  -1  -1  -1  -1  \n"
    ),
    "Anomaly-Videos-Part-1/Abuse/Abuse001_x264.mp4": "",
    "Anomaly-Videos-Part-1/Abuse/Abuse028_x264.mp4": "",
    "Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4": "",
}


def masks_of(name: str, root: Path) -> dict[str, list[int] | None]:
    masks = {s.id: s.load_gt_mask() for s in DATA_SETS[name].load(root).samples}
    return {id: None if mask is None else mask.astype(int).tolist() for id, mask in masks.items()}


def test_nab_windows_hold_both_their_ends(tree: Tree) -> None:
    root = tree(NAB)
    assert masks_of("nab", root) == {
        "artificialNoAnomaly/flat.csv": [0],
        "realKnownCause/taxi.csv": [0, 1, 1, 0],
    }
    samples = DATA_SETS["nab"].load(root).samples
    assert [(s.gt_label, s.product) for s in samples] == [
        (0, "artificialNoAnomaly"),
        (1, "realKnownCause"),
    ]


def test_ucr_rows_count_from_one_and_stand_on_lines_or_in_one(tree: Tree) -> None:
    root = tree(UCR)
    assert masks_of("ucr", root) == {"001": [0, 0, 0, 1, 1, 0], "204": [0, 0, 1, 0]}
    assert [s.metadata for s in DATA_SETS["ucr"].load(root).samples] == [{"train_end": 2}] * 2


def test_skab_labels_rows_and_a_file_without_the_column_is_normal(tree: Tree) -> None:
    root = tree(SKAB)
    assert masks_of("skab", root) == {
        "data/anomaly-free/anomaly-free.csv": [0],
        "data/valve1/0.csv": [0, 1],
    }
    assert [s.gt_label for s in DATA_SETS["skab"].load(root).samples] == [0, 1]


def test_real3d_labels_points_in_text_files_with_blanks(tree: Tree) -> None:
    root = tree(REAL3D)
    loaded = DATA_SETS["real3d_ad"].load(root)
    assert [(s.path.name, s.gt_label, s.split, s.defect_type) for s in loaded.samples] == [
        ("1_template.pcd", 0, "train", None),
        ("10_good.pcd", 0, "test", None),
        ("482_bulge_cut.pcd", 1, "test", "bulge"),
    ]
    assert list(masks_of("real3d_ad", root).values()) == [[0, 0], [0, 0, 0], [0, 1]]


def test_anomaly_shapenet_calls_normal_positive_and_uses_commas(tree: Tree) -> None:
    root = tree(SHAPENET)
    loaded = DATA_SETS["anomaly_shapenet"].load(root)
    assert [(s.gt_label, s.defect_type) for s in loaded.samples] == [
        (0, None),
        (1, "concavity"),
        (0, None),
    ]
    assert list(masks_of("anomaly_shapenet", root).values()) == [[0, 0], [1, 0, 1], [0, 0]]


def test_ucf_crime_frames_count_from_one_and_absent_videos_are_noted(tree: Tree) -> None:
    loaded = DATA_SETS["ucf_crime"].load(tree(UCF))
    assert [(s.id, s.gt_label, s.split, s.defect_type) for s in loaded.samples] == [
        ("Abuse/Abuse001_x264.mp4", 1, "train", "Abuse"),
        ("Abuse/Abuse028_x264.mp4", 1, "test", "Abuse"),
        ("Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4", 0, "test", None),
    ]
    masks = [s.gt_mask for s in loaded.samples]
    assert masks[0] is None  # a training video is labelled as a whole
    assert [m.spans for m in masks if isinstance(m, FrameSpans)] == [((164, 240),), ()]
    assert loaded.notes == ("1 of 4 listed videos are absent",)


def test_frames_of_a_real_clip_are_counted(shared_data: Path) -> None:
    spans = FrameSpans(path=shared_data / "ucsd_ped2" / "clip01.mp4", spans=((0, 3),))
    if importlib.util.find_spec("av") is None:
        with pytest.raises(DataSetError, match="install the extra"):
            spans.load()
        return
    mask = spans.load()
    assert (mask.shape, int(mask.sum())) == ((180,), 3)


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("nab", {"data/x.csv": ""}, r"looked for labels/combined_windows.json \(the repository\)"),
        (
            "nab",
            {"labels/combined_windows.json": json.dumps(WINDOWS), "data/x.csv": ""},
            "looked for the series of labels/combined_windows.json; found x.csv",
        ),
        ("ucr", {"UCR_Anomaly_FullData/a.txt": ""}, "looked for files NNN_UCR_Anomaly_NAME"),
        ("skab", {"data/valve1/0.csv": "a,b\n"}, "looked for columns datetime;...; found a,b"),
        ("real3d_ad", {"fish/test/1_good.pcd": ""}, "looked for the folder train/; found test/"),
        ("real3d_ad", {"readme": ""}, r"folders of products \(airplane/, ...\) with test/"),
        (
            "anomaly_shapenet",
            {k: v for k, v in SHAPENET.items() if "/GT/" not in k},
            "looked for GT/ashtray0_concavity3.txt, labels of ashtray0_concavity3.pcd",
        ),
        ("ucf_crime", {"x.mp4": ""}, "looked for Temporal_Anomaly_Annotation_for_Testing_Videos"),
        (
            "ucf_crime",
            {k: v for k, v in UCF.items() if not k.endswith("mp4")},
            "the videos that the split files list",
        ),
        (
            "ucf_crime",
            {**UCF, "Temporal_Anomaly_Annotation_for_Testing_Videos.txt": "a.mp4 Abuse 1 2\n"},
            "looked for 6 fields a line, found 'a.mp4 Abuse 1 2'",
        ),
        (
            "ucf_crime",
            {**UCF, "Temporal_Anomaly_Annotation_for_Testing_Videos.txt": ""},
            "test video without a line in the temporal annotation",
        ),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_sought_and_found(
    tree: Tree, name: str, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(DataSetError, match=message):
        DATA_SETS[name].load(tree(files))


def test_point_labels_of_another_form_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    np.savetxt(path, np.zeros((2, 3)))
    with pytest.raises(DataSetError, match="looked for x, y, z and label; found 3 columns"):
        PointLabels(path=path).load()
    path.write_text("a b c d\n", encoding="utf-8")
    with pytest.raises(DataSetError, match="point labels cannot be read"):
        PointLabels(path=path).load()


def test_a_cloud_without_a_head_is_told(tree: Tree) -> None:
    root = tree({**REAL3D, "Real3D-AD-PCD/fish/test/10_good.pcd": "1 2 3\n"})
    sample = DATA_SETS["real3d_ad"].load(root).samples[1]
    with pytest.raises(DataSetError, match="looked for a pcd head with a line POINTS"):
        sample.load_gt_mask()
