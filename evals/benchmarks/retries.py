"""What `loupe batch` makes of each fault of a VLM: what a person sees, and what the rows say.

``python -m evals.benchmarks.retries`` prints the table. Each fault is served over HTTP by the
loopback endpoint, once for as long as the run lasts and once for its first answer alone.
Knows no expected outcome; the tests do.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from agent.batch.records import BatchRow
from agent.loopback import FAULTS, PixelReader, Scripted, loopback_endpoint
from agent.loopback.replies import Model
from agent.result_log import FILE, read_rows
from evals.benchmarks.faults import IN_ROUNDS, run_loupe, sighted, waiting
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, utc_now

N_PARTS = 3
MAX_REASON = 160
"""Characters that are shown."""
SETTINGS = "vlm_attempts = 2\nmax_rounds = 2\nconcurrency = 1\n"
"""One part after another; everything else as by default."""


class RetryRow(NamedTuple):
    """One run against a model that has a fault."""

    fault: str
    passes: bool
    """Whether only the first answer has it."""
    code: int
    """Exit code of the command."""
    rows: dict[str, int]
    """How many rows have which decision and status."""
    reason: str
    """Of the first row that has one."""
    counts: dict[str, Any]
    """Of the calls, as `run.json` has them."""
    n_requests: int
    """That the endpoint has received."""
    summary: str
    """What is told of retries at the end; empty where nothing is."""


def run_retries(folder: Path, names: Sequence[str], *, passes: bool) -> Iterator[RetryRow]:
    """Run batches of three normal parts.

    Args:
        folder: an empty one, for the product, the home and the runs.
        names: of the faults.
        passes: the first answer alone has the fault.
    """
    sample = write_tiny_product(folder)
    home, parts = folder / "home", folder / "parts"
    home.mkdir()
    parts.mkdir()
    _write_parts(parts)
    run_loupe("knowledge", "add", sample.product, "--home", home)
    for name in names:
        yield _run(name, folder, passes=passes)


def _write_parts(parts: Path) -> None:
    from PIL import Image

    for number in range(N_PARTS):
        Image.fromarray(tiny_plate(20 + number)).save(parts / f"part_{number}.png")


def _run(name: str, folder: Path, *, passes: bool) -> RetryRow:
    home, out = folder / "home", folder / "runs" / name
    with loopback_endpoint({name: _model(name, passes=passes)}) as endpoint:
        settings = f'base_url = "{endpoint.base_url}"\n{SETTINGS}{waiting(name, 1.0)}'
        (home / "loupe.toml").write_text(settings, encoding="utf-8")
        code, said, _ = run_loupe(
            *("batch", folder / "parts", "--product", PRODUCT, "--model", name),
            *("--no-keep-answers", "--home", home, "--out", out),
        )
    rows = read_rows(out / FILE, BatchRow)
    document = json.loads((out / "run.json").read_text("utf-8"))
    found = next((row.reason for row in rows if row.reason), "")
    return RetryRow(
        fault=name,
        passes=passes,
        code=code,
        rows=dict(Counter(" ".join(filter(None, (row.decision, row.status))) for row in rows)),
        reason=found if len(found) <= MAX_REASON else f"{found[:MAX_REASON]} ...",
        counts=document["vlm_calls"],
        n_requests=endpoint.record.n_requests,
        summary=_summary(said),
    )


def _model(name: str, *, passes: bool) -> Model:
    faulty = sighted(name) if name in IN_ROUNDS else name
    return Scripted([faulty, PixelReader().reply] if passes else [faulty], at_end="repeat")


def _summary(said: str) -> str:
    """The end of the line that tells what the VLM cost."""
    line = next((one for one in said.splitlines() if "; VLM: " in one), "")
    return line.partition(" kept from before; ")[2]


def as_lines(stays: Sequence[RetryRow], passed: Sequence[RetryRow]) -> list[str]:
    """A Markdown table: a row for each fault."""
    lines = [
        "| fault | rows while it stays | exit | calls | retries | errors | told at the end "
        "| reason in the first row | rows where it passes | retries |",
        "| --- | --- | --: | --: | --: | --: | --- | --- | --- | --: |",
    ]
    after = {one.fault: one for one in passed}
    for one in stays:
        then = after.get(one.fault)
        cells = [
            *(one.fault, _rows(one), one.code, one.n_requests),
            *(one.counts["retries"], one.counts["errors"], one.summary or "nothing"),
            one.reason or "none",
            *(("", "") if then is None else (_rows(then), then.counts["retries"])),
        ]
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return lines


def _rows(one: RetryRow) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(one.rows.items()))


def main() -> None:
    """Print the table."""
    found = []
    for passes in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            found.append(list(run_retries(Path(folder), list(FAULTS), passes=passes)))
    made = (
        f"{N_PARTS} normal parts each, two attempts for an answer, {len(FAULTS)} faults. "
        f"`python -m evals.benchmarks.retries`, commit {commit_name()}, {utc_now()}."
    )
    typer.echo("\n".join([*as_lines(*found), "", made]))


if __name__ == "__main__":
    typer.run(main)
