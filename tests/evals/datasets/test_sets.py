"""Adapters on small hand-written label files, and counts on the shared data."""

from collections import Counter
from pathlib import Path

import pytest

from evals.datasets import (
    DEFECT_TYPES,
    IMAGE_SETS,
    DataSetError,
    ImageSet,
    Sample,
    draw_splits,
    first_split,
    load_deeppcb,
    load_image_set,
)


def _write_set(folder: Path, text: str, *pictures: str) -> None:
    folder.mkdir()
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    for name in pictures:
        (folder / name).touch()


def _set_of(n_normal: int, n_anomalous: int) -> ImageSet:
    labels = [0] * n_normal + [1] * n_anomalous
    samples = tuple(Sample(path=Path(f"{i}.png"), gt_label=v) for i, v in enumerate(labels))
    return ImageSet(name="toy", samples=samples)


def test_ambiguous_cells_and_other_cell_types_are_left_out(tmp_path: Path) -> None:
    _write_set(
        tmp_path / "elpv",
        "file,defect_probability,cell_type,label\na,0.0,mono,normal\nb,0.333,mono,ambiguous\n"
        "c,1.0,poly,defect\nd,1.0,mono,defect\n",
        *"abcd",
    )
    loaded = load_image_set(tmp_path, "elpv_mono")
    assert [(s.path.name, s.gt_label) for s in loaded.samples] == [("a", 0), ("d", 1)]


def test_a_normal_sample_names_no_defect(tmp_path: Path) -> None:
    _write_set(
        tmp_path / "magnetic_tile",
        "file,tile,mask,defect,label\na,1,,free,normal\nb,2,b_mask,crack,defect\n",
        *"ab",
    )
    loaded = load_image_set(tmp_path, "magnetic_tile")
    assert [s.defect_type for s in loaded.samples] == [None, "crack"]


def test_an_absent_set_says_how_to_name_its_folder(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="does not exist; give its folder with --data"):
        load_image_set(tmp_path, "casting")


def test_an_unknown_set_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="unknown set 'wood'; known: elpv_mono"):
        load_image_set(tmp_path, "wood")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na,broken\n", "unknown label 'broken'"),
        ("file,label\nz,normal\n", "listed in labels.csv but absent"),
        ("name,label\na,normal\n", "has no column 'file'"),
        ("file,label\n", "has no row"),
    ],
)
def test_a_label_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    _write_set(tmp_path / "casting", text, "a")
    with pytest.raises(DataSetError, match=message):
        load_image_set(tmp_path, "casting")


def test_a_draw_takes_references_from_normals_and_tests_the_rest() -> None:
    for split in draw_splits(_set_of(10, 5), n_references=8, n_draws=20):
        assert max(split.reference_indices) < 10
        assert sorted(split.reference_indices + split.test_indices) == list(range(15))


def test_draws_are_the_same_however_many_are_made() -> None:
    toy = _set_of(20, 5)
    assert draw_splits(toy, n_draws=3) == draw_splits(toy, n_draws=20)[:3]
    assert len({split.reference_indices for split in draw_splits(toy, n_draws=20)}) == 20


@pytest.mark.parametrize(("n_normal", "n_anomalous"), [(8, 5), (20, 0), (0, 3)])
def test_a_set_without_a_test_class_is_refused(n_normal: int, n_anomalous: int) -> None:
    with pytest.raises(DataSetError, match="8 references need more than 8 normal"):
        draw_splits(_set_of(n_normal, n_anomalous), n_references=8)


def test_a_box_of_no_pair_is_refused(tmp_path: Path) -> None:
    _write_set(tmp_path / "deeppcb", "id,test,template\n1,test/1.jpg,template/1.jpg\n")
    boxes = tmp_path / "deeppcb" / "boxes.csv"
    boxes.write_text("id,x1,y1,x2,y2,type,type_name\n2,0,0,5,5,1,open\n", encoding="utf-8")
    with pytest.raises(DataSetError, match="no pair has the id '2'"):
        load_deeppcb(tmp_path)


def test_the_shared_sets_have_the_stated_numbers(shared_data: Path) -> None:
    counts = {name: load_image_set(shared_data, name) for name in IMAGE_SETS}
    labels = {name: Counter(s.gt_label for s in found.samples) for name, found in counts.items()}
    assert labels == {
        "elpv_mono": {0: 50, 1: 50},
        "elpv_poly": {0: 50, 1: 50},
        "magnetic_tile": {0: 20, 1: 100},
        "casting": {0: 40, 1: 40},
        "kolektorsdd": {0: 14, 1: 14},
        "leather": {0: 15, 1: 75},
    }


def test_the_shared_pcb_pairs_have_their_boxes(shared_data: Path) -> None:
    pairs = load_deeppcb(shared_data)
    kinds = Counter(box.defect for pair in pairs for box in pair.boxes)
    assert len(pairs) == 60
    assert kinds == dict(zip(DEFECT_TYPES, (74, 67, 73, 63, 50, 64), strict=True))


def test_the_first_split_is_the_first_draw_thinned() -> None:
    toy = _set_of(20, 6)
    whole = draw_splits(toy, n_draws=1)[0]
    thinned = first_split(toy, seed=0, every=3)
    assert thinned.reference_indices == whole.reference_indices
    assert thinned.test_indices == whole.test_indices[::3]
