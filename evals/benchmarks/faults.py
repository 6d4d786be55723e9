"""What a person sees and the record says of each fault of a VLM.

``python -m evals.benchmarks.faults`` prints the table.
Each fault is served over HTTP by the loopback endpoint, and the part is inspected by the ``loupe``
command line. Knows no expected outcome; the tests do.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import typer

from agent.loopback import FAULTS, ChatRequest, PixelReader, Reply, Scripted, loopback_endpoint
from agent.loopback.replies import Model
from evals.benchmarks.tiny_product import PRODUCT, write_tiny_product
from evals.tables.provenance import commit_name, utc_now

RECOVERS = "rate_limited, then answers"
"""The one fault here that passes."""
IN_ROUNDS = ("unknown_region", "endless_tool_calls")
"""Faults of the rounds alone: at first sight their model judges well."""
SETTINGS = "vlm_attempts = 2\nmax_rounds = 3\n"
"""Everything else as by default."""
HANGING = ("timeout", "slow_loris")
"""Faults that end where nobody waits any longer; others are answered, on a busy machine late."""


class FaultRow(NamedTuple):
    """One inspection against a model that has a fault."""

    fault: str
    strategy: str
    part: str
    """Its file's name."""
    code: int
    """Exit code of the command."""
    row: str
    """Decision and status in the table that is printed; empty where nothing is."""
    stderr: str
    """What is told beside it."""
    decision: str | None
    status: str
    degraded: tuple[str, ...]
    reason: str
    n_calls: int
    """Attempts, as the record's usage counts them."""
    n_requests: int
    """That the endpoint has received."""
    faults: tuple[str, ...]
    """Of the trace: one for each attempt that failed, in their order."""
    sources: tuple[str, ...]
    """Of the scores that took part in the decision."""
    seconds: float


def models() -> dict[str, Model]:
    """A model for each fault, by its name, and one that recovers."""
    always: dict[str, Model] = {
        name: Scripted([sighted(name) if name in IN_ROUNDS else name], at_end="repeat")
        for name in FAULTS
    }
    recovers = Scripted(["rate_limited", PixelReader().reply], at_end="repeat")
    return {**always, RECOVERS: recovers}


def sighted(fault: str) -> Callable[[ChatRequest], Reply]:
    """Judges well at first sight; the fault is in the rounds."""
    reader = PixelReader()
    return lambda request: (FAULTS[fault] if request.tools else reader.reply)(request)


def run_faults(
    folder: Path,
    *,
    rounds: Sequence[str],
    direct: Sequence[str] = (),
    spotted: Sequence[str] = (),
) -> Iterator[FaultRow]:
    """Inspect a normal part against each fault, and one with a dark spot against some.

    Args:
        folder: an empty one, for the product and the home.
        rounds: names of the faults with the strategy rounds.
        direct: of those with the strategy direct.
        spotted: of those with the strategy rounds and the spotted part, last.
    """
    sample = write_tiny_product(folder)
    home = folder / "home"
    home.mkdir()
    run_loupe("knowledge", "add", sample.product, "--home", home)
    asked = (
        ("rounds", rounds, sample.normal),
        ("direct", direct, sample.normal),
        ("rounds", spotted, sample.spotted),
    )
    for strategy, names, part in asked:
        for name in names:
            yield _run(name, models()[name], home=home, part=part, strategy=strategy)


def _run(name: str, model: Model, *, home: Path, part: Path, strategy: str) -> FaultRow:
    from agent.trace import read_trace
    from graphs.records import Inspection

    plain = name.replace(",", "").replace(" ", "-")
    out, served = home.parent / "runs" / strategy / part.stem / plain, {plain: model}
    with loopback_endpoint(served) as endpoint:
        settings = f'base_url = "{endpoint.base_url}"\n{SETTINGS}{waiting(name, 0.5)}'
        (home / "loupe.toml").write_text(settings, encoding="utf-8")
        started = perf_counter()
        code, table, told = run_loupe(
            *("inspect", part, "--product", PRODUCT, "--model", endpoint.model),
            *("--strategy", strategy, "--home", home, "--out", out),
        )
        seconds = perf_counter() - started
    (folder,) = (out / "inspections").iterdir()
    record = Inspection.model_validate_json((folder / "inspection.json").read_bytes())
    calls = read_trace(folder / "trace.jsonl").calls
    return FaultRow(
        fault=name,
        strategy=strategy,
        part=part.name,
        code=code,
        row=_row(table, part.name),
        stderr="\n".join(line for line in told.splitlines() if part.name in line),
        decision=record.verdict.decision,
        status=record.verdict.status,
        degraded=tuple(record.degraded),
        reason=record.verdict.reason,
        n_calls=record.usage.vlm_calls,
        n_requests=endpoint.record.n_requests,
        faults=tuple(str(call.fault) for call in calls if call.fault is not None),
        sources=tuple(record.verdict.fusion),
        seconds=seconds,
    )


def waiting(fault: str, seconds: float) -> str:
    """The setting of how long an answer is waited for: so long where none comes."""
    return f"vlm_timeout_s = {seconds if fault in HANGING else 60.0}\n"


def run_loupe(*words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    from agent.cli import run as run_command_line

    out, told = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(told):
        code = run_command_line([str(word) for word in words])
    return code, out.getvalue(), told.getvalue()


def _row(table: str, name: str) -> str:
    found = next((line for line in table.splitlines() if line.strip().startswith(name)), "")
    return " ".join(found.split()[1:3])


def as_lines(rows: Sequence[FaultRow]) -> list[str]:
    """A Markdown table."""
    head = ("fault", "strategy", "row of the table", "exit", "attempts", "faults in the trace")
    lines = [
        f"| {' | '.join(head)} | decided by | what is told on stderr |",
        "| --- | --- | --- | --: | --: | --- | --- | --- |",
    ]
    for one in rows:
        cells: Mapping[str, object] = {
            "fault": one.fault,
            "strategy": one.strategy,
            "row": one.row or f"(none: {one.status})",
            "exit": one.code,
            "attempts": one.n_calls,
            "faults": ", ".join(dict.fromkeys(one.faults)) or "none",
            "by": ", ".join(one.sources) or "nobody",
            "told": one.stderr.replace("\n", " ") or one.reason,
        }
        lines.append("| " + " | ".join(str(c).replace("|", "\\|") for c in cells.values()) + " |")
    return lines


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        named = [name for name in models() if name not in IN_ROUNDS]
        rows = list(run_faults(Path(folder), rounds=list(models()), direct=named))
    made = f"`python -m evals.benchmarks.faults`, commit {commit_name()}, {utc_now()}."
    typer.echo("\n".join([*as_lines(rows), "", made]))


if __name__ == "__main__":
    typer.run(main)
