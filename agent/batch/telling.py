"""Tells what came of a batch, or would cost, and writes its exports. Knows no graph."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, NamedTuple

from agent.batch.engines.contract import EngineChoice
from agent.batch.exports import write_csv, write_junit, write_parquet
from agent.batch.manifest import chosen
from agent.batch.pacing import calls_line
from agent.batch.records import BatchRow, Order
from agent.batch.summary import Summary, summarise
from agent.console import print_note, terminal
from agent.run_folder import RunFolder
from agent.standing import clock
from tools.errors import SettingsError
from tools.told_names import shown

if TYPE_CHECKING:
    from rich.table import Table

    from agent.batch.wanted import Ended, Wanted

N_BARS = 12


class Guess(NamedTuple):
    """What all rows would come to, from some."""

    what: str
    mean: float
    half_width: float
    """Of the 95 % interval of the mean; infinite for one row."""

    def times(self, n: int) -> str:
        """Of n rows, in words."""
        low, high = (n * max(self.mean + sign * self.half_width, 0.0) for sign in (-1, 1))
        return f"{self.what}: {n * self.mean:,.4g} [{low:,.4g}, {high:,.4g}]"


def finish(wanted: Wanted, ended: Ended) -> int:
    """Print the summary, write exports and the run's page; gives the exit code."""
    from agent.report.files import write_index

    rows = ended.rows
    if wanted.csv is not None:
        write_csv(rows, wanted.csv)
    if wanted.junit is not None:
        write_junit(rows, wanted.junit, name=ended.run.root.name)
    try:
        write_parquet(rows, ended.run.root / "results.parquet")
    except SettingsError as error:
        print_note(str(error))
    if next((ended.run.root / "inspections").glob("*/inspection.json"), None) is not None:
        write_index(ended.run)
    if not wanted.as_json:
        print_summary(ended)
    tell_of_again(rows)
    n_left = ended.n_orders - len(rows)
    if n_left:
        print_note(f"{n_left} of {ended.n_orders} rows are not done: {ended.stopped}")
    return 1 if n_left or any(row.status == "failed" for row in rows) else 0


def tell_of_again(rows: Sequence[BatchRow]) -> None:
    """Say how what did not go well is done once more."""
    for status in ("failed", "degraded"):
        n = sum(row.status == status for row in rows)
        if n:
            noun = "row" if n == 1 else "rows"
            print_note(
                f"{n} {noun} {status}: the same command with --again {status} does them anew"
            )


def print_summary(ended: Ended) -> None:
    """Decisions, Pareto, worst, cost."""
    told, console = summarise(ended.rows), terminal()
    console.print(decisions_line(told), soft_wrap=True)
    if told.pareto:
        console.print(_pareto_table(told))
    if told.worst:
        console.print(_worst_table(told))
    console.print(cost_line(told, ended), soft_wrap=True)
    console.print(f"results: {ended.run.root / 'results.jsonl'}", soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _pareto_table(told: Summary) -> Table:
    from rich.markup import escape

    table = _table("why parts are anomalous", "failure mode or rule", "parts", "cumulative")
    for bar in told.pareto[:N_BARS]:
        table.add_row(escape(shown(bar.name)), str(bar.n), f"{bar.share:.0%}")
    return table


def _worst_table(told: Summary) -> Table:
    from rich.markup import escape

    table = _table("worst", "file", "decision", "score", "finding", "record")
    for row in told.worst:
        score = "-" if row.score is None else f"{row.score:.2f}"
        finding = row.findings[0] if row.findings else "-"
        cells = (Path(row.asset).name, str(row.decision), score, finding, row.inspection)
        table.add_row(*(escape(shown(cell)) for cell in cells))
    return table


def decisions_line(told: Summary) -> str:
    """`12 parts: 8 normal, 3 anomalous, 1 review; 2 share an inspection`."""
    counts = ", ".join(f"{n} {word}" for word, n in sorted(told.decisions.items()))
    more = f"; {told.degraded} degraded" if told.degraded else ""
    more += f"; {told.shared} share the inspection of an equal file" if told.shared else ""
    return f"{told.n} parts: {counts}{more}"


def cost_line(told: Summary, ended: Ended) -> str:
    """Time, and what the VLM cost."""
    rate = ended.n_fresh / ended.seconds if ended.seconds else 0.0
    line = f"{ended.n_fresh} rows in {clock(ended.seconds)}, {rate:.2f}/s"
    if told.vlm_calls or ended.n_kept_answers:
        n_answers = ended.n_asked + ended.n_kept_answers
        line += (
            f"; VLM: {told.vlm_calls} calls, {told.input_tokens} tokens in, "
            f"{told.output_tokens} out, {told.cost_usd:.4f} US dollars, "
            f"{ended.n_kept_answers} of {n_answers} answers kept from before"
        )
    if ended.calls is not None and (failed := calls_line(ended.calls)):
        line += f"; {failed}"
    return line


def estimate(wanted: Wanted, orders: Sequence[Order], *, k: int) -> int:
    """Inspect k drawn rows in a folder that is thrown away, and print what all would cost.

    They are inspected in this process, whatever engine the run is to have.

    Answers of a VLM are kept, so that the run itself does not pay for them again.
    """
    from agent.batch.setting_up import run_orders

    drawn = chosen(orders, sample=k, seed=wanted.settings.seed)
    with tempfile.TemporaryDirectory(prefix="loupe-dry-run-") as folder:
        dry = replace(wanted, out=Path(folder) / "run", again=frozenset(), engine=EngineChoice())
        ended = asyncio.run(run_orders(dry, drawn, RunFolder.given(Path(folder) / "run")))
    n, console = len(orders), terminal()
    console.print(f"{n} rows, from {len(ended.rows)} drawn, with 95 % intervals:")
    for guess in guesses(ended.rows):
        console.print(f"  {guess.times(n)}", markup=False)
    rate = ended.n_fresh / ended.seconds
    console.print(f"  at {rate:.2f} rows a second: {clock(n / rate)}")
    return 0


def guesses(rows: Sequence[BatchRow]) -> list[Guess]:
    """Means of what a row costs. Equal files are counted as what they are: free."""
    values: dict[str, Sequence[float]] = {
        "VLM calls": [row.vlm_calls for row in rows],
        "tokens in": [row.input_tokens for row in rows],
        "tokens out": [row.output_tokens for row in rows],
        "US dollars": [row.cost_usd for row in rows],
    }
    return [_guess(what, found) for what, found in values.items()]


def _guess(what: str, found: Sequence[float]) -> Guess:
    from scipy.stats import t

    n = len(found)
    if n < 2:
        return Guess(what, mean(found), float("inf"))
    return Guess(what, mean(found), float(t.ppf(0.975, n - 1)) * stdev(found) / n**0.5)
