from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from knowledge.embeddings.hashing import HashingEmbedding
from knowledge.records import Calibration, Case
from knowledge.store import KnowledgeStore, open_store
from tools.arrays import Float32Array, UInt8Image
from tools.errors import KnowledgeError

ROOT = Path(__file__).resolve().parents[2]
Picture = Callable[[int], UInt8Image]


class FailsAtCall(HashingEmbedding):
    """The offline embedding, out of order at one call."""

    def __init__(self, call: int) -> None:
        self.calls_left = call

    def embed(self, texts: Sequence[str]) -> Float32Array:
        self.calls_left -= 1
        if self.calls_left == 0:
            raise KnowledgeError("the embedding is out of order")
        return super().embed(texts)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def row_counts(store: KnowledgeStore) -> dict[str, int]:
    database = store._database
    names = ("products", "passages", "places", "looks", "calibrations", "cases")
    return {name: getattr(database, name).collection.count() for name in names}


def test_adding_a_folder_twice_does_nothing_the_second_time(
    store: KnowledgeStore, folder: Path
) -> None:
    first = store.add(folder)
    assert (len(first.added), first.unchanged) == (12, 0)
    second = store.add(folder)
    assert not second.anything_changed
    assert str(second) == "bracket: nothing changed (12 items)"
    assert second.digest == first.digest == store.product("bracket").digest


def test_one_changed_rule_is_all_that_changes(store: KnowledgeStore, folder: Path) -> None:
    store.add(folder)
    before = row_counts(store)
    replace(folder / "rules.yaml", "no scratch", "no scratch or dent")
    report = store.add(folder)
    assert (report.added, report.changed, report.removed) == ([], ["rule R1"], [])
    assert report.unchanged == 11
    assert row_counts(store) == before
    assert store.product("bracket").rules[0].text == "The surface shows no scratch or dent."
    assert store.look_up("dent", product="bracket")[0].id == "R1"


def test_a_removed_note_is_not_found_any_more(store: KnowledgeStore, folder: Path) -> None:
    store.add(folder)
    assert store.look_up("red bin", product="bracket", kinds=["note"])[0].id == "work.md#rejects"
    (folder / "notes" / "work.md").unlink()
    report = store.add(folder)
    assert report.removed == ["note work.md#lighting", "note work.md#rejects"]
    assert store.look_up("red bin", product="bracket", kinds=["note"]) == []


def test_a_reference_that_was_taken_out_leaves_no_picture_behind(
    store: KnowledgeStore, folder: Path, home: Path
) -> None:
    store.add(folder)
    (folder / "references" / "b0.png").unlink()
    assert store.add(folder).removed == ["reference b0.png"]
    assert len(store.reference_pictures("bracket")) == 3
    assert len(list((home / "knowledge" / "pictures").iterdir())) == 3
    assert row_counts(store)["places"] == row_counts(store)["looks"] == 3


def test_the_store_needs_the_folder_no_more(
    home: Path, folder: Path, bracket_picture: Picture
) -> None:
    with open_store(home) as store:
        store.add(folder)
        product = store.product("bracket")
    for path in (folder / "references").iterdir():
        path.unlink()
    with open_store(home) as store:
        assert store.products() == [product]
        pictures = store.reference_pictures("BR-7")
    assert np.array_equal(pictures[2], bracket_picture(2))


def test_a_lost_picture_is_told_and_comes_back_with_the_folder(
    home: Path, folder: Path, bracket_picture: Picture
) -> None:
    with open_store(home) as store:
        store.add(folder)
    for path in (home / "knowledge" / "pictures").iterdir():
        path.unlink()
    with open_store(home) as store:
        with pytest.raises(KnowledgeError, match="a kept reference is lost; add its product again"):
            store.nearest_references(bracket_picture(1), product="bracket")
        assert not store.add(folder).anything_changed
        assert len(store.reference_pictures("bracket")) == 4


def test_importing_the_store_loads_nothing_heavy() -> None:
    program = """
import sys
import knowledge.store
heavy = ("chromadb", "torch", "skimage", "transformers", "httpx", "pypdf", "filelock")
print([name for name in heavy if name in sys.modules])
"""
    assert run_python(program).stdout.strip() == "[]"


def test_an_unknown_product_names_the_known_ones(store: KnowledgeStore, folder: Path) -> None:
    with pytest.raises(KnowledgeError, match="none is known yet; add one with"):
        store.product("bracket")
    store.add(folder)
    with pytest.raises(KnowledgeError) as caught:
        store.product("braket")
    assert str(caught.value) == "no product 'braket' (did you mean 'bracket'?); known: bracket"


def test_two_products_cannot_share_a_name(store: KnowledgeStore, folder: Path) -> None:
    store.add(folder)
    replace(folder / "product.yaml", "name: bracket", "name: holder")
    with pytest.raises(KnowledgeError, match="'holder' cannot be called 'br-7': product 'bracket'"):
        store.add(folder)
    assert [product.name for product in store.products()] == ["bracket"]


def test_a_bad_folder_changes_nothing(store: KnowledgeStore, folder: Path) -> None:
    store.add(folder)
    before = (store.products(), row_counts(store))
    replace(folder / "rules.yaml", "no scratch", "no dent")
    replace(folder / "fmea.csv", ",4,3,2", ",4,3,high")
    with pytest.raises(KnowledgeError, match="detection: must be a whole number"):
        store.add(folder)
    assert (store.products(), row_counts(store)) == before


def test_an_add_that_fails_half_way_leaves_the_former_state(home: Path, folder: Path) -> None:
    with open_store(home, embedding=FailsAtCall(2)) as store:
        store.add(folder)
        before = (store.products(), row_counts(store))
        replace(folder / "rules.yaml", "no scratch", "no dent")
        Image.new("RGB", (64, 64), "white").save(folder / "references" / "b9.png")
        with pytest.raises(KnowledgeError, match="out of order"):
            store.add(folder)
        assert (store.products(), row_counts(store)) == before
        assert len(list((home / "knowledge" / "pictures").iterdir())) == 4


def test_an_add_that_is_killed_leaves_the_former_state(home: Path, folder: Path) -> None:
    with open_store(home) as store:
        store.add(folder)
        before = (store.products(), row_counts(store))
    replace(folder / "rules.yaml", "no scratch", "no dent")
    Image.new("RGB", (64, 64), "white").save(folder / "references" / "b9.png")
    program = f"""
import os
from pathlib import Path
from typing import Any
from knowledge.embeddings.hashing import HashingEmbedding
from knowledge.store import open_store
class Dies(HashingEmbedding):
    def embed(self, texts):
        os._exit(9)
open_store(Path({str(home)!r}), embedding=Dies()).add(Path({str(folder)!r}))
"""
    assert run_python(program).returncode == 9
    with open_store(home) as store:
        assert (store.products(), row_counts(store)) == before
        assert len(list((home / "knowledge" / "pictures").iterdir())) == 4
        assert store.add(folder).changed == ["rule R1"]


def test_removing_a_product_leaves_nothing_of_it(
    store: KnowledgeStore,
    folder: Path,
    home: Path,
    a_case: Callable[..., Case],
    bracket_picture: Picture,
) -> None:
    store.add(folder)
    store.save_calibration(calibration_of(store))
    store.add_case(a_case("C1"), image_hwc=bracket_picture(1))
    store.remove("steel bracket")
    assert store.products() == []
    assert set(row_counts(store).values()) == {0}
    assert list((home / "knowledge" / "pictures").iterdir()) == []
    assert store.recall_product(bracket_picture(1)) is None


def test_a_calibration_of_a_former_state_is_not_returned(
    store: KnowledgeStore, folder: Path
) -> None:
    store.add(folder)
    calibration = calibration_of(store)
    store.save_calibration(calibration)
    assert store.calibration("BR-7", mind="embedded", key="k1") == calibration
    assert store.calibration("bracket", mind="embedded", key="k2") is None
    assert store.calibration("bracket", mind="other", key="k1") is None
    replace(folder / "rules.yaml", "no scratch", "no dent")
    store.add(folder)
    assert store.calibration("bracket", mind="embedded", key="k1") is None
    with pytest.raises(KnowledgeError, match="of another state of 'bracket'; calibrate again"):
        store.save_calibration(calibration)


def test_threads_may_read_while_one_changes_the_store(
    store: KnowledgeStore, folder: Path, bracket_picture: Picture
) -> None:
    store.add(folder)
    finished: list[bool] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            assert store.look_up("scratch", product="bracket", k=1)
            assert store.nearest_references(bracket_picture(1), product="bracket")
        finished.append(True)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(4):
        replace(folder / "rules.yaml", "Oil film", f"Oil film {turn}")
        store.add(folder)
    done.set()
    for reader in readers:
        reader.join()
    assert finished == [True, True, True]


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


def calibration_of(store: KnowledgeStore) -> Calibration:
    return Calibration(
        product="bracket",
        product_digest=store.product("bracket").digest,
        mind="embedded",
        key="k1",
        normal_scores={"patch_memory": [0.1, 0.2]},
        pixel_levels={"patch_memory": 0.3},
        n_references=4,
        target_overkill=0.05,
        low=0.5,
        high=0.9,
        calibrated=False,
        seed=0,
    )
