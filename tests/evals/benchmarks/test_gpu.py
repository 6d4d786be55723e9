from __future__ import annotations

from pathlib import Path

from evals.benchmarks.gpu import NOT_HERE, PARTS, TINY, Figure, Part, Plan, main, measured, of_part


def test_every_cell_is_empty_where_the_device_is_absent() -> None:
    figures = measured(Plan("cuda:63"))

    assert len(figures) == 19
    assert {(figure.value, figure.why) for figure in figures} == {(None, NOT_HERE)}
    assert Figure("a", "s", aim="1").line() == "| a |  | s | 1 |"


def test_a_tiny_run_on_the_cpu_fills_every_cell(tmp_path: Path) -> None:
    main(device="cpu", out=tmp_path / "table.md", tiny=True)

    table = (tmp_path / "table.md").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in table if line.startswith("| ")][2:]
    assert len(rows) == sum(len(part.rows(TINY)) for part in PARTS.values())
    assert all(float(row[2]) >= 0 for row in rows)
    assert not any("Empty cells" in line for line in table)


def test_a_package_that_is_not_there_leaves_its_part_empty_and_is_named() -> None:
    def lacking(plan: Plan) -> list[float]:
        raise ModuleNotFoundError("No module named 'chromadb'", name="chromadb")

    [figure] = of_part(Part(lambda plan: [Figure("a", "s")], lacking), TINY)

    assert figure == Figure("a", "s", why="chromadb is not installed here")
