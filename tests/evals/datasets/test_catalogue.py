"""The table of data sets, on the shared parts and on what every entry must say."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.datasets import DATA_SETS, DataSetError, find_data_set, load_data_set
from evals.datasets.masks import MaskFiles, spans_of
from evals.datasets.records import Sample

PARTS = {
    "aitex": {0: 5, 1: 6},
    "elpv": {0: 100, 1: 100},
    "brainmri": {0: 50, 1: 50},
    "headct": {0: 30, 1: 30},
    "br35h": {0: 40, 1: 40},
    "nab": {0: 1, 1: 7},
    "ucr": {1: 3},
    "skab": {0: 1, 1: 5},
    "casting": {0: 40, 1: 40},
    "deepcrack": {1: 40},
    "deeppcb": {0: 60, 1: 60},
    "gpt4v_generic_ad": {0: 8, 1: 10},
    "kolektorsdd": {0: 14, 1: 14},
    "leather": {0: 15, 1: 75},
    "magnetic_tile": {0: 20, 1: 100},
    "mvtec_bottle": {0: 2, 1: 1},
    "neu_det": {1: 60},
    "stitchingnet": {0: 5, 1: 50},
    "ucsd_ped2": {1: 3},
    "ucsd_ped2_frames": {0: 62, 1: 118},
    "welding": {0: 8, 1: 16},
    "pointclouds": {},
    "sample_videos": {},
}
"""Samples of each label in the shared parts."""


def test_every_entry_says_what_it_is_and_where_to_get_it() -> None:
    for name, adapter in DATA_SETS.items():
        card = adapter.card
        assert name == card.name
        assert all((card.title, card.licence, card.source, card.folders))


def test_every_shared_folder_is_read_by_an_entry(shared_data: Path) -> None:
    folders = {f.name for f in shared_data.iterdir() if (f / "labels.csv").is_file()}
    found = {name: find_data_set(shared_data, name) for name in DATA_SETS}
    assert {root.name for root in found.values() if root} == folders
    counts = {
        name: dict(Counter(s.gt_label for s in load_data_set(shared_data, name).samples))
        for name, root in found.items()
        if root
    }
    assert counts == PARTS


def test_ids_of_the_shared_parts_are_unique_and_no_path_of_a_machine(shared_data: Path) -> None:
    for name in PARTS:
        ids = [sample.id for sample in load_data_set(shared_data, name).samples]
        assert len(ids) == len(set(ids))
        assert not any(id.startswith("/") for id in ids)


def test_masks_of_the_shared_parts_mark_anomalous_pictures_only(shared_data: Path) -> None:
    for name in ("kolektorsdd", "magnetic_tile", "deepcrack", "ucsd_ped2_frames"):
        for sample in load_data_set(shared_data, name).samples[::7]:
            mask = sample.load_gt_mask()
            assert mask is not None
            assert mask.any() == bool(sample.gt_label)


def test_files_without_a_usable_label_are_left_out_with_a_reason(shared_data: Path) -> None:
    reasons = Counter(
        (name, one.reason)
        for name in ("elpv", "pointclouds", "sample_videos", "gpt4v_generic_ad")
        for one in load_data_set(shared_data, name).left_out
    )
    assert reasons == {
        ("elpv", "labelled ambiguous"): 40,
        ("pointclouds", "carries no label"): 10,
        ("sample_videos", "carries no label"): 2,
        ("gpt4v_generic_ad", "no picture of a part but its som"): 2,
        ("gpt4v_generic_ad", "no picture of a part but its mask"): 1,
    }


def test_cases_keep_the_authors_rule_and_prompts(shared_data: Path) -> None:
    samples = load_data_set(shared_data, "gpt4v_generic_ad").samples
    bottle = next(s for s in samples if s.id == "Industrial-AD__Case1/abnormal.png")
    assert str(bottle.metadata["rule"]).startswith("Normally, the image given should depict clear")
    assert [q.kind for q in bottle.questions][:2] == [
        "zero-shot, naive",
        "zero-shot, with class_information",
    ]
    assert bottle.questions[0].answer == (
        "A cord-like material partially inside and outside the bottle."
    )
    assert [path.name for path in bottle.references] == ["normal.png"]


def test_boxes_of_good_welds_are_no_defects(shared_data: Path) -> None:
    samples = load_data_set(shared_data, "welding").samples
    assert {box.defect for s in samples for box in s.boxes} == {"bad_weld", "defect"}
    assert not any(s.boxes for s in samples if s.gt_label == 0)


def test_a_set_that_is_not_there_says_where_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "casting").mkdir()
    with pytest.raises(
        DataSetError, match=r"looked for visa/ or VisA/ .* of visa; found casting/; get it from"
    ):
        load_data_set(tmp_path, "visa")
    assert find_data_set(tmp_path, "visa") is None


def test_an_unknown_set_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="unknown data set 'wood'; known: mvtec_ad, visa"):
        load_data_set(tmp_path, "wood")


def test_a_selection_that_is_empty_lists_products_and_splits(shared_data: Path) -> None:
    elpv = load_data_set(shared_data, "elpv")
    assert len(elpv.only(product="mono").samples) == 100
    assert elpv.image_set(product="mono").name == "elpv/mono"
    with pytest.raises(DataSetError, match="its products are 'mono', 'poly', its splits None"):
        elpv.only(product="thin")


def test_the_mask_of_a_turned_photograph_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.new("L", (5, 2)).save(path, exif=exif)
    mask = Sample(path=path, gt_label=0).load_gt_mask()
    assert mask is not None
    assert mask.shape == (5, 2)


def test_an_anomalous_sample_of_a_set_without_masks_has_none(tmp_path: Path) -> None:
    assert Sample(path=tmp_path / "a.png", gt_label=1).load_gt_mask() is None


def test_masks_of_one_picture_must_have_one_size(tmp_path: Path) -> None:
    for name, size in (("a.png", (2, 3)), ("b.png", (3, 2))):
        Image.new("L", size).save(tmp_path / name)
    files = MaskFiles(paths=(tmp_path / "a.png", tmp_path / "b.png"))
    with pytest.raises(DataSetError, match="masks of one picture differ"):
        files.load()


def test_a_mask_that_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture", encoding="utf-8")
    with pytest.raises(DataSetError, match="a mask that cannot be read"):
        MaskFiles(paths=(tmp_path / "a.png",)).load()


def test_sixteen_bit_masks_keep_small_values(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 1], [0, 300]], dtype=np.uint16)).save(tmp_path / "a.png")
    assert MaskFiles(paths=(tmp_path / "a.png",)).load().tolist() == [[False, True], [False, True]]


def test_runs_of_true_values_are_spans_with_an_exclusive_end() -> None:
    assert spans_of([False, True, True, False, True]) == ((1, 3), (4, 5))
    assert spans_of([]) == ()
