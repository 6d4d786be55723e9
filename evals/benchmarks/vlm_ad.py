"""One server asked by anomalib's VlmAd, by a plain loop and by a batch of Loupe.

``LOUPE_ANOMALIB_PYTHON=PYTHON python -m evals.benchmarks.vlm_ad``: anomalib's pins are not ours,
so PYTHON is the interpreter of an environment of its own, with `anomalib` and `openai`. Each asks
once for each small picture; VlmAd and the loop ask one after the other, so that a few pictures tell
as much as many. Figures of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import BaseModel, ValidationError

from agent.batch.engines.contract import EngineChoice
from evals.benchmarks.engines import IN_FLIGHT, Measured, plain_loop, run, write_parts
from evals.benchmarks.served import Served, Wanted, served
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.errors import SettingsError

VARIABLE = "LOUPE_ANOMALIB_PYTHON"
UNSET = (
    f"{VARIABLE} is not set: name the interpreter of an environment with `pip install anomalib "
    "openai` and a torchvision that imports there"
)
SCRIPT = Path(__file__).with_name("vlm_ad_alone.py")
MODEL = "gpt-4o-mini"
"""The one model that VlmAd asks of an OpenAI-compatible server."""
PATIENCE_S = 600.0
"""For anomalib, beside the answers."""


class Told(BaseModel):
    """What `vlm_ad_alone` says."""

    version: str
    import_s: float
    first_s: float
    """From the call of `Engine.predict` to the first question."""
    last_s: float
    """To the last answer."""
    rows: list[tuple[str, bool, str | None]]
    """File, whether it is anomalous, and why."""


class Asked(NamedTuple):
    """What anomalib did."""

    measured: Measured
    version: str
    import_s: float


def main(
    n: Annotated[int, typer.Option(min=2, help="Pictures for the batch.")] = 10 * IN_FLIGHT,
    n_each: Annotated[
        int, typer.Option(min=1, help="Pictures for those that ask one after the other.")
    ] = 16,
    in_flight: Annotated[int, typer.Option(min=1)] = IN_FLIGHT,
    latency: Annotated[float, typer.Option(min=0.01, help="Seconds for each answer.")] = 1.0,
) -> None:
    """Measure all three."""
    python = os.environ.get(VARIABLE, "")
    if not python:
        raise SystemExit(UNSET)
    with (
        tempfile.TemporaryDirectory() as name,
        served([Wanted(MODEL, "look_up", {}, 1)], latency_s=latency) as endpoint,
    ):
        folder = Path(name)
        parts = write_parts(folder / "parts", n)
        few = write_parts(folder / "few", n_each)
        loop = plain_loop(few, endpoint, model=MODEL)
        asked = ask_vlm_ad(python, few, endpoint, patience_s=PATIENCE_S + 2 * latency * n_each)
        batch = run(
            "`loupe batch`, direct",
            parts,
            folder / "home",
            EngineChoice(),
            model=MODEL,
            base_url=endpoint.base_url,
            strategy="direct",
            concurrency=in_flight,
            vlm_concurrency=4 * in_flight,
        )
    lines = table([loop, asked.measured, batch], in_flight=in_flight, latency=latency)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines.append(
        f"\nVlmAd: anomalib {asked.version}, `Engine.predict(model=VlmAd({MODEL!r}), "
        "data_path=...)`, its pictures sent as `image/png` (its own `image/.png` is refused); its "
        f"imports, {asked.import_s:.0f} s, are in no row. Load {load}. "
        f"`python -m evals.benchmarks.vlm_ad --n {n} --n-each {n_each} --in-flight {in_flight} "
        f"--latency {latency:g}`, commit {commit_name()}, {machine_name()}, {utc_now()}."
    )
    typer.echo("\n".join(lines))


def ask_vlm_ad(python: str, parts: Sequence[Path], endpoint: Served, *, patience_s: float) -> Asked:
    """Have anomalib ask about all pictures of a folder.

    Args:
        python: interpreter that has anomalib.
        parts: the pictures, all that their folder has.
        endpoint: the server.
        patience_s: for all of it.

    Raises:
        SettingsError: the interpreter cannot do it, or does not tell of each picture once.
    """
    folder = parts[0].parent
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "told.json"
        command = [python, str(SCRIPT), str(folder), MODEL, str(out)]
        asks = {"OPENAI_BASE_URL": endpoint.base_url, "OPENAI_API_KEY": "none"}
        ours = {"PYTHONPATH", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"}
        kept = {key: value for key, value in os.environ.items() if key not in ours}
        try:
            done = subprocess.run(
                command,
                cwd=name,
                env={**kept, **asks},
                capture_output=True,
                text=True,
                timeout=patience_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SettingsError(f"{VARIABLE}: {python} cannot be used ({error})") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise SettingsError(f"{VARIABLE}: {python} cannot run VlmAd: {last}")
        return read(out, parts)


def read(path: Path, parts: Sequence[Path]) -> Asked:
    """What anomalib told, as a row of the table; an answer without words counts as none.

    Raises:
        SettingsError: where it is not told of each picture once.
    """
    try:
        told = Told.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SettingsError(f"{path}: VlmAd told nothing that can be read ({error})") from error
    if sorted(name for name, _, _ in told.rows) != sorted(one.name for one in parts):
        raise SettingsError(
            f"VlmAd was given {len(parts)} pictures and told of {len(told.rows)}, or of others"
        )
    silent = sum(not why for _, _, why in told.rows)
    seconds = told.last_s - told.first_s
    measured = Measured("VlmAd", len(parts), silent, told.last_s, seconds, len(parts))
    return Asked(measured, told.version, told.import_s)


def table(rows: Sequence[Measured], *, in_flight: int, latency: float) -> list[str]:
    """Markdown; the ideal is that of so many in flight, which nobody who asks in turn can reach."""
    ideal = in_flight / latency
    return [
        f"| a VLM of {latency:g} s | n | not decided | wall, s | rows a second "
        f"| of {ideal:g} | from the first question or full load on | of {ideal:g} |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        *(one.line(ideal) for one in rows),
    ]


if __name__ == "__main__":
    typer.run(main)
