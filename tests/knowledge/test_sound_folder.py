"""What a folder that is sound becomes."""

from __future__ import annotations

import shutil
from pathlib import Path

from knowledge.product_folder import read_product_folder


def test_a_sound_folder_becomes_a_product_with_sources(folder: Path) -> None:
    product = read_product_folder(folder).product
    assert product.name == "bracket"
    assert product.aliases == ["BR-7", "steel bracket"]
    assert [(rule.id, rule.source) for rule in product.rules] == [
        ("R1", "rules.yaml:1"),
        ("R2", "rules.yaml:4"),
        ("R3", "rules.yaml:11"),
    ]
    assert [(mode.id, mode.source) for mode in product.failure_modes] == [
        ("scratch", "fmea.csv:2"),
        ("missing-hole", "fmea.csv:3"),
    ]
    assert [(note.id, note.title, note.source) for note in product.notes] == [
        ("work.md#lighting", "Work instruction / Lighting", "notes/work.md:5"),
        ("work.md#rejects", "Work instruction / Rejects", "notes/work.md:9"),
    ]
    assert [(entry.id, entry.index, entry.size) for entry in product.references] == [
        (f"b{i}.png", i, [128, 96]) for i in range(4)
    ]


def test_boms_windows_line_ends_and_semicolons_change_nothing(folder: Path) -> None:
    plain = read_product_folder(folder).product
    for name in ("product.yaml", "rules.yaml", "fmea.csv", "notes/work.md"):
        text = (folder / name).read_text()
        if name == "fmea.csv":
            text = text.replace("thin line, straight", "thin line| straight")
            text = text.replace(",", ";").replace("|", ",")
        data = text.replace("\n", "\r\n").encode()
        (folder / name).write_bytes(b"\xef\xbb\xbf" + data)
    assert read_product_folder(folder).product == plain


def test_only_a_name_a_descriptor_and_one_reference_are_needed(folder: Path) -> None:
    (folder / "product.yaml").write_text("name: bracket\ndescriptor: A bracket.\n")
    (folder / "rules.yaml").unlink()
    (folder / "fmea.csv").unlink()
    shutil.rmtree(folder / "notes")
    for seed in (1, 2, 3):
        (folder / "references" / f"b{seed}.png").unlink()
    product = read_product_folder(folder).product
    assert (product.rules, product.failure_modes, product.notes) == ([], [], [])
    assert len(product.references) == 1


def test_the_digest_follows_what_the_folder_says_and_not_its_lines(folder: Path) -> None:
    before = read_product_folder(folder).product.digest
    rules = folder / "rules.yaml"
    rules.write_text("# a comment\n" + rules.read_text())
    assert read_product_folder(folder).product.digest == before
    rules.write_text(rules.read_text().replace("no scratch", "no scratch or dent"))
    assert read_product_folder(folder).product.digest != before


def test_a_long_section_is_cut_at_a_blank_line(folder: Path) -> None:
    paragraph = "word " * 120
    (folder / "notes" / "work.md").write_text(f"# Long\n\n{paragraph}\n\n{paragraph}\n\nend\n")
    notes = read_product_folder(folder).product.notes
    assert [note.id for note in notes] == ["work.md#long", "work.md#long-2"]
    assert [note.source for note in notes] == ["notes/work.md:3", "notes/work.md:7"]


def test_a_failure_mode_may_have_an_id_of_its_own(folder: Path) -> None:
    (folder / "fmea.csv").write_text(
        "id,mode,appearance,cause,effect,remediation,severity,occurrence,detection\n"
        "FM7,scratch,bright line,,,,4,3,2\n\n,Rost \u00dcberall,brown,,,,4,3,2\n"
    )
    modes = read_product_folder(folder).product.failure_modes
    assert [(mode.id, mode.source) for mode in modes] == [
        ("FM7", "fmea.csv:2"),
        ("rost-uberall", "fmea.csv:4"),
    ]
