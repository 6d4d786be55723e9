from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.product_folder import read_product_folder
from tools.errors import KnowledgeError

Spoil = Callable[[Path], object]


def replaced(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return spoil


def emptied(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        for path in (folder / name).iterdir():
            path.unlink()

    return spoil


def written(name: str, data: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(data)


BAD_FOLDERS: dict[str, tuple[Spoil, str]] = {
    "no product.yaml": (
        lambda folder: (folder / "product.yaml").unlink(),
        "product.yaml: is missing; it needs at least a name and a descriptor",
    ),
    "unknown key": (
        replaced("product.yaml", "aliases:", "alias:"),
        "product.yaml:2: alias: is no key of product.yaml (did you mean 'aliases'?)",
    ),
    "unknown tolerance": (
        replaced("product.yaml", "shift_px", "shift_pix"),
        "product.yaml:8: tolerance.shift_pix: is no known key (did you mean 'shift_px'?)",
    ),
    "bad scale": (
        replaced("product.yaml", "mm_per_px: 0.2", "mm_per_px: -0.2"),
        "product.yaml:5: mm_per_px: must be greater than 0, got -0.2",
    ),
    "text for a number": (
        replaced("product.yaml", "gain: 0.1", "gain: ten percent"),
        "product.yaml:9: tolerance.gain: must be a valid number, got 'ten percent'",
    ),
    "not a number": (
        replaced("product.yaml", "shift_px: 3", "shift_px: .nan"),
        "product.yaml:8: tolerance.shift_px: must be a finite number, got nan",
    ),
    "unknown reference mode": (
        replaced("product.yaml", "reference: any", "reference: each"),
        "product.yaml:6: reference: must be 'any' or 'per_place', got 'each'",
    ),
    "number for a name": (
        replaced("product.yaml", "name: bracket", "name: 7"),
        "product.yaml:1: name: must be a valid string, got 7",
    ),
    "no descriptor": (
        replaced("product.yaml", "descriptor:", "# descriptor:"),
        "product.yaml:1: descriptor: is missing",
    ),
    "key given twice": (
        replaced("product.yaml", "reference: any", "name: other"),
        "product.yaml:6: name: is given twice, first in line 1",
    ),
    "broken yaml": (
        replaced("product.yaml", "[BR-7, steel bracket]", "[BR-7, steel bracket"),
        "product.yaml:3: is not valid YAML:",
    ),
    "control character": (
        replaced("product.yaml", "steel bracket", "steel\x01bracket"),
        "product.yaml:2: has a character that YAML does not allow: '\\x01'",
    ),
    "tag that its value belies": (
        written("product.yaml", b"name: !!timestamp 2\n"),
        "product.yaml: is not valid YAML:",
    ),
    "alias bomb": (
        written("product.yaml", b"name: &a [x, x]\naliases: [*a, *a]\n"),
        "product.yaml:1: an alias (*name) refers to this; write the value out",
    ),
    "empty product.yaml": (
        written("product.yaml", b"\n"),
        "product.yaml:1: must hold keys and values: name, aliases",
    ),
    "unknown kind": (
        replaced("rules.yaml", "kind: must", "kind: should"),
        "rules.yaml:2: rule 1, kind: must be 'must', 'ignore' or 'tolerance', got 'should'",
    ),
    "quantity that nobody measures": (
        replaced("rules.yaml", "count:hole", "weight_g"),
        "rules.yaml:7: rule 2, quantity: 'weight_g' cannot be measured; the quantities are area",
    ),
    "duplicate rule": (
        replaced("rules.yaml", "id: R3", "id: R1"),
        "rules.yaml:11: rule 3, id: 'R1' is already the id of line 1",
    ),
    "crossed bounds": (
        replaced("rules.yaml", "max: 2", "max: 1"),
        "rules.yaml:4: rule 2: min must not be above max, got 2.0 > 1.0",
    ),
    "unknown rule key": (
        replaced("rules.yaml", "unit:", "units:"),
        "rules.yaml:10: rule 2, units: is no key of a rule (did you mean 'unit'?)",
    ),
    "bound on a rule that nothing is measured for": (
        replaced("rules.yaml", "kind: must", "kind: must\n  max: 3"),
        "rules.yaml:3: rule 1, max: belongs to a tolerance or ignore rule, and this rule's kind is",
    ),
    "bound on an ignore rule without a quantity": (
        replaced("rules.yaml", "kind: ignore", "kind: ignore\n  max: 3"),
        "rules.yaml:13: rule 3, max: needs a quantity beside it, and this rule's kind is 'ignore'",
    ),
    "ignore rule that limits a count": (
        replaced("rules.yaml", "kind: ignore", "kind: ignore\n  quantity: count:hole\n  max: 3"),
        "rules.yaml:13: rule 3, quantity: 'count:hole' is of no single region; an ignore rule",
    ),
    "ignore rule with a quantity and no bound": (
        replaced("rules.yaml", "kind: ignore", "kind: ignore\n  quantity: length_mm"),
        "rules.yaml:11: rule 3: a quantity needs min, max or both",
    ),
    "rules without dashes": (
        written("rules.yaml", b"id: R1\n"),
        "rules.yaml:1: must be a list of rules, each with '- id: ...'",
    ),
    "bad severity": (
        replaced("fmea.csv", ",4,3,2", ",14,3,2"),
        "fmea.csv:2: severity: must be a whole number from 1 to 10, got '14'",
    ),
    "unquoted comma": (
        replaced("fmea.csv", "flat steel where", "flat, steel where"),
        "fmea.csv:3: the row has 9 cells and the header 8; quote cells that hold the separator",
    ),
    "misspelt column": (
        replaced("fmea.csv", "occurrence", "occurence"),
        "fmea.csv:1: occurence: is no column (did you mean 'occurrence'?)",
    ),
    "mode without appearance": (
        replaced("fmea.csv", "flat steel where a hole should be", ""),
        "fmea.csv:3: appearance: must have at least 1 character, got ''",
    ),
    "mode twice": (
        replaced("fmea.csv", "missing hole", "Scratch"),
        "fmea.csv:3: id: 'scratch' is already the id of fmea.csv:2; give an id of its own",
    ),
    "open quote": (
        replaced("fmea.csv", 'straight"', "straight"),
        "fmea.csv:2: is not valid CSV: unexpected end of data",
    ),
    "empty fmea": (written("fmea.csv", b""), "fmea.csv:1: has no header; columns: mode,"),
    "no references": (
        lambda folder: shutil.rmtree(folder / "references"),
        "references: is missing; it holds pictures of normal parts, at least one",
    ),
    "empty references": (
        emptied("references"),
        "references: is empty; put at least one picture of a normal part there",
    ),
    "unreadable picture": (
        written("references/b1.png", b"\x89PNG\r\n\x1a\n and then nothing"),
        "references/b1.png: cannot be read as a picture:",
    ),
    "text among the pictures": (
        written("references/list.txt", b"b0 b1"),
        "references/list.txt: is no picture by its name",
    ),
    "word document as a note": (
        written("notes/standard.docx", b"PK"),
        "notes/standard.docx: is neither .md nor .pdf",
    ),
    "broken pdf": (
        written("notes/standard.pdf", b"%PDF-1.7 and then nothing"),
        "notes/standard.pdf: cannot be read as PDF:",
    ),
    "note not UTF-8": (
        written("notes/work.md", b"# Ma\xdfe\n"),
        "notes/work.md:1: is not UTF-8 (byte 0xdf); save the file as UTF-8",
    ),
    "misspelt file": (
        lambda folder: (folder / "rules.yaml").rename(folder / "rule.yml"),
        "rule.yml: is not a name that is read (did you mean 'rules.yaml'?)",
    ),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_bad_folder_is_told_with_file_line_and_field(folder: Path, case: str) -> None:
    spoil, expected = BAD_FOLDERS[case]
    spoil(folder)
    with pytest.raises(KnowledgeError) as caught:
        read_product_folder(folder)
    lines = str(caught.value).split("\n")
    assert any(line.startswith(f"{folder}/{expected}") for line in lines), str(caught.value)


def test_all_that_is_wrong_is_told_together_in_order(folder: Path) -> None:
    for case in ("bad severity", "duplicate rule", "bad scale", "unknown key"):
        BAD_FOLDERS[case][0](folder)
    with pytest.raises(KnowledgeError) as caught:
        read_product_folder(folder)
    places = [line.removeprefix(f"{folder}/").split(": ")[0] for line in _lines(caught.value)]
    assert places == ["fmea.csv:2", "product.yaml:2", "product.yaml:5", "rules.yaml:11"]


def test_a_file_given_for_a_folder_is_told(folder: Path) -> None:
    with pytest.raises(KnowledgeError, match="is a file, not a product's folder; give the folder"):
        read_product_folder(folder / "product.yaml")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="nowhere: there is no such folder"):
        read_product_folder(tmp_path / "nowhere")


def test_a_folder_of_products_names_them(folder: Path) -> None:
    with pytest.raises(KnowledgeError, match="holds products, is none itself; add one of bracket"):
        read_product_folder(folder.parent)


def _lines(error: KnowledgeError) -> list[str]:
    return str(error).split("\n")
