"""A folder and a table of one's own."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from evals.datasets import DATA_SETS, DataSetError

Tree = Callable[[Mapping[str, str]], Path]

FOLDER = {
    "OK/a.png": "picture",
    "scratch/b.png": "picture",
    "scratch/c.png": "picture",
    "dent/d.ply": "",
    "masks/b.png": "mask",
    "masks/scratch/c.png": "mask",
}
TABLE = (
    "path,label,mask,product,defect_type,split,reference\n"
    "a.png,normal,,lid,,train,\n"
    "b.png,1,b_mask.png,lid,scratch,test,a.png; a.png\n"
)


def test_folders_name_the_defect_and_masks_lie_beside(tree: Tree) -> None:
    loaded = DATA_SETS["folder"].load(tree(FOLDER))
    assert [(s.id, s.gt_label, s.defect_type, s.modality) for s in loaded.samples] == [
        ("OK/a.png", 0, None, "image"),
        ("dent/d.ply", 1, "dent", "point_cloud"),
        ("scratch/b.png", 1, "scratch", "image"),
        ("scratch/c.png", 1, "scratch", "image"),
    ]
    masks = [s.load_gt_mask() for s in loaded.samples]
    assert [None if mask is None else mask.sum() for mask in masks] == [0, None, 1, 1]


def test_a_table_says_everything_or_only_path_and_label(tree: Tree) -> None:
    files = {"a.png": "picture", "b.png": "picture", "b_mask.png": "mask"}
    root = tree({**files, "samples.csv": TABLE, "short.csv": "path,label\nb.png,NG\n"})
    normal, scratch = DATA_SETS["csv"].load(root).samples
    assert (normal.gt_label, normal.split, normal.defect_type) == (0, "train", None)
    assert (scratch.gt_label, scratch.product, scratch.defect_type) == (1, "lid", "scratch")
    assert scratch.references == (root / "a.png", root / "a.png")
    mask = scratch.load_gt_mask()
    assert mask is not None
    assert mask.sum() == 1
    (short,) = DATA_SETS["csv"].load(root / "short.csv").samples
    assert (short.gt_label, short.split) == (1, None)


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("folder", {"bad/a.png": ""}, "looked for a folder normal or good or ok; found bad/"),
        ("csv", {"a.png": ""}, "looked for samples.csv; found a.png"),
        ("csv", {"samples.csv": "path\na.png\n"}, "has no column 'label'"),
        (
            "csv",
            {"samples.csv": "path,label\na.png,maybe\n", "a.png": ""},
            "line 2: label must be one of normal, good, .*; got 'maybe'",
        ),
        (
            "csv",
            {"samples.csv": "path,label,split\na.png,ok,dev\n", "a.png": ""},
            "line 2: split must be one of train, val, validation, test; got 'dev'",
        ),
        ("csv", {"samples.csv": "path,label\na.png,ok\n"}, "listed in samples.csv but absent"),
        (
            "csv",
            {"samples.csv": "path,label,mask\na.png,NG,m.png\n", "a.png": ""},
            "m.png is listed in samples.csv but absent",
        ),
        (
            "csv",
            {"samples.csv": "path,label,reference\na.png,NG,r.png\n", "a.png": ""},
            "r.png is listed in samples.csv but absent",
        ),
        ("csv", {"samples.csv": "path,label\na.doc,ok\n", "a.doc": ""}, "path must end in one of"),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_sought_and_found(
    tree: Tree, name: str, files: Mapping[str, str], message: str
) -> None:
    with pytest.raises(DataSetError, match=message):
        DATA_SETS[name].load(tree(files))
