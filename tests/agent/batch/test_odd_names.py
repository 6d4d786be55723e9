"""Whatever a disc takes as a name: each file has its row, and no name stops the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.cli import run as loupe
from agent.result_log import read_rows
from agent.run_folder import asset_id

LATIN = os.fsdecode(b"latin-\xfc.png")
NAMES = (
    "ü 部品 🧲.png",
    "a\nb.png",
    "\x1b[31mred.png",
    "-dash.png",
    "[x]*.png",
    "x" * 251 + ".png",
)


def rows() -> dict[str, BatchRow]:
    return {Path(one.asset).name: one for one in read_rows(Path("run/results.jsonl"), BatchRow)}


def test_each_file_has_a_row_whatever_its_name(
    strange: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path("parts")
    folder.mkdir()
    for name in (*NAMES, LATIN):
        (folder / name).write_bytes(strange.read_bytes())

    assert loupe(["batch", "parts", "--home", "home", "--out", "run"]) == 1

    found = rows()
    assert set(found) == {*NAMES, r"latin-\xfc.png"}
    failed = found.pop(r"latin-\xfc.png")
    assert failed.status == "failed"
    assert "bytes that are no UTF-8 cannot be used, rename the file" in failed.reason
    assert {one.decision for one in found.values()} == {"review"}
    said = capsys.readouterr()
    assert "\x1b" not in said.err + said.out


def test_a_name_too_long_for_a_disc_fails_its_own_row(strange: Path) -> None:
    names = [strange.name, *(f"{'y' * 300}{suffix}" for suffix in (".tif", ".txt", ".ply"))]
    Path("all.csv").write_text("\n".join(["asset", *names, ""]))

    assert loupe(["batch", "all.csv", "--home", "home", "--out", "run"]) == 1

    assert {name: one.status for name, one in rows().items()} == {
        strange.name: "decided",
        **dict.fromkeys(names[1:], "failed"),
    }


def test_a_path_of_4095_bytes_is_inspected(
    strange: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, folder = strange.read_bytes(), tmp_path / "deep"
    folder.mkdir()
    while len(os.fsencode(folder)) < 3690:
        folder /= "d" * 200
        folder.mkdir()
    folder /= "e" * (4095 - len(os.fsencode(folder)) - 202)
    folder.mkdir()
    path = folder / ("n" * 196 + ".png")
    path.write_bytes(content)
    assert len(os.fsencode(path)) == 4095

    assert loupe(["batch", str(path), "--home", "home", "--out", "run"]) == 0

    assert rows()[path.name].decision == "review"


def test_an_asset_whose_name_is_no_utf_8_has_a_name_in_a_run() -> None:
    assert asset_id(Path(LATIN)).startswith("latin-")
