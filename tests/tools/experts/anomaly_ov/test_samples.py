from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import LoupeError
from tools.experts.anomaly_ov.samples import LabelledPicture, part, read_manifest


def manifest(folder: Path, *lines: str) -> Path:
    for name in ("a.png", "b.png"):
        (folder / name).touch()
    file = folder / "manifest.csv"
    file.write_text("\n".join(["path,label,dataset", *lines]) + "\n", "utf-8")
    return file


def test_lines_become_pictures_beside_the_manifest(tmp_path: Path) -> None:
    file = manifest(tmp_path, "a.png,normal,one", "b.png,anomalous,two")

    assert read_manifest(file) == [
        LabelledPicture(tmp_path / "a.png", False, "one"),
        LabelledPicture(tmp_path / "b.png", True, "two"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.png,good,one", "line 2: label must be normal or anomalous, got 'good'"),
        ("c.png,normal,one", "line 2: there is no picture"),
    ],
)
def test_a_line_that_cannot_be_is_named(line: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LoupeError, match=told):
        read_manifest(manifest(tmp_path, line))


@pytest.mark.parametrize("text", ["", "path,label\n", "picture,label,dataset\na,normal,b\n"])
def test_a_file_that_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.csv"
    file.write_text(text, "utf-8")

    with pytest.raises(LoupeError, match="must have lines with path, label, dataset"):
        read_manifest(file)


def test_a_held_out_data_set_is_not_trained_on() -> None:
    samples = [LabelledPicture(Path(f"{n}"), n % 2 == 0, "abc"[n // 2]) for n in range(6)]

    parted = part(samples, held_out=["b"])

    assert {s.dataset for s in parted.trained} == {"a", "c"}
    assert {s.dataset for s in parted.held_out} == {"b"}


def test_holding_out_what_is_not_there_or_too_much_is_refused() -> None:
    samples = [LabelledPicture(Path("x"), n == 0, "ab"[n]) for n in range(2)]

    with pytest.raises(LoupeError, match="no data set c; there are a, b"):
        part(samples, held_out=["c"])
    with pytest.raises(LoupeError, match="hold fewer data sets out"):
        part(samples, held_out=["a"])
