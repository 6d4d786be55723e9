"""The files of a run's results: json, tables, pictures. Runs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.results.measures import measures_by_name
from evals.results.measures.tools import tool_table
from evals.results.records import Results
from evals.results.tables import as_latex, as_markdown
from evals.runner.manifest import VERDICTS_ANSWER, Manifest
from evals.tables.records import Measure

TABLE_FORMAT = "loupe.suite-table/1"
JSON, MARKDOWN, LATEX = "table.json", "table.md", "table.tex"
TOOLS = "tool-benefit.json"


def write_results(results: Results, *, out: Path | None = None) -> list[Measure]:
    """Compute every figure and write the files.

    Args:
        results: of a run, finished or not; what is not done is counted.
        out: where; the run's own folder where None.

    Returns:
        The figures.
    """
    from evals.results.figures import write_figures

    folder = out or results.folder
    folder.mkdir(parents=True, exist_ok=True)
    measured = measures_by_name(results)
    measures = [one for found in measured.values() for one in found]
    text = json.dumps(as_json(results, measures), indent=1, ensure_ascii=False)
    (folder / JSON).write_text(f"{text}\n", encoding="utf-8")
    (folder / MARKDOWN).write_text(markdown_of(results, measures), encoding="utf-8")
    (folder / LATEX).write_text(latex_of(results, measures), encoding="utf-8")
    if "tools" in results.suite.measures:
        table = json.dumps(tool_table(results), indent=1)
        (folder / TOOLS).write_text(f"{table}\n", encoding="utf-8")
    write_figures(results, folder, measured)
    return measures


def as_json(results: Results, measures: list[Measure]) -> dict[str, Any]:
    """Figures with what they were made with."""
    manifest = results.manifest
    return {
        "format": TABLE_FORMAT,
        "suite": manifest.suite.name,
        "version": manifest.suite.version,
        "suite_digest": manifest.suite.digest,
        "title": manifest.suite.title,
        "source": manifest.suite.source,
        "published": manifest.suite.published,
        "data": manifest.suite.data,
        "limit": manifest.suite.limit,
        "mind": manifest.mind,
        "seed": manifest.seed,
        "command": manifest.command,
        "commit": manifest.commit,
        "continued": manifest.continued,
        "versions": manifest.versions,
        "machine": manifest.machine,
        "created": manifest.created,
        "n_planned": manifest.n_planned,
        "n_rows": len(results.rows),
        "spent": spent_of(results),
        "left_out": manifest.left_out,
        "reads_prompts": manifest.reads_prompts,
        "notes": _notes(manifest),
        "measures": [vars(one) for one in measures],
    }


def spent_of(results: Results) -> dict[str, float]:
    """Calls, tokens, money and seconds of all rows."""
    spent = [row.spent for row in results.rows]
    return {
        name: sum(getattr(one, name) for one in spent)
        for name in ("calls", "input_tokens", "output_tokens", "cost_usd", "seconds")
    }


def markdown_of(results: Results, measures: list[Measure]) -> str:
    """The tables, then what was left out, notes and provenance."""
    suite = results.suite
    manifest = results.manifest
    notes = [f"- {note}" for note in (*manifest.left_out, *_notes(manifest))]
    head = (
        f"# {suite.title}\n\nSuite `{suite.name}` version {suite.version}. Source: {suite.source}."
    )
    parts = [head, as_markdown(measures).strip(), "\n".join(notes), provenance(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _notes(manifest: Manifest) -> list[str]:
    return [*([] if manifest.reads_prompts else [VERDICTS_ANSWER]), *manifest.suite.notes]


def latex_of(results: Results, measures: list[Measure]) -> str:
    """The tables behind a comment with their provenance."""
    comment = "\n".join(f"% {line}" for line in provenance(results).splitlines())
    return f"{comment}\n{as_latex(measures)}"


def provenance(results: Results) -> str:
    """Command, commit, seed, versions, in one paragraph."""
    manifest = results.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    went_on = f" Continued {len(manifest.continued)} times." if manifest.continued else ""
    return (
        f"`{manifest.command}`, commit {manifest.commit}, mind {manifest.mind}, seed "
        f"{manifest.seed}, {manifest.machine}, {manifest.created}.{went_on} {versions}. "
        "Brackets are 95 % intervals."
    )
