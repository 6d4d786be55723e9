"""The command `loupe eval` as it is joined to the command line."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.command import app
from evals.tables.embedded import TableRun, write_table
from tools.errors import LoupeError, SettingsError


def _unheard(line: str) -> None:
    raise AssertionError(f"nothing should be measured, but: {line}")


def test_the_command_is_found_through_its_entry_point() -> None:
    (entry,) = entry_points(group="loupe.commands", name="eval")
    assert entry.load() is app


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "table" in shown.output
    assert "recall" in shown.output


def test_joining_the_command_loads_nothing_heavy() -> None:
    code = (
        "import sys, evals.command; "
        "print([m for m in ('numpy', 'torch', 'scipy', 'chromadb') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_an_unknown_part_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    run = TableRun(data_dir=tmp_path, out=tmp_path / "out", only=("speed",))
    with pytest.raises(SettingsError, match="'speed': no such part; parts: deeppcb, sets"):
        write_table(run, report=_unheard)
    assert not (tmp_path / "out").exists()


def test_an_absent_data_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere is no folder; name the shared data's folder"):
        write_table(TableRun(data_dir=tmp_path / "nowhere", out=tmp_path), report=_unheard)


def test_an_absent_data_set_is_one_line(tmp_path: Path) -> None:
    run = TableRun(data_dir=tmp_path, out=tmp_path / "out", only=("decisions",))
    with pytest.raises(LoupeError, match=r"boxes.csv does not exist; give its folder with --data"):
        write_table(run, report=_unheard)


@pytest.mark.parametrize(
    ("run", "command"),
    [
        (TableRun(data_dir=Path("d"), out=Path("o")), "loupe eval table --data DIR"),
        (
            TableRun(data_dir=Path("d"), out=Path("o"), n_draws=3, only=("sets",), seed=4),
            "loupe eval table --data DIR --draws 3 --only sets --seed 4",
        ),
    ],
)
def test_a_table_names_the_command_that_makes_it(run: TableRun, command: str) -> None:
    assert run.command == command
