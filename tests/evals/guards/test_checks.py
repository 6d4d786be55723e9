"""Guards on small sets with one flaw each, and on the shared parts."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evals.datasets import DataSet, DataSetCard, Sample, load_data_set
from evals.datasets.masks import MaskFiles
from evals.guards import KNOWN_FLAWS, MEANINGS, check
from evals.guards.checks import NEAR_BITS
from evals.guards.hashes import alike, difference_hash, groups_of
from evals.guards.records import Kind


def card(name: str) -> DataSetCard:
    return DataSetCard(
        name=name, title=name, modality="image", licence="-", source="-", folders=(name,)
    )


def picture(path: Path, seed: int) -> Path:
    """Smooth random patches, so that hashes are of more than noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 6), dtype=np.uint8))
    coarse.resize((64, 64), Image.Resampling.BICUBIC).save(path)
    return path


def kinds(*data_sets: DataSet) -> list[tuple[Kind, tuple[str, ...]]]:
    return [(flag.kind, flag.samples) for flag in check(data_sets)]


def one_set(*samples: Sample, name: str = "a") -> DataSet:
    return DataSet(card=card(name), samples=samples)


def test_clean_sets_have_no_finding(tmp_path: Path) -> None:
    samples = [
        Sample(path=picture(tmp_path / f"{i}.png", i), gt_label=0, id=str(i)) for i in range(4)
    ]
    assert kinds(one_set(*samples)) == []


def test_one_file_in_training_and_test_is_a_leak(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    (tmp_path / "y.png").write_bytes(path.read_bytes())
    leaking = one_set(
        Sample(path=path, gt_label=0, id="x", split="train"),
        Sample(path=tmp_path / "y.png", gt_label=0, id="y", split="test"),
    )
    assert kinds(leaking) == [("leak", ("a:x", "a:y"))]


def test_one_file_twice_in_a_split_is_a_duplicate_and_may_have_two_labels(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    twice = one_set(
        Sample(path=path, gt_label=0, id="x", split="test"),
        Sample(path=path, gt_label=1, id="y", split="test"),
    )
    assert kinds(twice) == [("duplicate", ("a:x", "a:y")), ("labels disagree", ("a:x", "a:y"))]


def test_one_file_in_two_sets_is_shared_by_them(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    first, second = (
        one_set(Sample(path=path, gt_label=0, id="x"), name=name) for name in ("a", "b")
    )
    assert kinds(first, second) == [("shared by sets", ("a:x", "b:x"))]


def test_a_resampled_brighter_copy_looks_alike(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    with Image.open(path) as image:
        brighter = image.resize((90, 90)).point(lambda value: min(255, int(value * 0.9) + 20))
    brighter.save(tmp_path / "y.jpg", quality=80)
    leaking = one_set(
        Sample(path=path, gt_label=0, id="x", split="train"),
        Sample(path=tmp_path / "y.jpg", gt_label=0, id="y", split="test"),
    )
    assert kinds(leaking) == [("near leak", ("a:x", "a:y"))]


def test_a_template_may_look_like_the_picture_it_belongs_to(tmp_path: Path) -> None:
    template = picture(tmp_path / "t.png", 1)
    with Image.open(template) as image:
        image.resize((60, 60)).save(tmp_path / "x.png")
    paired = one_set(
        Sample(path=template, gt_label=0, id="t"),
        Sample(path=tmp_path / "x.png", gt_label=1, id="x", references=(template,)),
    )
    assert kinds(paired) == []


def test_references_that_are_tested_are_told_once_with_all_their_users(tmp_path: Path) -> None:
    first = picture(tmp_path / "000.png", 1)
    others = [picture(tmp_path / f"{i}.png", i) for i in (2, 3)]
    indexed = one_set(
        *(
            Sample(path=path, gt_label=0, id=path.stem, split="test", references=(first,))
            for path in (first, *others)
        )
    )
    assert kinds(indexed) == [
        ("reference is tested", ("a:000", "a:2", "a:3")),
        ("own reference", ("a:000",)),
    ]


def test_a_reference_from_training_is_no_finding(tmp_path: Path) -> None:
    good, tested = (picture(tmp_path / f"{i}.png", i) for i in (1, 2))
    fine = one_set(
        Sample(path=good, gt_label=0, id="g", split="train"),
        Sample(path=tested, gt_label=1, id="t", split="test", references=(good,)),
    )
    assert kinds(fine) == []


def test_masks_that_serve_no_metric_are_told(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    Image.new("L", (8, 8), 255).save(tmp_path / "small.png")
    Image.new("L", (64, 64), 0).save(tmp_path / "empty.png")
    flawed = one_set(
        *(
            Sample(
                path=picture(tmp_path / f"{name}_x.png", seed),
                gt_label=1,
                id=name,
                gt_mask=MaskFiles(paths=(tmp_path / f"{name}.png",)),
            )
            for seed, name in enumerate(("small", "empty", "absent"))
        )
    )
    assert path.is_file()
    assert kinds(flawed) == [
        ("mask of another size", ("a:small",)),
        ("mask without an anomaly", ("a:empty",)),
        ("unreadable", ("a:absent",)),
    ]


def test_a_file_that_is_no_picture_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_text("no picture", encoding="utf-8")
    mixed = one_set(
        Sample(path=tmp_path / "broken.png", gt_label=0, id="broken"),
        Sample(path=tmp_path / "absent.png", gt_label=0, id="absent"),
    )
    assert kinds(mixed) == [("unreadable", ("a:absent",)), ("unreadable", ("a:broken",))]


def test_known_flaws_name_their_source_and_touch_only_their_samples(tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png", 1)
    folder = "DS-MVTec/pill/image/good"
    pills = DataSet(
        card=card("mmad"),
        samples=tuple(
            Sample(path=picture(tmp_path / f"{n}.png", n), gt_label=0, id=f"{folder}/{n:03d}.png")
            for n in (1, 22)
        ),
    )
    (flag,) = check([pills])
    assert path.is_file()
    assert (flag.kind, flag.samples) == ("known", (f"mmad:{folder}/001.png",))
    assert "github.com/jam-cc/MMAD/issues/15" in flag.source
    assert all(flaw.source and flaw.detail for flaw in KNOWN_FLAWS)


def test_the_shared_parts_have_the_flaws_that_were_found_in_them(shared_data: Path) -> None:
    names = ("mvtec_bottle", "gpt4v_generic_ad", "magnetic_tile")
    flags = check([load_data_set(shared_data, name) for name in names])
    found = {(flag.kind, flag.samples) for flag in flags}
    assert (
        "shared by sets",
        (
            "gpt4v_generic_ad:Industrial-AD__Case1/normal.png",
            "mvtec_bottle:images/train_good_000.png",
        ),
    ) in {(kind, tuple(sorted(samples))) for kind, samples in found}
    assert ("mask without an anomaly", ("magnetic_tile:images/uneven/exp4_num_45057.jpg",)) in found
    assert not any(kind in ("leak", "near leak") for kind, _ in found)


def test_hashes_of_unlike_pictures_differ_in_many_bits(tmp_path: Path) -> None:
    hashes = np.stack([difference_hash(picture(tmp_path / f"{i}.png", i)) for i in range(8)])
    assert hashes.shape == (8, 4)
    assert alike(hashes, max_bits=NEAR_BITS * 4) == []
    assert len(alike(hashes, max_bits=256)) == 8 * 7 // 2


@pytest.mark.parametrize(
    ("pairs", "groups"),
    [([], []), ([(0, 1), (2, 3)], [[0, 1], [2, 3]]), ([(0, 1), (1, 4), (3, 4)], [[0, 1, 3, 4]])],
)
def test_pairs_join_to_groups(pairs: list[tuple[int, int]], groups: list[list[int]]) -> None:
    assert groups_of(pairs) == groups


def test_every_kind_of_finding_says_what_it_means() -> None:
    assert all(meaning for meaning in MEANINGS.values())
